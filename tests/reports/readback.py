"""Reads figures back out of finished files, each format by a library that did not write it."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import openpyxl
import pypdfium2
import pypdfium2.raw

if TYPE_CHECKING:
    from pathlib import Path


def tight(text: str) -> str:
    """Text without white space and hyphens at line ends (pdfium's U+FFFE): each format breaks its own way."""
    return re.sub(r"[\s\ufffe]", "", text)


@dataclass
class _Tables(HTMLParser):
    tables: dict[str, list[list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        number = dict(attrs).get("data-table")
        if tag == "table":
            self._rows = self.tables.setdefault(number or "", [])
        elif tag == "tr":
            self._rows.append([])
        elif tag == "td":
            self._rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self._rows[-1][-1] += data


def html_tables(path: Path) -> dict[str, list[list[str]]]:
    """Table number -> rows of cell texts; headings and group rows are left out."""
    parser = _Tables()
    parser.feed(path.read_text(encoding="utf-8"))
    return {number: [row for row in rows if row] for number, rows in parser.tables.items()}


def spaced(text: str) -> str:
    """Text with every white space as one plain space."""
    return re.sub(r"\s+", " ", text)


def below_header(sheet: Any) -> list[list[object]]:
    """The rows of a sheet between its heading and the empty line before its notes."""
    rows: list[list[object]] = []
    for row in sheet.iter_rows(min_row=4, values_only=True):
        if all(value is None for value in row):
            break
        rows.append(list(row))
    return rows


def sheets(path: Path) -> dict[str, list[list[object]]]:
    """Table number -> rows of cell values below the heading, without the notes."""
    book = openpyxl.load_workbook(path)
    tables = {}
    for sheet in book.worksheets[1:]:
        title = str(sheet["A1"].value)
        number = re.match(r"Таблица (\S+)", title)
        assert number, title
        tables[number[1]] = below_header(sheet)
    return tables


def pdf_text(path: Path) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def filled_boxes(page: pypdfium2.PdfPage, fill: tuple[int, int, int]) -> list[tuple[float, ...]]:
    """Left, bottom, right and top of every area of a page that has this colour, in points."""
    boxes = []
    for area in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
        found = [ctypes.c_uint() for _ in range(4)]
        pypdfium2.raw.FPDFPageObj_GetFillColor(area.raw, *found)
        if tuple(part.value for part in found[:3]) == fill:
            boxes.append(area.get_bounds())
    return boxes
