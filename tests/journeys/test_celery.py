"""Nights on Celery workers and a real Redis: each worker is killed, Redis goes away, and every effect is there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import scheduler
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.deployment.compose import free_port
from tests.journeys.conftest import FIRST, arrived, simulate
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
    "publish", "restate", "render", "portal", "close_night",
)  # fmt: skip
# Heartbeats are missed for a minute and looked for every ten seconds; a retry waits for twenty to forty.
MISSED, TOLD = 150, 80
# What the steps wait for in the middle of their work.
ROWS, FACTS = "raw_o7.exam_result", "marts.fct_profile_completeness"


@pytest.fixture(scope="module")
def drops() -> Iterator[Path]:
    """A night of a small О7."""
    if find_redis() is None:
        pytest.skip(f"NO REDIS: no night was run on Celery workers. {INSTALL_REDIS}")
    with open_folder() as folder:
        simulate("--pupils", "60", "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture(scope="module")
def undisturbed(drops: Path) -> Iterator[State]:
    """Where the night was walked without Airflow, and without any fault."""
    with open_folder() as folder:
        state = State(folder)
        arrived(state.walk(O7_DROP=str(drops / FIRST)))
        yield state


@pytest.fixture(scope="module")
def works(drops: Path) -> Iterator[Plant]:
    """The warehouse whose nights run on Celery workers."""
    assert drops.is_dir()
    with open_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("O7_PSEUDONYM_KEY", KEY)
        patch.setattr(scheduler, "POLL_SECONDS", 0.2)
        with plant(folder) as running:
            yield running


@pytest.fixture(scope="module")
def disturbed(works: Plant, drops: Path) -> tuple[str, list[Fault | Return]]:
    """A night that ended although workers were killed and Redis went away: its run, and what happened to it."""
    faults = [
        Fault("load", "check_delivery", "raw_o7.load_record", partial(Plant.lose_main, worker=BUILD), MISSED),
        # Redis is away for longer than the scheduler waits with the next message, so Airflow tries its task again.
        Fault("gate_in", "catalogue", ROWS, kill),
        Return("facts", "up_for_retry"),
        Fault("facts", "gate_in", ROWS, restart),
        Fault("indicators", "facts", FACTS, partial(Plant.lose_all, worker=BUILD), MISSED),
        Fault("publish", "gate_out", "published.profile_versions", partial(Plant.lose_supervisor, worker=BUILD), TOLD),
        Fault("render", "restate", "audit.report_file", partial(Plant.lose_all, worker=RENDER), MISSED),
    ]  # fmt: skip
    run_id, result = works.night(drops / FIRST, faults)
    assert result.succeeded, result.tasks
    assert [fault.task for fault in faults if fault.state != "over"] == []
    return run_id, faults


def once(works: Plant, run_id: str) -> None:
    """The night is published by the one run it had, each of its entities was loaded once, and it ended once."""
    assert works.ask("select night::text, run_id::text from published.night") == [(FIRST, run_id)]
    [(rows, entities)] = works.ask("select count(*), count(distinct entity) from raw_o7.load_record")
    assert rows == entities > 30
    assert works.ask("select run_id::text, outcome from audit.run_outcome") == [(run_id, "success")]


def test_only_what_was_lost_is_done_again_and_its_effects_are_there_once(
    works: Plant, disturbed: tuple[str, list[Fault | Return]]
) -> None:
    run_id, _ = disturbed

    again = ("load", "facts", "indicators", "publish", "render")
    tries = works.tries(run_id)
    # The catalogue is built beside the delivery, so the worker that was lost with `load` may have had it too.
    beside = tries.pop("catalogue")
    assert beside in {1, 2}
    assert tries | {"catalogue": 1} == dict.fromkeys(STEPS, 1) | dict.fromkeys(again, 2)
    once(works, run_id)


def test_a_lost_worker_is_noticed_in_minutes(
    works: Plant, disturbed: tuple[str, list[Fault | Return]]
) -> None:
    run_id, faults = disturbed

    after = {one: works.again_after(run_id, one) for one in faults if isinstance(one, Fault) and one.within}

    assert {one.task: seconds for one, seconds in after.items() if not 0 < seconds < one.within} == {}


def test_the_disturbed_night_is_that_of_an_undisturbed_warehouse(
    works: Plant, disturbed: tuple[str, list[Fault | Return]], undisturbed: State
) -> None:
    assert disturbed
    mine, other = State(works.settings.state).see(), undisturbed.see()

    assert mine.figures == other.figures
    assert mine.leaves == other.leaves
    assert mine.facts == other.facts
    assert mine.reports == other.reports


def test_what_lost_workers_had_is_given_out_again_and_does_nothing(
    works: Plant, disturbed: tuple[str, list[Fault | Return]]
) -> None:
    run_id, _ = disturbed
    tries = works.tries(run_id)

    assert (
        works.broker.give_out_again() >= 3
    )  # load, indicators, render; of a lost supervisor its worker knows
    # A worker looks for such messages every hundred seconds.
    patience = time.monotonic() + 240
    while works.broker.held() or works.broker.waiting():
        assert time.monotonic() < patience, "messages of lost workers never came again"
        time.sleep(1)

    assert works.tries(run_id) == tries
    once(works, run_id)


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
