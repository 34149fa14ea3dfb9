"""The one sheet of an XLSX file as rows of texts, read as a stream: every cell a text, nothing computed or merged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from o7_warehouse.sources.refusals import unreadable
from o7_warehouse.sources.xlsx_texts import LONGEST_CELL, CollectedText, shared_texts
from o7_warehouse.sources.xlsx_xml import Elements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.errors import DeliveryError
    from o7_warehouse.sources.xlsx_package import Package

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# Excel's own limit.
MOST_ROWS = 1_048_576
MOST_COLUMNS = 500
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
# Type of a cell -> why it is no text.
NO_TEXT = {
    "n": "a number; a date is one too, and a code that became one has lost its leading zeros",
    "b": "a logical value",
    "d": "a date",
    "e": "an error of a formula",
}

Row = dict[int, str]


def read_rows(package: Package) -> Iterator[tuple[int, Row]]:
    """Number and cells of every row that holds something; a cell by its place from 0, without those left blank.

    Raises DeliveryError.
    """
    shared = shared_texts(package)
    sheet = _Sheet(package.path, shared)
    for _ in sheet.elements().read(package.blocks(_only_sheet(package))):
        yield from sheet.taken()


def letters_of(place: int) -> str:
    """The letters a spreadsheet gives a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _only_sheet(package: Package) -> str:
    """The part that holds the sheet. Raises DeliveryError unless there is exactly one."""
    found = _attributes(package, WORKBOOK, "sheet")
    # The prefix of the namespace of relations is the writer's choice.
    sheets = [next((one[name] for name in one if name.endswith(":id")), "") for one in found]
    if len(sheets) != 1:
        raise unreadable(
            package.path,
            "xlsx_sheets",
            f"the file has {len(sheets)} sheets, hidden ones too; it must have one",
        )
    targets = {
        one.get("Id"): one.get("Target", "") for one in _attributes(package, RELATIONS, "Relationship")
    }
    target = targets.get(sheets[0], "")
    name = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    if not package.has(name):
        raise unreadable(package.path, "xlsx_not_a_table", "the sheet it speaks of is not in the file")
    return name


def _attributes(package: Package, part: str, element: str) -> list[dict[str, str]]:
    if not package.has(part):
        raise unreadable(package.path, "xlsx_not_a_table", "it is no XLSX: there is no workbook in it")
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == element:
            found.append(attributes)

    elements = Elements(package.path, start=start, end=lambda _: None, text=lambda _: None)
    for _ in elements.read(package.blocks(part)):
        if len(found) > MOST_COLUMNS:
            break
    return found


class _Sheet:
    """Takes the elements of a sheet and gives its rows."""

    def __init__(self, path: Path, shared: list[str]) -> None:
        self._path, self._shared = path, shared
        self._text = CollectedText(path)
        self._rows: list[tuple[int, Row]] = []
        self._row: Row = {}
        self._number = 0
        self._place = -1
        self._type = "n"

    def elements(self) -> Elements:
        """A parser that feeds this sheet."""
        return Elements(self._path, start=self._start, end=self._end, text=self._text.add)

    def taken(self) -> list[tuple[int, Row]]:
        """The rows since the last call that hold something."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._text.start(name)
        if name == "c":
            self._open_cell(attributes)
        elif name == "row":
            self._open_row(attributes)
        elif name == "f":
            raise self._refusal(
                "xlsx_formula", "holds a formula; a delivery holds what was typed or exported"
            )
        elif name == "mergeCell":
            raise unreadable(
                self._path, "xlsx_merged", "cells are merged, so it is not known which row owns them"
            )

    def _end(self, name: str) -> None:
        self._text.end(name)
        if name == "c":
            self._close_cell()
        elif name == "row" and self._row:
            self._rows.append((self._number, self._row))

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", str(self._number + 1))
        if not number.isdecimal() or not self._number < int(number) <= MOST_ROWS:
            raise unreadable(self._path, "xlsx_not_a_table", "its rows do not stand in their order")
        self._number, self._row, self._place = int(number), {}, -1

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._type = attributes.get("t", "n")
        place = self._place + 1
        if reference := attributes.get("r"):
            found = REFERENCE.fullmatch(reference)
            if found is None or int(found[2]) != self._number:
                raise unreadable(self._path, "xlsx_not_a_table", "a cell stands in a row that is not its own")
            place = _place_of(found[1])
        if place <= self._place:
            raise unreadable(self._path, "xlsx_not_a_table", "a cell of a row comes twice")
        if place >= MOST_COLUMNS:
            raise unreadable(
                self._path,
                "columns_too_many",
                f"a row is wider than {MOST_COLUMNS} columns, and no entity is",
            )
        self._place = place

    def _close_cell(self) -> None:
        text = self._text.whole()
        if self._type == "s":
            if not text.isdecimal() or int(text) >= len(self._shared):
                raise self._refusal("xlsx_not_a_table", "points to a text that is not in the file")
            text = self._shared[int(text)]
        elif self._type not in {"inlineStr", "str"}:
            if not text:
                return  # a format without content: the cell is blank
            raise self._refusal("xlsx_not_text", f"is {NO_TEXT.get(self._type, 'of an unknown type')}")
        if len(text) > LONGEST_CELL:
            raise self._refusal("xlsx_cell_too_long", "holds more text than Excel can keep")
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self._refusal("zero_byte", "holds a sign that no text can")
        self._row[self._place] = text

    def _refusal(self, check: str, found: str) -> DeliveryError:
        return unreadable(self._path, check, f"cell {letters_of(self._place)}{self._number} {found}")


def _place_of(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1
