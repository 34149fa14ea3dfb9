"""The files of reports per unit: who writes them does not show, a set is whole or the old one, persons lie apart."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse.editions import contents
from o7_warehouse.editions import draft as drafting
from o7_warehouse.editions.contents import reports_of
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.editions.periods import Period
from o7_warehouse.editions.states import LastNight
from o7_warehouse.errors import CatalogueError, ReportError
from o7_warehouse.report import workers
from o7_warehouse.report.files import described
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.render import prepare, render, set_folder
from o7_warehouse.report.units import code_of, name_of
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.reports.small_republic import (
    ENTRY,
    LYCEUM,
    MUNICIPAL,
    NALCHIK,
    NIGHT,
    QUALITY,
    REPORTS,
    UNITS,
    WORKLIST,
)

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings


def written(few: Settings, report_id: str) -> dict[Path, bytes]:
    """The files of a report, rendered now."""
    return {path: path.read_bytes() for path in render(few, report_id=report_id, night=NIGHT)}


@pytest.mark.parametrize("report_id", REPORTS)
def test_the_same_rows_make_the_same_bytes(few: Settings, report_id: str) -> None:
    before = written(few, report_id)
    touched = {path: path.stat().st_mtime_ns for path in before}

    assert written(few, report_id) == before
    assert {path: path.stat().st_mtime_ns for path in before} == touched


def test_workers_write_the_bytes_that_are_written_here(
    few: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes a document does not show."""
    monkeypatch.setattr(workers, "WORTH_A_WORKER", 99)
    before = written(few, WORKLIST)

    monkeypatch.setattr(workers, "WORTH_A_WORKER", 1)
    assert written(few, WORKLIST) == before


@pytest.mark.parametrize("worth", [pytest.param(99, id="written here"), pytest.param(1, id="by workers")])
def test_a_broken_unit_leaves_the_old_set_whole(
    few: Settings, monkeypatch: pytest.MonkeyPatch, worth: int
) -> None:
    """A figure of one school contradicts itself: the message names report, unit and cell, and no file changes."""
    monkeypatch.setattr(workers, "WORTH_A_WORKER", worth)
    before = written(few, WORKLIST)
    spoil = (
        "update indicators.indicator_values set numerator = numerator + %s"
        " where night = %s and level = 'school' and org_unit_code = %s and indicator = '4.2'"
    )
    said = (
        rf"{WORKLIST}, unit {LYCEUM}: .*table 'indicators', row 2, column 'numerator': .* counts are 2 of 3"
    )
    try:
        with transaction(few, ADMIN) as connection, connection.cursor() as cursor:
            cursor.execute(spoil, (1, NIGHT, LYCEUM))
        with pytest.raises(ReportError, match=said):
            render(few, report_id=WORKLIST, night=NIGHT)
    finally:
        with transaction(few, ADMIN) as connection, connection.cursor() as cursor:
            cursor.execute(spoil, (-1, NIGHT, LYCEUM))

    assert {path: path.read_bytes() for path in before} == before
    sets = set_folder(few, load_report(WORKLIST), NIGHT).parent / ".sets"
    assert not list(sets.glob("unfinished-*"))


