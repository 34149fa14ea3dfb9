"""Nights on Celery workers and a real Redis: each worker is killed, Redis goes away, and every effect is there once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import scheduler
from o7_warehouse.indicators import indicator_rows
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, SECOND, arrived, simulate
from tests.journeys.states import State
from tests.journeys.workers import Fault, Plant, plant
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
# In the first night: who is lost in the middle of what.
LOST = [
    Fault("load", "check_delivery", "raw_o7.load_record", partial(Plant.lose_all, worker=BUILD)),
    Fault("gate_in", "catalogue", "raw_o7.exam_result", partial(Plant.lose_main, worker=BUILD)),
    Fault("facts", "gate_in", "raw_o7.exam_result", partial(Plant.lose_all, worker=BUILD)),
    Fault("publish", "gate_out", "published.profile_versions", partial(Plant.lose_supervisor, worker=BUILD)),
    Fault("render", "restate", "audit.report_file", partial(Plant.lose_all, worker=RENDER)),
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
def works(drops: Path) -> Iterator[Plant]:
    """The warehouse whose nights run on Celery workers."""
    assert drops.is_dir()
    with open_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("O7_PSEUDONYM_KEY", "22" * 32)
        patch.setattr(scheduler, "POLL_SECONDS", 0.2)
        with plant(folder) as running:
            yield running


def figures(plant: Plant, run_id: str) -> list[dict[str, Any]]:
    """What is published of the night of a run, with its build."""
    [(night, build)] = plant.ask(
        "select night, run_id::text from published.night order by night desc limit 1"
    )
    assert build == run_id
    return indicator_rows(plant.settings, night=night)


def test_a_night_ends_with_every_effect_once_whoever_is_killed(works: Plant, drops: Path) -> None:
    run_id, result = works.night(drops / FIRST, LOST)

    assert result.succeeded, result.tasks
    assert [fault.task for fault in LOST if fault.state != "over"] == []
    again = {fault.task for fault in LOST} - {"gate_in"}
    assert works.tries(run_id) == {step: 2 if step in again else 1 for step in STEPS}
    assert works.ask("select night::text, run_id::text from published.night") == [(FIRST, run_id)]
