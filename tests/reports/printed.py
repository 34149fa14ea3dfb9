"""What each format prints, cell by cell, read back by means that did not write it."""

from __future__ import annotations

import csv
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import openpyxl

from tests.reports import readback, readback_docx

if TYPE_CHECKING:
    from pathlib import Path

MINUS, NBSP = "\u2212", "\u00a0"


def plain(text: str) -> str:
    """The text of a cell without what formats add to break lines: kinds of spaces, places to break at."""
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def html(path: Path) -> dict[str, list[list[str]]]:
    """Number of a table -> the texts of its rows on the page."""
    return {number: _plain(rows) for number, rows in readback.html_tables(path).items() if number}


def docx(path: Path) -> dict[str, list[list[str]]]:
    """The same of the document."""
    return {number: _plain(rows) for number, rows in readback_docx.tables(path).items()}


def xlsx(path: Path) -> dict[str, list[list[str]]]:
    """The same of the workbook: what a spreadsheet shows of each number in its format."""
    tables = {}
    for sheet in openpyxl.load_workbook(path).worksheets[1:]:
        number = str(sheet["A1"].value).split()[1]
        rows = sheet.iter_rows(min_row=4, max_row=3 + len(readback.below_header(sheet)))
        tables[number] = _plain([[shown(cell.value, cell.number_format) for cell in row] for row in rows])
    return tables


def shown(value: Any, number_format: str) -> str:
    """What a spreadsheet set to Russian shows of a value in one of the formats our workbooks have."""
    if isinstance(value, str) or number_format == "@":
        return "" if value is None else str(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if number_format.startswith('"') and number_format.endswith('"'):
        return number_format[1:-1]
    if number_format == "#,##0":
        return f"{int(number):,}".replace(",", NBSP)
    tenths = str(abs(number).quantize(Decimal("0.1"), ROUND_HALF_UP)).replace(".", ",")
    if number_format == "0.0":
        return tenths
    assert number_format == f'+0.0;"{MINUS}"0.0;0.0', number_format
    return {1: "+", 0: "", -1: MINUS}[(number > 0) - (number < 0)] + tenths


def json_data(path: Path) -> dict[str, Any]:
    """The JSON as a program reads it."""
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def json_rows(path: Path) -> dict[str, list[dict[str, str]]]:
    """Number of a table -> its rows as field -> text."""
    return {
        table["number"]: [
            {field: plain(cell["text"]) for field, cell in row["cells"].items()} for row in table["rows"]
        ]
        for tables in json_data(path)["tables"].values()
        for table in tables
    }


def csv_lines(path: Path) -> list[dict[str, str]]:
    """The lines of the CSV as Python's own reader gives them."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text, strict=True))


def csv_rows(path: Path) -> dict[str, list[dict[str, str]]]:
    """Number of a table -> its rows as field -> text."""
    tables: dict[str, dict[int, dict[str, str]]] = {}
    for line in csv_lines(path):
        row = tables.setdefault(line["number"], {}).setdefault(int(line["row"]), {})
        row[line["field"]] = plain(line["text"])
    return {number: list(rows.values()) for number, rows in tables.items()}


def pdf(path: Path) -> str:
    """The text of all pages without white space."""
    return "".join(readback.tight(page).replace("\u200b", "") for page in readback.pdf_text(path))


def _plain(rows: list[list[str]]) -> list[list[str]]:
    return [[plain(text) for text in row] for row in rows]
