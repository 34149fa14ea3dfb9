"""Past nights are built beside what is published; a person compares, and switches or drops."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import scheduler, server
from o7_warehouse.backfill import held
from o7_warehouse.editions import decide
from o7_warehouse.editions.draft import draft
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.editions.periods import Period
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.journeys.conftest import arrived
from tests.journeys.states import KEY, State

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]

MISSING, FIRST, SECOND = "2025-12-14", "2025-12-15", "2025-12-16"
EDITION, AFTER = EditionId(Period.parse("2025-Q4"), 1), dt.date(2026, 1, 2)
AUTHOR, CHIEF = "И. И. Иванова", "А. А. Петров"
# Of some pupils the number becomes one nobody can have: their profiles are no more complete.
SPOIL = """
    update raw_o7.person set snils = '00000000000' where source_id in (
        select source_id from raw_o7.person where snils is not null order by source_id limit %s
    )
"""


def o7(state: State, *words: str, command: str = "backfill") -> subprocess.CompletedProcess[str]:
    """A command, as a person gives it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse", command, *words, "--state", str(state.folder)],
        env=environment | {"PYTHONPATH": str(ROOT), "O7_PSEUDONYM_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
    )


def moved(state: State, backfill: str) -> list[dict[str, Any]]:
    """What a backfill would move."""
    done = o7(state, "compare", backfill, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def region(rows: list[dict[str, Any]], indicator: str = "4.1") -> list[dict[str, Any]]:
    return [row for row in rows if (row["level"], row["indicator"]) == ("region", indicator)]


def issue(state: State) -> EditionId:
    """Issue the edition of the quarter over its last night so far."""
    settings = state.settings()
    with server.running(settings):
        edition, _ = draft(settings, Period.parse("2025-Q4"), by_whom=AUTHOR, reason=None, today=AFTER)
        decide.submit(settings, edition, by_whom=AUTHOR, today=AFTER)
        decide.approve(settings, edition, by_whom=CHIEF, today=AFTER)
        decide.issue(settings, edition, by_whom=AUTHOR)
    return edition


def shelf(state: State) -> dict[str, bytes]:
    """Every file of every edition."""
    editions = state.folder / "editions"
    return {
        str(path.relative_to(editions)): path.read_bytes() for path in editions.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    """Two published nights of a small world; over the first one an edition is issued."""
    with open_folder() as folder:
        subprocess.run(
            [
                sys.executable, "-m", "o7_simulator", "--pupils", "300", "--seed", "22", "--nights", "2",
                "--to", str(folder / "world"),
            ],
            env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        found = State(folder / "state")
        found.folder.mkdir()
        arrived(found.walk("--night", FIRST, O7_DROP=str(folder / "world" / FIRST)))
        assert issue(found) == EDITION
        arrived(found.walk("--night", SECOND, O7_DROP=str(folder / "world" / SECOND)))
        yield found


def test_a_backfill_of_what_nobody_changed_changes_nothing(state: State) -> None:
    before = state.see()

    done = o7(state, "build", "same", "--nights", f"{FIRST}..{SECOND}")

    assert done.returncode == 0, done.stderr
    assert moved(state, "same") == []
    assert state.see() == before
    dropped = o7(state, "drop", "same", "--by", "И. И. Иванова", "--reason", "Ничего не изменилось")
    assert dropped.returncode == 0, dropped.stderr
    assert dropped.stdout.count("отклонена") == 2
    assert state.see() == before


def test_what_was_looked_at_is_what_is_switched_and_nothing_before(state: State) -> None:
    before, editions = state.see(), shelf(state)
    state.execute(SPOIL, 20)
    for name in ("later", "mend"):
        built = o7(state, "build", name, "--nights", FIRST)
        assert built.returncode == 0, built.stderr
    assert state.see().published == before.published
    assert state.see().reports == before.reports
    [seen] = region(moved(state, "mend"))
    assert seen["new_numerator"] < seen["old_numerator"]

    switched = o7(state, "switch", "mend", "--by", "И. И. Иванова")

    assert switched.returncode == 0, switched.stderr
    after = state.see()
    assert after.published[FIRST] != before.published[FIRST]
    assert after.published[SECOND] == before.published[SECOND]
    # The edition is of the build before, and stays it to the last byte.
    verified = o7(state, "verify", str(EDITION), "--format", "json", command="edition")
    assert verified.returncode == 0, verified.stdout
    assert json.loads(verified.stdout) == {
        "edition": str(EDITION), "is_sound": True, "is_published": False, "findings": [],
    }  # fmt: skip
    assert len(editions) > 1
    assert shelf(state) == editions
    [now] = region(after.figures[FIRST])
    assert (now["numerator"], now["denominator"]) == (seen["new_numerator"], seen["new_denominator"])
    # What the other backfill would have brought is published now, so it moves nothing any more.
    assert moved(state, "later") == []
    again = o7(state, "switch", "mend", "--by", "И. И. Иванова")
    assert again.returncode == 2
    assert "nothing left to do" in again.stderr


def test_a_night_that_comes_out_otherwise_than_it_was_looked_at_is_not_published(state: State) -> None:
    assert o7(state, "build", "stale", "--nights", SECOND).returncode == 0
    before = state.see()
    state.execute(SPOIL, 40)

    done = o7(state, "switch", "stale", "--by", "И. И. Иванова")

    assert done.returncode == 3
    assert "does not come out as it was looked at" in " ".join(done.stderr.split())
    after = state.see()
    assert (after.published, after.figures, after.reports) == (
        before.published,
        before.figures,
        before.reports,
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(("build", "x", "--nights", "2025-12-15,2025-12-01"), 3, "never loaded", id="no raw data"),
        pytest.param(("build", "x", "--nights", "2024-01-01..2024-02-01"), 2, "holds no night", id="an empty span"),
        pytest.param(("build", "x y", "--nights", FIRST), 2, "no name of a backfill", id="no name"),
        pytest.param(("build", "x", "--nights", "yesterday"), 2, "is no day", id="no day"),
        pytest.param(("show", "x"), 2, "There is no backfill", id="unknown"),
        pytest.param(("drop", "stale", "--by", "x", "--reason", " "), 2, "--reason is empty", id="no reason"),
        pytest.param(("switch", "stale", "--by", "."), 2, "--by is empty", id="nobody"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_changes_nothing(
    state: State, words: tuple[str, ...], code: int, said: str
) -> None:
    before = state.execute("select count(*) from audit.run")

    done = o7(state, *words)

    assert (done.returncode, said in " ".join(done.stderr.split())) == (code, True), done.stderr
    assert state.execute("select count(*) from audit.run") == before


def test_a_past_night_waits_for_the_one_at_work(state: State) -> None:
    """A run that opens ends the one that is open; a backfill must not do that to a night."""
    state.execute(
        "insert into audit.run (run_id, night, mode, trigger, contract_version, snapshot_at, code_revision)"
        " values (gen_random_uuid(), %s, 'replay', 'test', '1.0', now(), '')", SECOND,
    )  # fmt: skip

    done = o7(state, "build", "waits", "--nights", FIRST)

    assert done.returncode != 0
    assert f"The night {SECOND} is at work" in " ".join(done.stderr.split())
    assert state.execute("select count(*) from audit.run where trigger = 'hold waits'") == [(0,)]


@dataclass(frozen=True)
class Backfilled:
    """What was published before Airflow's backfill of a span; of each night its state and those of its tasks."""

    before: dict[str, str]
    nights: dict[str, str]
    tasks: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def by_airflow(state: State) -> Backfilled:
    """Asked for as on its page: days from and to, and the configuration. Of the first day raw has nothing."""
    state.execute("update audit.run set started_at = started_at - interval '6 hours' where trigger = 'test'")
    before = state.see().published
    asked = {
        "dag_id": "o7_night", "from_date": f"{MISSING}T00:00:00+03:00", "to_date": f"{SECOND}T23:59:59+03:00",
        "dag_run_conf": {"hold": "airflow"}, "reprocess_behavior": "none", "max_active_runs": 1, "run_backwards": False,
    }  # fmt: skip
    with (
        pytest.MonkeyPatch.context() as patch,
        server.running(state.settings()),
    ):
        patch.setenv("O7_TIMETABLE", "partitions")
        patch.setenv("O7_PSEUDONYM_KEY", KEY)
        with scheduler.running(state.settings(), lambda _: None) as airflow:
            airflow.api.unpause("o7_night")
            number = airflow.api.call("POST", "/backfills", asked)["id"]
            patience = time.monotonic() + 900
            while airflow.api.call("GET", f"/backfills/{number}")["completed_at"] is None:
                assert time.monotonic() < patience
                time.sleep(2)
            every = airflow.api.call("GET", "/dags/o7_night/dagRuns")["dag_runs"]
            # A DAG that is let go may begin its own last night as well, which is none of those asked for.
            runs = {one["partition_key"]: one for one in every if one["run_type"] == "backfill"}
            tasks = {
                night: {task.task: task.state for task in airflow.api.tasks("o7_night", one["dag_run_id"])}
                for night, one in runs.items()
            }
    return Backfilled(before, {night: one["state"] for night, one in runs.items()}, tasks)


def test_airflow_s_own_backfill_holds_its_builds(state: State, by_airflow: Backfilled) -> None:
    """What is released by a night is skipped."""
    tasks = by_airflow.tasks[FIRST]

    assert [by_airflow.nights[night] for night in (FIRST, SECOND)] == ["success"] * 2
    assert {name for name, ended in tasks.items() if ended == "skipped"} == held.RELEASE
    assert state.see().published == by_airflow.before
    shown = o7(state, "show", "airflow")
    assert shown.stdout.count("ждет решения") == 2, shown.stderr


def test_of_a_span_the_night_that_raw_has_not_fails_by_name_and_the_others_are_built(
    state: State, by_airflow: Backfilled
) -> None:
    told = state.execute("select step, reason, message from audit.night_outcome where state = 'failed'")

    assert by_airflow.nights == {MISSING: "failed", FIRST: "success", SECOND: "success"}
    assert (by_airflow.tasks[MISSING]["open_night"], by_airflow.tasks[MISSING]["load"]) == (
        "failed",
        "upstream_failed",
    )
    [(step, reason, message)] = [row for row in told if MISSING in row[2]]
    assert (step, reason) == ("open_night", "NightError")
    assert f"Raw holds no rows of {MISSING}, so it cannot be built from them." in message
