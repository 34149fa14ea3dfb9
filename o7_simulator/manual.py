"""Transport T3, «ручная выгрузка»: XLSX files with Russian headers and nothing but texts, a few schools to each."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_simulator.catalogues import Column, Contract
    from o7_simulator.forms import Line, Written

# The file's own clock; anything else would make equal worlds differ.
CREATED = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
TEXTS_ONLY = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
# What a person still likes to open.
MOST_ROWS = 500
# Type of the contract -> its Russian form.
BOOLEAN = {"true": "да", "false": "нет"}
DATE = (re.compile(r"(\d{4})-(\d\d)-(\d\d)"), r"\3.\2.\1")
INSTANT = (re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)\+03:00"), r"\3.\2.\1 \4")
DECIMAL = (re.compile(r"(-?\d+)\.(\d+)"), r"\1,\2")
PATTERNS = {"date": DATE, "instant": INSTANT, "decimal": DECIMAL}


class Manual:
    """Writes what people would export, school by school."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def entries(self) -> dict[str, Any]:
        """The form."""
        return {"form": "manual"}

    def write(self, folder: Path, entity: str, lines: list[Line]) -> Iterator[Written]:
        """Whole schools, as many as fit a file; one file of what no school keeps, and of nothing."""
        from o7_simulator.forms import Written  # noqa: PLC0415 - it names this form

        columns = self._contract.entities[entity]
        owner = next((place for place, column in enumerate(columns) if column.name == "org_id"), None)
        for number, rows in enumerate(_files(lines, owner), start=1):
            path = folder / f"{entity}.{number:03}.xlsx"
            _write(path, columns, rows)
            yield Written(entity, path, len(rows))

    def end_night(self, night: str) -> None:
        """Nothing is remembered: every night is whole."""


def _files(lines: list[Line], owner: int | None) -> Iterator[list[Line]]:
    by_school: dict[str, list[Line]] = {}
    for line in lines:
        by_school.setdefault("" if owner is None else line[owner] or "", []).append(line)
    rows: list[Line] = []
    for school in sorted(by_school):
        if rows and len(rows) + len(by_school[school]) > MOST_ROWS:
            yield rows
            rows = []
        rows += by_school[school]
    yield rows


def _write(path: Path, columns: tuple[Column, ...], lines: list[Line]) -> None:
    with xlsxwriter.Workbook(path, TEXTS_ONLY) as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet("Выгрузка")
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.title)
        for number, line in enumerate(lines, start=1):
            for place, (column, value) in enumerate(zip(columns, line, strict=True)):
                if value is not None:
                    sheet.write_string(number, place, _russian(column, value))


def _russian(column: Column, value: str) -> str:
    if column.type == "boolean":
        return BOOLEAN.get(value, value)
    if column.type in PATTERNS:
        pattern, form = PATTERNS[column.type]
        return form_of(pattern, form, value)
    return value


def form_of(pattern: re.Pattern[str], form: str, value: str) -> str:
    """The value in its Russian form; what is planted to be unreadable stays as it is."""
    found = pattern.fullmatch(value)
    return found.expand(form) if found else value
