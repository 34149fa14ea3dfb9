"""Nights on Celery workers and a real Redis: each worker is killed, Redis goes away, and every effect is there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import scheduler
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.deployment.compose import free_port
from tests.journeys.conftest import FIRST, SECOND, arrived, simulate
from tests.journeys.states import KEY, State
from tests.journeys.workers import Fault, Plant, Return, plant
from tests.redis_server import INSTALL_REDIS, find_redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.full, pytest.mark.timeout(2400)]
BUILD, RENDER = "worker-build", "worker-render"
STEPS = (
    "open_night", "extract", "check_delivery", "load", "catalogue", "gate_in", "facts", "indicators", "gate_out",
    "publish", "restate", "render", "close_night",
)  # fmt: skip
# Heartbeats are missed for a minute, looked for every ten seconds, a retry waits for twenty; the rest is this machine.
MISSED, TOLD = 150, 80
ROWS, PERSONS = "raw_o7.exam_result", "published.profile_versions"
# In the first night: who is lost in the middle of what, and how soon that must be noticed.
LOST = [
    Fault("load", "check_delivery", "raw_o7.load_record", partial(Plant.lose_all, worker=BUILD), MISSED),
    Fault("gate_in", "catalogue", ROWS, partial(Plant.lose_main, worker=BUILD), MISSED),
    Fault("facts", "gate_in", ROWS, partial(Plant.lose_all, worker=BUILD), MISSED),
    Fault("publish", "gate_out", PERSONS, partial(Plant.lose_supervisor, worker=BUILD), TOLD),
    Fault("render", "restate", "audit.report_file", partial(Plant.lose_all, worker=RENDER), MISSED),
]


@pytest.fixture(scope="module")
def drops() -> Iterator[Path]:
    """Two nights of a small О7, of which the second changes what the first one said."""
    if find_redis() is None:
        pytest.skip(f"NO REDIS: no night was run on Celery workers. {INSTALL_REDIS}")
    with open_folder() as folder:
        simulate("--pupils", "120", "--nights", "2", "--profile", "eventful", "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture(scope="module")
def undisturbed(drops: Path) -> Iterator[State]:
    """Where both nights were walked without Airflow, and without any fault."""
    with open_folder() as folder:
        state = State(folder)
        for night in (FIRST, SECOND):
            arrived(state.walk(O7_DROP=str(drops / night)))
        yield state


@pytest.fixture(scope="module")
def nights() -> dict[str, str]:
    """The runs of the nights so far, by night."""
    return {}


@pytest.fixture(scope="module")
def works(drops: Path) -> Iterator[Plant]:
    """The warehouse whose nights run on Celery workers."""
    assert drops.is_dir()
    with open_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("O7_PSEUDONYM_KEY", KEY)
        patch.setattr(scheduler, "POLL_SECONDS", 0.2)
        with plant(folder) as running:
            yield running


def seen(state: State) -> dict[str, Any]:
    """All that two warehouses of the same nights have in common."""
    found = state.see()
    return {"figures": found.figures, "leaves": found.leaves, "facts": found.facts, "reports": found.reports}


def once(works: Plant, nights: dict[str, str]) -> None:
    """Each night is published by the one run it had, and each of its entities was loaded once."""
    assert dict(works.ask("select night::text, run_id::text from published.night")) == nights
    loaded = works.ask(
        "select night::text, count(*), count(distinct entity) from raw_o7.load_record group by night"
    )
    assert {night: rows == entities for night, rows, entities in loaded} == dict.fromkeys(nights, True)
    ended = works.ask("select run_id::text, array_agg(outcome) from audit.run_outcome group by run_id")
    assert dict(ended) == {run_id: ["success"] for run_id in nights.values()}


def test_a_night_ends_with_every_effect_once_whoever_is_killed(
    works: Plant, drops: Path, nights: dict[str, str]
) -> None:
    nights[FIRST], result = works.night(drops / FIRST, LOST)

    assert result.succeeded, result.tasks
    assert [fault.task for fault in LOST if fault.state != "over"] == []
    again = {fault.task for fault in LOST}
    assert works.tries(nights[FIRST]) == {step: 2 if step in again else 1 for step in STEPS}
    late = {one.task: works.again_after(nights[FIRST], one) for one in LOST}
    assert {one.task: late[one.task] for one in LOST if late[one.task] > one.within} == {}
    once(works, nights)


def test_what_lost_workers_had_is_given_out_again_and_does_nothing(
    works: Plant, nights: dict[str, str]
) -> None:
    tries = works.tries(nights[FIRST])

    assert works.broker.give_out_again() >= len(LOST) - 1  # of the lost supervisor its worker knows
    # A worker looks for such messages every hundred seconds.
    patience = time.monotonic() + 240
    while works.broker.held() or works.broker.waiting():
        assert time.monotonic() < patience, "messages of lost workers never came again"
        time.sleep(1)

    assert works.tries(nights[FIRST]) == tries
    once(works, nights)


def test_a_night_goes_on_where_redis_is_restarted_killed_and_away_for_long(
    works: Plant, drops: Path, nights: dict[str, str]
) -> None:
    faults = [
        Fault("load", "check_delivery", "raw_o7.load_record", restart),
        Fault("publish", "gate_out", "published.profile_versions", kill_for_seconds),
        Fault("render", "restate", "audit.report_file", kill),
        # The scheduler gave up on this message; Airflow tries the task again.
        Return("close_night", "up_for_retry"),
    ]

    nights[SECOND], result = works.night(drops / SECOND, faults)

    assert result.succeeded, result.tasks
    assert [fault.task for fault in faults if fault.state != "over"] == []
    assert works.tries(nights[SECOND]) == dict.fromkeys(STEPS, 1) | {"close_night": 2}
    once(works, nights)


def test_the_disturbed_nights_are_those_of_an_undisturbed_warehouse(works: Plant, undisturbed: State) -> None:
    assert seen(State(works.settings.state)) == seen(undisturbed)


def test_a_night_is_refused_before_it_begins_where_redis_is_silent(state: Path, drops: Path) -> None:
    silent = f"redis://127.0.0.1:{free_port()}/0"

    done = subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse", "night", "--drop", str(drops / FIRST), "--state", str(state)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "O7_EXECUTOR": "celery", "O7_CELERY_BROKER": silent},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 4, done.stderr
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def restart(works: Plant) -> None:
    """Redis ends as it is told to, and begins again."""
    works.broker.end(signal.SIGTERM)
    works.broker.begin()


def kill(works: Plant) -> None:
    """Redis is killed, and stays away."""
    works.broker.end(signal.SIGKILL)


def kill_for_seconds(works: Plant) -> None:
    """Redis is killed, and begins again after the next task was to be given out."""
    kill(works)
    threading.Timer(5, works.broker.begin).start()
