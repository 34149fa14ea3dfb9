"""Reads pages and workbook back, each by a library that did not write it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

import openpyxl

if TYPE_CHECKING:
    from pathlib import Path

HEADER_ROW = 3


class Printed(NamedTuple):
    """A cell of a sheet: what it holds and what it shows."""

    value: object
    text: str


@dataclass
class Read(HTMLParser):
    """A page: its tables by identity and part, their headings, and every address it names."""

    tables: dict[tuple[str, str], list[list[str]]] = field(default_factory=dict)
    headings: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._key = ("", "")
        self._is_body = self._is_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Addresses wherever they stand; within a table, where the next words belong."""
        given = dict(attrs)
        self.addresses += [value for name in ("href", "src") if (value := given.get(name)) is not None]
        if tag == "table":
            self._key = (given["data-table"] or "", given.get("data-part") or "")
            self.tables[self._key], self.headings[self._key] = [], []
        elif tag in {"thead", "tbody"}:
            self._is_body = tag == "tbody"
        elif tag == "tr" and self._is_body:
            self.tables[self._key].append([])
        elif tag in {"td", "th"}:
            (self.tables[self._key][-1] if self._is_body else self.headings[self._key]).append("")
            self._is_cell = True
        elif tag == "svg" and self._is_cell:
            # What a drawing says to who cannot see it.
            self.tables[self._key][-1][-1] += given["aria-label"] or ""

    def handle_endtag(self, tag: str) -> None:
        """A cell ends."""
        if tag in {"td", "th"}:
            self._is_cell = False

    def handle_data(self, data: str) -> None:
        """Words, of a cell or of the page."""
        self.text += data
        if self._is_cell:
            (self.tables[self._key][-1] if self._is_body else self.headings[self._key])[-1] += data


def page(path: Path) -> Read:
    """One page."""
    read = Read()
    read.feed(path.read_text(encoding="utf-8"))
    return read


def all_tables(folder: Path) -> dict[tuple[str, str], list[list[str]]]:
    """Every table of the folder; those of keys, which go over several pages, put together."""
    found: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for path in sorted(folder.rglob("*.html"), key=lambda path: (len(path.name), path.name)):
        for (name, part), rows in page(path).tables.items():
            found["keys" if name.startswith("keys-") else name, part] += rows
    return dict(found)


def sheets(path: Path) -> dict[str, tuple[list[str], list[list[Printed]]]]:
    """Sheet -> its headings and its rows, each cell with its value and as a spreadsheet prints it."""
    book = openpyxl.load_workbook(path, read_only=True)
    found = {}
    for sheet in book.worksheets[1:]:
        rows = list(sheet.iter_rows(min_row=HEADER_ROW))
        found[sheet.title] = (
            [str(heading.value) for heading in rows[0]],
            [
                [Printed(cell.value, printed(cell.value, cell.number_format)) for cell in row]
                for row in rows[1:]
            ],
        )
    return found


def printed(value: object, number_format: str) -> str:
    """What a spreadsheet shows of a value; a text in the format stands for the number."""
    if value is None or isinstance(value, str):
        return value or ""
    assert isinstance(value, int | float)
    if number_format.startswith('"'):
        return number_format.strip('"')
    form = {"#,##0": f"{value:,.0f}", "0.0": f"{value:.1f}"}[number_format]
    return form.replace(",", "\u00a0").replace(".", ",")
