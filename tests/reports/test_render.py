"""The verb render, on real published rows: the same figures in every format, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from psycopg2 import sql

from o7_warehouse.errors import ReportError
from o7_warehouse.report.render import render
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.reports import expected, readback, republic
from tests.reports.readback import tight

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

REPORT = "indicator_statement"
HEADER = 3
FIGURES = (
    sql.Identifier("indicators", "indicator_values"),
    sql.Identifier("indicators", "control_values"),
    sql.Identifier("indicators", "leaf_counts"),
    sql.Identifier("indicators", "org_units"),
    sql.Identifier("published", "night"),
)
NIGHTS = [
    pytest.param(republic.NIGHT, "full", id="a full night"),
    pytest.param(republic.INCOMPLETE, "incomplete", id="a night without a source"),
]


def rendered(published: Settings, night: dt.date) -> dict[str, Path]:
    """The files of a night by their ending."""
    return {path.suffix: path for path in render(published, report_id=REPORT, night=night)}


def lines(published: Settings, night: dt.date) -> list[expected.Line]:
    """What the tables of a night must say."""
    with transaction(published, "o7_reporter") as connection:
        found = list(expected.lines(connection, night))
    assert len(found) > 120
    return found


@pytest.mark.parametrize(("night", "files"), NIGHTS)
def test_the_html_says_what_is_published(
    published: Settings, night: dt.date, files: str, request: pytest.FixtureRequest
) -> None:
    """Every published figure stands in one row of its table."""
    tables = readback.html_tables(request.getfixturevalue(files)[".html"])

    for line in lines(published, night):
        key, figures = (line.figures[:1], line.figures[1:]) if line.table == "В" else ((), line.figures)
        rows = [tight("|".join(row)) for row in tables[line.table] if set(key) <= set(row)]
        wanted = tight("|".join(figures))
        assert any(wanted in row for row in rows), f"table {line.table}: no row says {line.figures}"


@pytest.mark.parametrize(("night", "files"), NIGHTS)
def test_the_pdf_says_what_is_published(
    published: Settings, night: dt.date, files: str, request: pytest.FixtureRequest
) -> None:
    """Every published figure stands in the text of the pages, in the order of its row."""
    text = tight("".join(readback.pdf_text(request.getfixturevalue(files)[".pdf"])))

    for line in lines(published, night):
        figures = line.figures[1:] if line.table == "В" else line.figures
        assert tight("".join(figures)) in text, f"table {line.table}: no page says {line.figures}"


@pytest.mark.parametrize(("night", "files"), NIGHTS)
def test_the_sheets_hold_what_is_published(
    published: Settings, night: dt.date, files: str, request: pytest.FixtureRequest
) -> None:
    """Every published figure stands in a row as a number, and a share with all its decimals."""
    tables = readback.sheets(request.getfixturevalue(files)[".xlsx"])

    for line in lines(published, night):
        counts = [int(tight(text)) for text in line.figures if re.fullmatch(r"[\d\s]+", text)]
        wanted = [*counts, *([] if line.share is None else [float(line.share)])]
        assert any(all(value in row for value in wanted) for row in tables[line.table]), (
            f"table {line.table}: no row holds {wanted}"
        )


def test_a_sheet_shows_the_text_of_the_page(full: dict[str, Path]) -> None:
    """All but one pupil are 99,9 on the page; the cell keeps 99.99… and shows 99,9."""
    book = openpyxl.load_workbook(full[".xlsx"])
    cells = [cell for row in book["Б. 4.4 по муниципалитетам"].iter_rows() for cell in row]

    guarded = [
        cell for cell in cells if isinstance(cell.value, float) and Decimal("99.95") < cell.value < 100
    ]

    assert [cell.number_format for cell in guarded] == ['"99,9"']


@pytest.mark.parametrize("files", ["incomplete", "dictionary", "rules"])
def test_sheets_are_plain(files: str, request: pytest.FixtureRequest) -> None:
    """No formulas, merged figures, hidden sheets or names of users; a frozen header that repeats in print."""
    book = openpyxl.load_workbook(request.getfixturevalue(files)[".xlsx"])

    assert book.properties.creator in {None, ""}
    for sheet in book.worksheets:
        assert sheet.sheet_state == "visible"
        figures = range(HEADER, HEADER + 1 + len(readback.below_header(sheet)))
        assert not [merged for merged in sheet.merged_cells.ranges if merged.min_row in figures]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert all(sheet.freeze_panes == "A4" and sheet.print_title_rows for sheet in book.worksheets[1:])


@pytest.mark.parametrize("files", ["full", "dictionary", "rules"])
def test_every_line_of_a_sheet_has_room(files: str, request: pytest.FixtureRequest) -> None:
    """A row is high enough for its longest cell: a program that does not measure rows would hide the rest."""
    for sheet in openpyxl.load_workbook(request.getfixturevalue(files)[".xlsx"]).worksheets:
        for row in sheet.iter_rows(min_row=HEADER):
            for cell in row:
                if cell.value is None or cell.coordinate in sheet.merged_cells:
                    continue
                lines = len(str(cell.value)) / sheet.column_dimensions[cell.column_letter].width
                assert sheet.row_dimensions[cell.row].height >= lines * cell.font.size, cell


def test_the_total_has_the_code_of_the_republic(full: dict[str, Path]) -> None:
    """Municipalities and the total name their ОКТМО; the state organisations are no territory."""
    rows = readback.html_tables(full[".html"])["Б.4.1"]

    assert [row[2] for row in (rows[0], *rows[-2:])] == ["83701000(7)", "х", "83000000(3)"]


def test_the_gravest_checks_come_first(full: dict[str, Path]) -> None:
    """Table Е goes from what stops a row to what only informs."""
    rows = readback.html_tables(full[".html"])["Е"]

    assert [row[0].split()[0] for row in rows] == ["Критические", "Предупреждения", "Справочные"]


def test_a_commit_is_told_by_its_first_digits(published: Settings) -> None:
    """Twelve digits name a commit; what differs from it stays whole."""
    revision = f"{'0123456789' * 4}+files5d00"
    with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(
            "update published.night set code_revision = %s where night = %s", (revision, republic.INCOMPLETE)
        )
    text = rendered(published, republic.INCOMPLETE)[".html"].read_text(encoding="utf-8")

    assert "редакция программы 012345678901+files5d00." in readback.spaced(text)


def test_the_previous_quarter_is_compared(published: Settings, full: dict[str, Path]) -> None:
    """The value of 30 September stands in table А of 15 December."""
    with transaction(published, "o7_reporter") as connection:
        found = [line for line in expected.lines(connection, republic.QUARTER_END) if line.table == "А"]
    rows = readback.html_tables(full[".html"])["А"]

    assert [row[9] for row in rows] == [line.figures[2] for line in found]


def test_the_same_rows_make_the_same_bytes(published: Settings) -> None:
    """A second rendering changes no byte and does not touch the files."""
    first = {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in rendered(published, republic.NIGHT).values()
    }

    second = rendered(published, republic.NIGHT).values()

    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in second} == first


def test_another_build_of_the_same_figures_makes_the_same_bytes(published: Settings) -> None:
    """A night that is run again gets a new build; its report does not change by a byte."""
    before = [path.read_bytes() for path in rendered(published, republic.NIGHT).values()]
    moved = sql.SQL("update {} set build_id = %s where night = %s")
    with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
        for table in FIGURES:
            cursor.execute(moved.format(table), ("22222222-2222-2222-2222-222222222222", republic.NIGHT))

    assert [path.read_bytes() for path in rendered(published, republic.NIGHT).values()] == before


def test_a_missing_figure_leaves_the_last_good_set(published: Settings) -> None:
    """A hole stops the rendering with the name of the cell; the files of the last good one stay."""
    before = {path: path.read_bytes() for path in rendered(published, republic.NIGHT).values()}
    cut = (
        "update indicators.indicator_values set level = %s"
        " where night = %s and indicator = '4.2' and org_unit_code = '83645000' and level = %s"
    )
    try:
        with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
            cursor.execute(cut, ("lost", republic.NIGHT, "municipality"))
        with pytest.raises(ReportError, match=r"'4\.2' has no row for org unit '83645000'"):
            render(published, report_id=REPORT, night=republic.NIGHT)
    finally:
        with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
            cursor.execute(cut, ("municipality", republic.NIGHT, "lost"))

    assert {path: path.read_bytes() for path in before} == before


def test_changed_figures_exchange_the_set_as_a_whole(published: Settings) -> None:
    """After a correction the link names the new set; the replaced one stays a while, an older one goes."""
    sets = published.state / "reports" / republic.INCOMPLETE.isoformat() / ".sets"
    for revision in ("first", "second", "third"):
        with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
            cursor.execute(
                "update published.night set code_revision = %s where night = %s",
                (revision, republic.INCOMPLETE),
            )
        paths = rendered(published, republic.INCOMPLETE)
        assert revision in paths[".html"].read_text(encoding="utf-8")
        assert {path.resolve().parent for path in paths.values()} == {(sets.parent / REPORT).resolve()}

    assert len(list(sets.glob(f"{REPORT}-*"))) == 2


def test_a_night_without_figures_is_refused(published: Settings) -> None:
    """Nothing is rendered for a night that is not published."""
    with pytest.raises(ReportError, match=r"2025-12-17: published\.night has no rows"):
        render(published, report_id=REPORT, night=dt.date(2025, 12, 17))


def test_an_unknown_report_is_refused(published: Settings) -> None:
    """The message lists the reports there are."""
    with pytest.raises(ReportError, match=f"Choose one of: .*{REPORT}"):
        render(published, report_id="indicator_statment", night=republic.NIGHT)


def test_every_file_is_in_the_audit(published: Settings) -> None:
    """The audit knows each file of the night with its size and hash."""
    paths = rendered(published, republic.NIGHT).values()
    with transaction(published, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select path, bytes, sha256 from audit.report_file where night = %s", (republic.NIGHT,)
        )
        known = set(cursor.fetchall())

    for path in paths:
        content = path.read_bytes()
        name = f"reports/{republic.NIGHT}/{REPORT}/{path.name}"
        assert (name, len(content), hashlib.sha256(content).hexdigest()) in known
