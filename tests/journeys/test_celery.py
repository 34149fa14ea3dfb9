"""Nights on two Celery workers and a real Redis: a worker is lost, or Redis, and every effect is there once.

Nobody has to begin a worker for a night to end: the other one goes on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """Two nights of a small О7."""
    if find_redis() is None:
        pytest.skip(f"NO REDIS: no night was run on Celery workers. {INSTALL_REDIS}")
    with open_folder() as folder:
        simulate("--pupils", "60", "--nights", "2", "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture(scope="module")
def undisturbed(drops: Path) -> Iterator[State]:
    """Where the nights were walked without Airflow, and without any fault."""
    with open_folder() as folder:
        state = State(folder)
        for night in (FIRST, SECOND):
            arrived(state.walk(O7_DROP=str(drops / night)))
        yield state


@dataclass(frozen=True)
class Disturbed:
    """A night that ended although something was lost: what happened, and how many workers were left."""

    night: str
    run_id: str
    faults: list[Fault | Return]
    left: int


@pytest.fixture(scope="module")
def works(drops: Path) -> Iterator[Plant]:
    """The warehouse whose nights run on Celery workers."""
    assert drops.is_dir()
    said: list[str] = []
    with open_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("O7_PSEUDONYM_KEY", KEY)
        patch.setattr(scheduler, "POLL_SECONDS", 0.2)
        with plant(folder, said.append) as running:
            yield running
    assert [words for words in said if "ended before its time" in words]


def disturb(works: Plant, drops: Path, night: str, faults: list[Fault | Return]) -> Disturbed:
    """Run a night while the faults happen, each of them; it must end well."""
    run_id, result = works.night(drops / night, faults)
    assert result.succeeded, result.tasks
    assert [fault.task for fault in faults if fault.state != "over"] == []
    return Disturbed(night, run_id, faults, len(works.mains))


@pytest.fixture(scope="module")
def bereaved(works: Plant, drops: Path) -> Disturbed:
    """A night that lost one of its two workers in the middle and had no other but the one that was left."""
    faults = [
        Fault("load", ("check_delivery",), "raw_o7.load_record", Plant.lose_main, MISSED),
        # Redis is away for longer than the scheduler waits with the next message, so Airflow tries its task again.
        Fault("gate_in", ("catalogue", "load"), ROWS, kill),
        Return("facts", "up_for_retry", back),
        Fault("facts", ("gate_in",), ROWS, restart),
    ]
    return disturb(works, drops, FIRST, faults)


@pytest.fixture(scope="module")
def stricken(works: Plant, drops: Path, bereaved: Disturbed) -> Disturbed:
    """The next night, which loses a worker in many a task: another one comes when the other has done that task."""
    assert bereaved.left == 1
    works.begin_lost()
    faults = [
        Fault("facts", ("gate_in",), ROWS, Plant.lose_all, MISSED),
        Return("facts", "success", Plant.begin_lost),
        Fault("indicators", ("facts",), FACTS, Plant.lose_all, MISSED),
        Return("indicators", "success", Plant.begin_lost),
        Fault("publish", ("gate_out",), "published.profile_versions", Plant.lose_supervisor, TOLD),
        Fault("render", ("restate",), "audit.report_file", Plant.lose_all, MISSED),
    ]
    return disturb(works, drops, SECOND, faults)


def once(works: Plant, one: Disturbed) -> None:
    """The night is published by the one run it had, each of its entities was loaded once, and it ended once."""
    assert works.ask("select run_id::text from published.night where night = %s", one.night) == [
        (one.run_id,)
    ]
    [(rows, entities)] = works.ask(
        "select count(*), count(distinct entity) from raw_o7.load_record where night = %s", one.night
    )
    assert rows == entities > 30
    ended = works.ask("select outcome from audit.run_outcome where run_id = %s", one.run_id)
    assert ended == [("success",)]


def test_a_night_that_loses_a_worker_ends_by_itself_with_the_other_one(
    works: Plant, bereaved: Disturbed
) -> None:
    tries = works.tries(bereaved.run_id)
    # The catalogue is built beside the delivery, so the worker that was lost with `load` may have had it too.
    beside = tries.pop("catalogue")

    assert bereaved.left == 1
    assert beside in {1, 2}
    assert tries | {"catalogue": 1} == dict.fromkeys(STEPS, 1) | {"load": 2, "facts": 2}
    once(works, bereaved)


def test_only_what_was_lost_is_done_again_and_its_effects_are_there_once(
    works: Plant, stricken: Disturbed
) -> None:
    again = ("facts", "indicators", "publish", "render")
    tries = works.tries(stricken.run_id)
    # As the catalogue above: pages are made beside reports.
    beside = tries.pop("portal")

    assert beside in {1, 2}
    assert tries | {"portal": 1} == dict.fromkeys(STEPS, 1) | dict.fromkeys(again, 2)
    once(works, stricken)


def test_a_lost_worker_is_noticed_in_minutes(works: Plant, bereaved: Disturbed, stricken: Disturbed) -> None:
    told = [one for one in (*bereaved.faults, *stricken.faults) if isinstance(one, Fault) and one.within]

    late = {one.task: after for one in told if not 0 < (after := works.again_after(one)) < one.within}

    assert (len(told), late) == (5, {})


def test_the_disturbed_nights_are_those_of_an_undisturbed_warehouse(
    works: Plant, stricken: Disturbed, undisturbed: State
) -> None:
    assert stricken.night == SECOND
    mine, other = State(works.settings.state).see(), undisturbed.see()

    assert mine.figures == other.figures
    assert mine.leaves == other.leaves
    assert mine.facts == other.facts
    assert mine.reports == other.reports


def test_what_lost_workers_had_is_given_out_again_and_does_nothing(
    works: Plant, bereaved: Disturbed, stricken: Disturbed
) -> None:
    tries = [works.tries(one.run_id) for one in (bereaved, stricken)]

    # load, facts, indicators, render; of a lost supervisor its worker knows.
    assert works.broker.give_out_again() >= 4
    # A worker looks for such messages every hundred seconds.
    patience = time.monotonic() + 240
    while works.broker.held() or works.broker.waiting():
        assert time.monotonic() < patience, "messages of lost workers never came again"
        time.sleep(1)

    assert [works.tries(one.run_id) for one in (bereaved, stricken)] == tries
    for one in (bereaved, stricken):
        once(works, one)


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


def restart(works: Plant, _task: int) -> None:
    """Redis ends as it is told to, and begins again."""
    works.broker.end(signal.SIGTERM)
    works.broker.begin()


def kill(works: Plant, _task: int) -> None:
    """Redis is killed, and stays away."""
    works.broker.end(signal.SIGKILL)


def back(works: Plant) -> None:
    """Redis begins again with what it has on the disk."""
    works.broker.begin()
