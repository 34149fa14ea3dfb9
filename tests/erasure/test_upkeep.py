"""What outlives its term goes and nothing else, and so does what nobody else clears."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import airflow_environment, bootstrap, runs, server
from o7_warehouse.audit.findings import Kind
from o7_warehouse.audit.verify import verify
from o7_warehouse.delivery_gate import check_delivery
from o7_warehouse.errors import CatalogueError, NightError
from o7_warehouse.extract import extract
from o7_warehouse.load import load
from o7_warehouse.parameters import seed_rows
from o7_warehouse.report.sets import exchange
from o7_warehouse.rotation import rotate
from o7_warehouse.settings import ROOT
from o7_warehouse.upkeep.expire import expire
from o7_warehouse.upkeep.steps import perform
from o7_warehouse.upkeep.sweep import clean_airflow, leftovers, vacuum
from o7_warehouse.upkeep.terms import FILES
from o7_warehouse.upkeep.tidy import tidy
from o7_warehouse.warehouse import transaction
from tests.conftest import open_folder
from tests.deliveries import NIGHT, asked, emptied, loaded, night_of, opened, small_world, write_drop
from tests.journeys.states import State
from tests.o7_warehouse.raw import with_drop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from o7_warehouse.settings import Settings
    from tests.erasure.conftest import Erasure

pytestmark = pytest.mark.timeout(900)
ORDERS = ("rotated, expired", "expired, rotated", "rotated on both sides")
NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
# The first night, that on which a pupil is gone, and one a year and a day later; none of them is still to come.
LAST = NIGHT
LATER = LAST - dt.timedelta(days=366)
FIRST = LATER - dt.timedelta(days=1)


@pytest.fixture
def aged(warehouse_database: Settings, tmp_path: Path) -> Settings:
    """Three nights, the last more than a year after a pupil was gone; one key of the first is six years old."""
    settings = emptied(warehouse_database)
    world = small_world()
    first = with_drop(settings, write_drop(tmp_path / "first", world, night=FIRST))
    run_id = opened(first)
    # The keys are written before the run ends, so its seal knows them.
    for step in (extract, check_delivery, load):
        step(first, run_id)
    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        for night in (LAST - dt.timedelta(days=6 * 365), LATER):
            cursor.execute(
                "insert into audit.failing_key (run_id, night, rule_id, row_key)"
                " values (%s, %s, 'person.x', gen_random_uuid())",
                (run_id, night),
            )
    runs.close_run(settings, run_id, outcome="success", message="")
    world["person"] = [row | {"snils": "changed"} for row in world["person"]]
    without = {
        entity: [row for row in rows if "pupil-3" not in (row.get("student_id"), row["source_id"])]
        for entity, rows in world.items()
    }
    for night in (LATER, LAST):
        loaded(settings, write_drop(tmp_path / night.isoformat(), without, night=night))
    return settings


def test_what_was_over_a_year_before_the_newest_night_goes(aged: Settings) -> None:
    before = night_of(aged, LAST)
    removed = expire(aged)

    assert asked(aged, "select night from raw_o7.night order by 1") == [(LAST,)]
    assert asked(aged, "select count(*) from raw_o7.person where source_id = 'pupil-3'") == [(0,)]
    assert asked(aged, "select count(*) from raw_o7.student_keys where student_id = 'pupil-3'") == [(0,)]
    assert night_of(aged, LAST) == before
    assert (removed["raw_o7.student_keys"], removed["raw_o7.night"], removed["raw_o7.person"]) == (1, 2, 30)
    assert expire(aged).total() == 0


def test_keys_that_expire_leave_a_sound_audit(aged: Settings) -> None:
    removed = expire(aged)
    verdict = verify(aged)

    assert removed["audit.failing_key"] == 1
    assert verdict.damages == []
    assert [one.detail for one in verdict.findings if one.kind is Kind.erased] == [f"2 -> 1, срок-{LAST}-01"]
    assert asked(aged, "select students, staff, by_whom from audit.erasure") == [
        (1, 0, "Хранилище О7 (по срокам хранения)")
    ]


@pytest.mark.usefixtures("keys_put_back")
@pytest.mark.parametrize("order", [(rotate, expire), (expire, rotate), (rotate, expire, rotate)], ids=ORDERS)
def test_another_key_before_or_after_leaves_a_sound_audit(
    aged: Settings, order: tuple[Callable[[Settings], object], ...]
) -> None:
    for step in order:
        assert step(aged)

    verdict = verify(aged)
    assert verdict.damages == []
    assert [one.detail for one in verdict.findings if one.kind is Kind.erased] == [f"2 -> 1, срок-{LAST}-01"]
    with transaction(aged, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute("update audit.failing_key set row_key = gen_random_uuid()")
    assert [one.kind for one in verify(aged).damages] == [Kind.keys]


def test_nothing_expires_while_a_night_is_under_way(aged: Settings, tmp_path: Path) -> None:
    opened(with_drop(aged, write_drop(tmp_path / "next", small_world(), night=LAST + dt.timedelta(days=1))))

    with pytest.raises(NightError, match="nothing is taken away beside it"):
        expire(aged)


def test_files_go_by_the_term_of_their_folder(settings: Settings, state: Path) -> None:
    for name, days in (("schools/1/a.xlsx", 31), ("schools/2/b.xlsx", 29), ("reports/c.html", 999)):
        path = state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        changed = (NOW - dt.timedelta(days=days)).timestamp()
        os.utime(path, (changed, changed))

    removed = tidy(replace(settings, state=state), now=NOW)

    assert removed == {"schools": 1}
    assert sorted(path.relative_to(state).as_posix() for path in state.rglob("*") if path.is_file()) == [
        "reports/c.html", "schools/2/b.xlsx"
    ]  # fmt: skip
    assert not (state / "schools" / "1").exists()


def test_a_set_that_expires_takes_its_name_along_and_one_that_does_not_keeps_it(
    settings: Settings, state: Path
) -> None:
    for night, days in (("2026-09-01", 31), ("2026-10-31", 1)):
        exchange(state / "school_reports" / night, "worklist", {"1042/list.xlsx": b"x"})
        [sheet] = (state / "school_reports" / night).glob(".sets/*/1042/list.xlsx")
        changed = (NOW - dt.timedelta(days=days)).timestamp()
        os.utime(sheet, (changed, changed))

    removed = tidy(replace(settings, state=state), now=NOW)

    assert removed["school_reports"] == 1
    assert not (state / "school_reports" / "2026-09-01" / "worklist").is_symlink()
    assert (state / "school_reports" / "2026-10-31" / "worklist" / "1042" / "list.xlsx").exists()


def test_every_folder_of_a_night_and_an_edition_has_a_term_or_is_named_as_without_one(
    erased: Erasure,
) -> None:
    folders = {path.name for path in erased.state.folder.iterdir() if path.is_dir()}
    placed = {
        row["place"].partition("/")[2]
        for row in seed_rows(ROOT, "retention")
        if row["place"].startswith(FILES)
    }
    text = (ROOT / "docs" / "erasure.md").read_text(encoding="utf-8")
    told = re.findall(
        r"^\| ((?:`[a-z_/-]+`(?:, )?)+) \|", text.partition("## Сроки хранения")[2], re.MULTILINE
    )
    unplaced = {name for names in told for name in re.findall(r"`([^`]+)`", names)}

    assert {"editions", "reports", "portal", "postgres", "erasures"} <= folders
    assert len(unplaced) > 5
    assert unplaced & placed == set()
    assert folders - placed - unplaced == set()


def test_a_step_nobody_knows_is_refused(settings: Settings) -> None:
    with pytest.raises(CatalogueError, match="no step 'polish'"):
        perform(settings, "polish")


def test_leftovers_of_what_was_killed_go_after_a_day(warehouse_database: Settings) -> None:
    state = warehouse_database.state
    left = (
        "compare/7/rows.csv",
        "drill/postgres/base",
        "reports/x/.sets/unfinished-1/a.pdf",
        "schools/.unfinished-2",
    )
    kept = ("reports/x/.sets/2/a.pdf", "compare-notes/a.txt", "backups/.unfinished-3/warehouse.dump")
    for name in (*left, *kept):
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).touch()
    for path in {one for name in left for one in (state / name, *(state / name).parents)}:
        if path.is_relative_to(state) and path != state:
            os.utime(path, (0, 0))

    gone = leftovers(warehouse_database, now=dt.datetime.now(dt.UTC))

    assert gone == ["compare/7", "drill", "reports/x/.sets/unfinished-1", "schools/.unfinished-2"]
    assert [(state / name).exists() for name in kept] == [True, True, True]
    for folder in ("reports/x", "compare-notes", "backups"):
        shutil.rmtree(state / folder)


def test_dead_rows_are_cleared_in_every_layer(warehouse_database: Settings) -> None:
    vacuum(warehouse_database)

    with transaction(warehouse_database, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(last_vacuum), count(last_analyze) from pg_stat_user_tables"
            " where schemaname in ('raw_o7', 'audit', 'published')"
        )
        [(tables, cleared, looked_at)] = cursor.fetchall()
    assert tables > 50
    assert (cleared, looked_at) == (tables, tables)


@pytest.mark.full
def test_airflow_forgets_what_is_older_than_its_term_and_nothing_else() -> None:
    with open_folder() as folder:
        state = State(folder)
        with server.running(state.settings()) as running:
            bootstrap.ensure(state.settings(), running)
            assert clean_airflow(state.settings(), now=NOW) is None
            airflow_environment.migrate(state.settings(), print)
            with state.asking("airflow") as cursor:
                cursor.execute(
                    "insert into log (dttm, event) values (%s, 'old'), (%s, 'young')",
                    (NOW - dt.timedelta(days=91), NOW - dt.timedelta(days=89)),
                )
            clean_airflow(state.settings(), now=NOW)
            with state.asking("airflow") as cursor:
                cursor.execute("select event from log where event in ('old', 'young')")
                assert cursor.fetchall() == [("young",)]