def test_a_worker_is_relieved_after_so_many_documents(few: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it keeps of the pages it has laid out goes with it; the files are the same."""
    monkeypatch.setattr(workers, "WORTH_A_WORKER", 99)
    before = written(few, WORKLIST)
    begin, relieved = workers.begun, []

    def counted() -> object:
        relieved.append(1)
        return begin()

    monkeypatch.setattr(workers, "WORTH_A_WORKER", 1)
    monkeypatch.setattr(workers, "MOST_DOCUMENTS", 1)
    monkeypatch.setattr(workers, "begun", counted)

    assert written(few, WORKLIST) == before
    documents = {path.parent for path in before}
    assert len(relieved) == len(documents) > workers.MOST_WORKERS


def test_a_worker_that_is_killed_is_an_error_and_leaves_the_old_set(
    few: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(few, WORKLIST)
    begin = workers.begun

    def begun_and_killed() -> object:
        program = begin()
        program.kill()
        return program

    monkeypatch.setattr(workers, "WORTH_A_WORKER", 1)
    monkeypatch.setattr(workers, "begun", begun_and_killed)
    with pytest.raises(ReportError, match=rf"{WORKLIST}, unit .*: the process that writes documents ended"):
        render(few, report_id=WORKLIST, night=NIGHT)

    assert {path: path.read_bytes() for path in before} == before


def test_what_holds_persons_lies_apart_and_nobody_else_may_enter(few: Settings) -> None:
    """Not among the reports; folders and files for the owner only; a list of an earlier night is taken away."""
    report = load_report(WORKLIST)
    earlier = set_folder(few, report, NIGHT).parent.parent / "2025-12-14"
    (earlier / "school_worklist").mkdir(parents=True, exist_ok=True)

    paths = render(few, report_id=WORKLIST, night=NIGHT)

    assert not earlier.exists()
    for path in paths:
        assert not path.resolve().is_relative_to((few.state / "reports").resolve())
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert set_folder(few, report, NIGHT).parent.stat().st_mode & 0o777 == 0o700
    assert not [path for path in (few.state / "reports").rglob("*") if WORKLIST in path.name]


def test_only_the_role_of_schools_reads_the_numbers(few: Settings) -> None:
    with (
        transaction(few, "o7_reporter") as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute("select 1 from school.pupil_gaps")


@pytest.mark.parametrize("code", ["07-001", "../../x", "a_2025-12-15", ".sets", "~root", "школа 1"])
def test_the_code_of_a_unit_comes_back_and_leads_nowhere(code: str) -> None:
    name = name_of(code)

    assert re.fullmatch(r"[A-Za-z0-9%-]+", name)
    assert code_of(name) == code


def test_all_documents_of_a_night_are_prepared_at_once(few: Settings) -> None:
    """For an edition: a document per unit, which names its unit in its title and not in the others'."""
    made = prepare(few, report_id=MUNICIPAL, night=NIGHT)

    assert [document.unit.code for document in made if document.unit] == list(UNITS)
    assert len({document.digest for document in made}) == len(made)
    assert made[0].title.endswith(": городской округ Нальчик")
    assert made[0].stem("2026-Q1_рев01") == f"КБР_ЦЗ_муниципальный_лист_{NALCHIK}_2026-Q1_рев01"


def test_an_edition_holds_a_document_of_every_unit_under_a_name_of_its_own(
    few: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set of an edition is flat, so the code of the unit stands in the name."""
    period = Period.parse("2026-Q1")
    assert {MUNICIPAL, ENTRY, QUALITY} < set(reports_of(period))
    with transaction(few, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute("select night, run_id::text from published.night where night = %s", (NIGHT,))
        [(night, run_id)] = cursor.fetchall()
    monkeypatch.setattr(drafting, "reports_of", lambda *_: (MUNICIPAL, ENTRY))

    files, hidden = drafting._files(few, EditionId(period, 1), LastNight(night=night, run_id=run_id))  # noqa: SLF001

    told = [described(name) for name in files]
    assert Counter((one.report_id, one.unit) for one in told if one) == {
        **{(MUNICIPAL, unit): 4 for unit in UNITS},
        (ENTRY, None): 4,
    }
    assert len(files) == len({name.partition("/")[0] for name in files})
    assert hidden["few"] > 0


def test_an_edition_never_holds_rows_of_persons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A report that lists pupils cannot be named in editions.yml."""
    (tmp_path / "editions.yml").write_text(
        f"- valid_from: 2021-11-10\n  quarter: [{MUNICIPAL}, {WORKLIST}]\n", encoding="utf-8"
    )
    monkeypatch.setattr(contents, "REPORTS", tmp_path)

    with pytest.raises(CatalogueError, match=f"{WORKLIST} lists single pupils"):
        reports_of(Period.parse("2025-Q4"))
