"""XLSX: one sheet per table, exact numbers behind the printed text, the same bytes for the same figures.

No merged data cells, formulas, macros, hidden sheets or user names (domain §7.3); a title and a note reach over
the width of their table. Heights of rows are given, because not every program finds them by itself.
"""

from __future__ import annotations

import datetime as dt
import io
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING

import xlsxwriter

from o7_warehouse.report import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from o7_warehouse.report.cells import Cell
    from o7_warehouse.report.document import Document
    from o7_warehouse.report.tables import Table

A4 = 9
TITLE_ROW, HEADER_ROW = 0, 2
MARGINS_INCHES = {"left": 0.79, "right": 0.39, "top": 0.79, "bottom": 0.79}
# Widths of a spreadsheet count characters, those of a report parts of its page.
TEXT_WIDTH = 76
CHARACTERS = 1.25
NARROWEST = 6.0
# Fewer characters than a line holds: a reader without PT Serif gets a wider face.
LINE_FILL = 0.88
LINE_HEIGHT = 1.36
OPTIONS = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
FONT_SIZE = 10.0
BASE = {"font_name": "PT Serif", "font_size": FONT_SIZE, "valign": "vcenter", "text_wrap": True}
BORDER = {"border": 1, "border_color": "#9AA7B4"}


def write_xlsx(document: Document) -> bytes:
    """The document as a workbook: the sentences first, then every table on its own sheet."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, OPTIONS)
    night = document.night.night
    workbook.set_properties(
        {
            "title": document.title,
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
    sheet = new_sheet(workbook, document.narrative.heading)
    sheet.set_column(0, 0, TEXT_WIDTH)
    sheet.set_portrait()
    names = workbook.add_format(BASE | {"font_size": 11, "bold": True, "align": "center"})
    heading = workbook.add_format(BASE | {"font_size": 13, "bold": True, "align": "center"})
    plain = workbook.add_format(BASE | {"font_size": 11})
    narrative = document.narrative
    lines = [
        *((line, names) for name in document.letterhead.names for line in name.lines),
        ("", plain),
        (narrative.heading.upper(), heading),
        (narrative.subject, heading),
        (f"по состоянию на {formats.date_words(document.night.night)}", heading),
        ("", plain),
        (narrative.intro, plain),
        *((f"{finding.lead} {finding.sentence}", plain) for finding in narrative.findings),
        *((paragraph, plain) for paragraph in (*narrative.closing, *narrative.method)),
        *((sentence, plain) for sentence in (narrative.legend, narrative.versions) if sentence),
        *((f"{one.code} ({one.indicators}). {one.text}", plain) for one in narrative.readings),
        (f"Отпечаток данных (SHA-256): {document.digest}", plain),
    ]
    for row, (text, style) in enumerate(lines):
        sheet.set_row(row, height_of(text, TEXT_WIDTH, style.font_size))
        sheet.write_string(row, 0, text, style)


@lru_cache(maxsize=formats.KNOWN_TEXTS)
def height_of(text: str, width: float, size: float) -> float:
    """Points that a wrapped text needs in a place so many characters of 10 points wide."""
    lines = textwrap.wrap(text, max(1, int(width * LINE_FILL * FONT_SIZE / size)))
    return round(max(1, len(lines)) * size * LINE_HEIGHT + 3, 1)


def _write_table(workbook: Workbook, table: Table) -> None:
    sheet = new_sheet(workbook, table.sheet)
    places = table.columns_for("xlsx")
    widths = [max(NARROWEST, table.columns[place].width * CHARACTERS) for place in places]
    _write_across(sheet, TITLE_ROW, f"Таблица {table.number} — {table.title}", widths, _title(workbook))
    if table.nothing:
        _write_across(sheet, HEADER_ROW, table.nothing, widths, workbook.add_format(BASE))
        return
    header = workbook.add_format(BASE | BORDER | {"bold": True, "align": "center", "bg_color": "#E8EDF3"})
    for position, place in enumerate(places):
        sheet.set_column(position, position, widths[position])
        sheet.write_string(HEADER_ROW, position, table.columns[place].label, header)
    labels = [table.columns[place].label for place in places]
    sheet.set_row(HEADER_ROW, row_height(labels, widths))
    styles: dict[tuple[str, str, bool], Format] = {}
    for offset, row in enumerate(table.rows, start=1):
        texts = [row.cells[place].text for place in places]
        sheet.set_row(HEADER_ROW + offset, row_height(texts, widths))
        for position, place in enumerate(places):
            cell = row.cells[place]
            key = (cell.number_format, table.columns[place].align, row.kind == "total")
            if key not in styles:
                styles[key] = _style(workbook, *key)
            _write_cell(sheet, HEADER_ROW + offset, position, cell, styles[key])
    last = HEADER_ROW + len(table.rows)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.repeat_rows(HEADER_ROW)
    # Codes such as ОКТМО are texts on purpose.
    sheet.ignore_errors({"number_stored_as_text": f"A1:Z{last + 1}"})
    for line, note in enumerate(table.notes):
        _write_across(sheet, last + 2 + line, note, widths, workbook.add_format(BASE | {"font_size": 9}))


def row_height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Points that a row of wrapped texts needs in columns of these widths."""
    return max(height_of(text, width, FONT_SIZE) for text, width in zip(texts, widths, strict=True))


def _write_across(sheet: Worksheet, row: int, text: str, widths: Sequence[float], style: Format) -> None:
    """A text over the whole width of a table."""
    sheet.set_row(row, height_of(text, sum(widths), style.font_size))
    sheet.merge_range(row, 0, row, len(widths) - 1, text, style)


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, style: Format) -> None:
    if cell.number is None:
        sheet.write_string(row, column, cell.text, style)
    else:
        sheet.write_number(row, column, float(cell.number), style)


def _style(workbook: Workbook, number_format: str, align: str, total: bool) -> Format:  # noqa: FBT001 - unpacked
    look = BASE | BORDER | {"num_format": number_format, "align": align}
    return workbook.add_format(look | ({"bold": True, "bg_color": "#F4F6F9"} if total else {}))


def _title(workbook: Workbook) -> Format:
    return workbook.add_format(BASE | {"font_size": 12, "bold": True})


def new_sheet(workbook: Workbook, name: str) -> Worksheet:
    """A sheet for A4, across, as wide as its page, with the number of the page above."""
    sheet = workbook.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(**MARGINS_INCHES)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&C&P")
    sheet.hide_gridlines(2)
    return sheet
