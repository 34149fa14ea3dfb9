"""The workbook beside the pages: the same tables, one sheet for each kind, exact numbers behind the printed text."""

from __future__ import annotations

import datetime as dt
import io
from itertools import groupby
from typing import TYPE_CHECKING, Final

import xlsxwriter

from o7_warehouse.audit_pages.grid import Column
from o7_warehouse.report import formats
from o7_warehouse.report.xlsx import BASE, BORDER, new_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from o7_warehouse.audit_pages.grid import Cell, Table
    from o7_warehouse.audit_pages.material import Material

NAME: Final = "journal.xlsx"
# Rows a sheet holds; what goes on stands on another one of the same name with a number.
MOST_ROWS: Final = 1_000_000
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
HEADER_ROW: Final = 2


def workbook(material: Material) -> bytes:
    """Every table as a workbook; the same audit gives the same bytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, _OPTIONS)
    night = material.newest.night
    book.set_properties(
        {
            "title": "Журнал проверок данных О7",
            "keywords": f"audit {material.digest}",
            "created": dt.datetime(night.year, night.month, night.day, tzinfo=dt.UTC),
        }
    )
    styles = _Styles(book)
    _write_about(book, styles, material)
    tables = sorted_by_sheet(material.tables())
    for name, group in groupby(tables, key=lambda table: table.sheet):
        _write_sheets(book, styles, name, list(group))
    book.close()
    return buffer.getvalue()


def sorted_by_sheet(tables: Iterator[Table]) -> list[Table]:
    """Tables of a sheet together, in the order in which the sheets were first named."""
    found: dict[str, list[Table]] = {}
    for table in tables:
        found.setdefault(table.sheet, []).append(table)
    return [table for group in found.values() for table in group]


class _Styles:
    """The formats of the book, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._known: dict[tuple[str, str, bool], Format] = {}
        self.title = book.add_format(BASE | {"font_size": 12, "bold": True, "text_wrap": False})
        self.text = book.add_format(BASE)
        self.header = book.add_format(
            BASE | BORDER | {"bold": True, "align": "center", "bg_color": "#E8EDF3"}
        )

    def of(self, number_format: str, kind: str, *, is_total: bool) -> Format:
        key = (number_format, kind, is_total)
        if key not in self._known:
            look = {
                "num_format": number_format,
                "align": {"number": "right", "date": "center"}.get(kind, "left"),
            }
            bold = {"bold": True, "bg_color": "#F4F6F9"} if is_total else {}
            self._known[key] = self._book.add_format(BASE | BORDER | look | bold)
        return self._known[key]


def _write_about(book: Workbook, styles: _Styles, material: Material) -> None:
    sheet = new_sheet(book, "О книге")
    sheet.set_column(0, 0, 100)
    last, oldest = material.journal.nights[-1].night, material.journal.day(0)
    lines = (
        f"Ночи с {formats.date_digits(oldest)} по {formats.date_digits(last)}.",
        "Таблицы страниц журнала с теми же числами. Ключи — псевдонимы; чья строка, знает только школа в О7.",
        f"Отпечаток данных (SHA-256): {material.digest}",
    )
    sheet.write_string(0, 0, "Журнал проверок данных О7", styles.title)
    for row, line in enumerate(lines, start=2):
        sheet.write_string(row, 0, line, styles.text)


def _write_sheets(book: Workbook, styles: _Styles, name: str, tables: Sequence[Table]) -> None:
    head = tables[0]
    columns = (*([Column(head.part[0], width=34)] if head.part else []), *head.columns)
    lines = [
        (table, place, row) for table in tables for place, row in enumerate(table.cells, start=1)
    ]  # fmt: skip
    for start in range(0, max(len(lines), 1), MOST_ROWS):
        number = start // MOST_ROWS + 1
        sheet = _begun(book, styles, name if number == 1 else f"{name} {number}", head, columns)
        for at, (table, place, row) in enumerate(lines[start : start + MOST_ROWS], start=HEADER_ROW + 1):
            is_total = table.has_total and place == len(table.rows)
            if table.part:
                sheet.write_string(at, 0, table.part[1], styles.of("@", "text", is_total=False))
            _write_row(sheet, styles, at, 1 if table.part else 0, table.columns, row, is_total=is_total)


def _begun(book: Workbook, styles: _Styles, name: str, head: Table, columns: Sequence[Column]) -> Worksheet:
    sheet = new_sheet(book, name)
    sheet.write_string(0, 0, name if head.part else head.title, styles.title)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(HEADER_ROW, place, column.label, styles.header)
    sheet.set_row(HEADER_ROW, 42)
    sheet.freeze_panes(HEADER_ROW + 1, 1)
    sheet.repeat_rows(HEADER_ROW)
    return sheet


def _write_row(
    sheet: Worksheet,
    styles: _Styles,
    at: int,
    start: int,
    columns: Sequence[Column],
    row: Sequence[Cell],
    *,
    is_total: bool,
) -> None:
    for place, (column, cell) in enumerate(zip(columns, row, strict=True), start=start):
        style = styles.of(cell.number_format, column.kind, is_total=is_total)
        if cell.number is not None:
            sheet.write_number(at, place, float(cell.number), style)
        elif cell.text:
            sheet.write_string(at, place, cell.text, style)
