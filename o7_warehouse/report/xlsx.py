"""XLSX: one sheet per table, exact numbers behind the printed text, the same bytes for the same figures.

No merged cells, formulas, macros, hidden sheets or user names (domain §7.3).
"""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from o7_warehouse.report.document import Document
    from o7_warehouse.report.tables import Cell, Table

A4 = 9
TITLE_ROW, HEADER_ROW = 0, 2
MARGINS_INCHES = {"left": 0.79, "right": 0.39, "top": 0.79, "bottom": 0.79}
TEXT_WIDTH = 120
# A printed width counts hundredths of a page; a spreadsheet counts characters.
CHARACTERS = 1.25
_OPTIONS = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
_BASE = {"font_name": "PT Serif", "font_size": 10, "valign": "vcenter", "text_wrap": True}
_BORDER = {"border": 1, "border_color": "#9AA7B4"}


def write_xlsx(document: Document) -> bytes:
    """The document as a workbook: the sentences first, then every table on its own sheet."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    night = document.night.night
    workbook.set_properties(
        {
            "title": document.report.title,
            "company": " ".join(document.letterhead.names[-1].lines),
            "keywords": f"{document.report.id} {document.digest}",
            # Every file of a night has this instant, whenever it is rendered.
            "created": dt.datetime(night.year, night.month, night.day, tzinfo=dt.UTC),
        }
    )
    _write_text(workbook, document)
    for table in document.tables:
        _write_table(workbook, table)
    workbook.close()
    return buffer.getvalue()


def _write_text(workbook: Workbook, document: Document) -> None:
    sheet = _sheet(workbook, "Справка")
    sheet.set_column(0, 0, TEXT_WIDTH)
    heading = workbook.add_format(_BASE | {"bold": True, "font_size": 13})
    plain = workbook.add_format(_BASE | {"font_size": 11})
    narrative = document.narrative
    lines = [
        *((line, plain) for name in document.letterhead.names for line in name.lines),
        (document.report.title, heading),
        (narrative.intro, plain),
        *((f"{finding.lead} {finding.sentence}", plain) for finding in narrative.findings),
        *((paragraph, plain) for paragraph in narrative.method),
        (narrative.legend, plain),
        (narrative.versions, plain),
        *((f"{one.code} ({one.indicators}). {one.text}", plain) for one in narrative.readings),
        (f"Отпечаток данных (SHA-256): {document.digest}", plain),
    ]
    for row, (text, style) in enumerate(lines):
        sheet.write_string(row, 0, text, style)


def _write_table(workbook: Workbook, table: Table) -> None:
    sheet = _sheet(workbook, table.sheet)
    places = table.columns_for("xlsx")
    sheet.write_string(TITLE_ROW, 0, f"Таблица {table.number} — {table.title}", _title(workbook))
    header = workbook.add_format(_BASE | _BORDER | {"bold": True, "align": "center", "bg_color": "#E8EDF3"})
    for position, place in enumerate(places):
        sheet.set_column(position, position, max(8.0, table.columns[place].width * CHARACTERS))
        sheet.write_string(HEADER_ROW, position, table.columns[place].label, header)
    styles: dict[tuple[str, str, bool], Format] = {}
    for offset, row in enumerate(table.rows, start=1):
        for position, place in enumerate(places):
            cell = row.cells[place]
            key = (cell.number_format, table.columns[place].format, row.kind == "total")
            if key not in styles:
                styles[key] = _style(workbook, *key)
            _write_cell(sheet, HEADER_ROW + offset, position, cell, styles[key])
    last = HEADER_ROW + len(table.rows)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.repeat_rows(HEADER_ROW)
    # Codes such as ОКТМО are texts on purpose.
    sheet.ignore_errors({"number_stored_as_text": f"A1:Z{last + 1}"})
    for line, note in enumerate(table.notes):
        sheet.write_string(
            last + 2 + line, 0, note, workbook.add_format({"font_name": "PT Serif", "font_size": 9})
        )


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, style: Format) -> None:
    if cell.number is None:
        sheet.write_string(row, column, cell.text, style)
    else:
        sheet.write_number(row, column, float(cell.number), style)


def _style(workbook: Workbook, number_format: str, form: str, total: bool) -> Format:  # noqa: FBT001 - unpacked
    look = _BASE | _BORDER | {"num_format": number_format, "align": "left" if form == "text" else "right"}
    return workbook.add_format(look | ({"bold": True, "bg_color": "#F4F6F9"} if total else {}))


def _title(workbook: Workbook) -> Format:
    return workbook.add_format({"font_name": "PT Serif", "font_size": 12, "bold": True})


def _sheet(workbook: Workbook, name: str) -> Worksheet:
    sheet = workbook.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(**MARGINS_INCHES)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&C&P")
    sheet.hide_gridlines(2)
    return sheet
