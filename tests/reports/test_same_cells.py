"""One night, six formats, every cell of every table read back: each says what the others say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from o7_warehouse.report.registry import load_report
from tests.reports import printed, readback, republic
from tests.reports.conftest import REPORT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NIGHTS = ["full", "incomplete"]


@pytest.fixture
def files(request: pytest.FixtureRequest) -> dict[str, Path]:
    """The files of a night by their ending."""
    found: dict[str, Path] = request.getfixturevalue(request.param)
    return found


def fields(medium: str) -> dict[str, list[str]]:
    """Number of a table -> the fields of the columns it has on pages or in data."""
    found = {}
    for definition in load_report(REPORT).tables:
        shown = [column.field for column in definition.columns if column.only in {None, medium}]
        numbers = [definition.number.format(indicator=code) for code in republic.SHARES]
        found |= dict.fromkeys(numbers if definition.repeat else [definition.number], shown)
    return found


def by_field(tables: dict[str, list[list[str]]], medium: str) -> dict[str, list[dict[str, str]]]:
    """Rows of texts as field -> text."""
    names = fields(medium)
    return {
        number: [dict(zip(names[number], row, strict=True)) for row in rows]
        for number, rows in tables.items()
    }


def kept(tables: dict[str, list[dict[str, str]]], medium: str) -> dict[str, list[dict[str, str]]]:
    """The rows with nothing but the columns that a medium has."""
    names = fields(medium)
    return {
        number: [{name: row[name] for name in names[number]} for row in rows]
        for number, rows in tables.items()
    }


@pytest.mark.parametrize("files", NIGHTS, indirect=True)
@pytest.mark.parametrize(
    ("ending", "read", "medium"),
    [
        pytest.param(".html", printed.html, "pages", id="html"),
        pytest.param(".docx", printed.docx, "pages", id="docx"),
        pytest.param(".xlsx", printed.xlsx, "data", id="xlsx"),
    ],
)
def test_every_cell_says_what_the_twin_says(
    files: dict[str, Path], ending: str, read: Callable[[Path], dict[str, list[list[str]]]], medium: str
) -> None:
    """The same tables, rows and texts as in the JSON, no more and no fewer."""
    wanted = printed.json_rows(files[".json"])

    assert sum(len(rows) for rows in wanted.values()) > 150
    assert by_field(read(files[ending]), medium) == kept(wanted, medium)


@pytest.mark.parametrize("files", NIGHTS, indirect=True)
def test_the_two_twins_agree(files: dict[str, Path]) -> None:
    """Each line of the CSV has the text, status and figures of its cell in the JSON, and no cell is missing."""
    assert printed.csv_rows(files[".csv"]) == printed.json_rows(files[".json"])

    told = {
        (table["number"], str(number), field): cell
        for tables in printed.json_data(files[".json"])["tables"].values()
        for table in tables
        for number, row in enumerate(table["rows"], start=1)
        for field, cell in row["cells"].items()
    }
    lines = printed.csv_lines(files[".csv"])
    assert len(lines) == len(told)
    for line in lines:
        cell = told[line["number"], line["row"], line["field"]]
        assert line["status"] == cell["status"]
        for name in ("value", "numerator", "denominator"):
            assert line[name] == ("" if cell.get(name) is None else str(cell[name])), line


@pytest.mark.parametrize("files", NIGHTS, indirect=True)
def test_every_row_stands_in_the_pdf_in_its_place(files: dict[str, Path]) -> None:
    """The texts of each row follow one another on the pages, row after row, table after table."""
    text = printed.pdf(files[".pdf"])
    rows = by_field(printed.html(files[".html"]), "pages")
    twin = kept(printed.json_rows(files[".json"]), "pages")
    at = 0
    for number in twin:
        at = text.index(f"Таблица{number}—", at)
        for row in twin[number]:
            wanted = readback.tight("".join(row.values()))
            found = text.find(wanted, at)
            assert found >= 0, f"table {number}: after the last row no page says {list(row.values())}"
            at = found + len(wanted)
    assert rows.keys() == twin.keys()


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        pytest.param(115_234, "#,##0", "115\u00a0234", id="a count"),
        pytest.param(66.65, "0.0", "66,7", id="a share, half up"),
        pytest.param(99.999, '"99,9"', "99,9", id="a guarded share"),
        pytest.param(-13.3, '+0.0;"−"0.0;0.0', "−13,3", id="below the target"),
        pytest.param(2.1, '+0.0;"−"0.0;0.0', "+2,1", id="above it"),
        pytest.param(0, '+0.0;"−"0.0;0.0', "0,0", id="at it"),
    ],
)
def test_the_reader_of_sheets_shows_numbers_as_a_spreadsheet_does(
    value: float, number_format: str, text: str
) -> None:
    assert printed.shown(value, number_format) == text
