"""A night that is killed anywhere is begun again until it ends: nothing is lost, nothing done twice, every figure true.

Each trial is planned by its seed; one that fails says by which command it is repeated alone.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.lapse.month import Size
from tests.conftest import open_folder
from tests.faults.bases import Base, adopted, prepared
from tests.faults.strikes import BACKEND, SERVER, SOURCE, STEPS, WALK, plan
from tests.faults.trials import Trial, tried

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.states import State

pytestmark = pytest.mark.timeout(3600)
GRACE_SECONDS = 60
FULL = range(1, 61)
# Ten trials of the ordinary tests are ten kills of one night: a night for each of them would take minutes.
ORDINARY_SEED, KILLS = 201, 10


@pytest.fixture(scope="module")
def base(first_night: State, small_world: Path) -> Iterator[Base]:
    """The first night of the small world, published.

    What a usual night takes is taken from this one, which loads and builds everybody; the second, which is struck,
    takes less where nothing strikes. So the limit of the ordinary test is a wide one; that of the sixty seeds is not.
    """
    with open_folder() as folder:
        yield adopted(folder, first_night, small_world, Size(pupils=300, nights=2, seed=22))


@pytest.fixture(scope="module")
def measured_base() -> Iterator[Base]:
    """The same of a smaller world, and what an undisturbed second night comes to."""
    with open_folder() as folder:
        yield prepared(folder)


def assert_sound(trial: Trial) -> None:
    """Nothing is that may not be; something struck, and what else was planned did or came when the night had ended."""
    assert trial.violated == [], str(trial)
    assert trial.struck, str(trial)
    assert len(trial.struck) + len(trial.late) == len(trial.faults), str(trial)


def test_a_night_killed_ten_times_on_its_way_is_whole_and_true_in_the_end(base: Base) -> None:
    trial = tried(base, ORDINARY_SEED, faults=KILLS)

    assert_sound(trial)
    assert len(trial.struck) == KILLS, str(trial)
    assert trial.recovery_seconds <= base.usual_seconds + GRACE_SECONDS, str(trial)


@pytest.mark.full
@pytest.mark.parametrize("seed", FULL)
def test_a_night_struck_anywhere_is_whole_and_true_in_the_end(measured_base: Base, seed: int) -> None:
    trial = tried(measured_base, seed)

    # Told with -rP; the figures of all seeds are read from there.
    sys.stdout.write(f"{trial}\n")
    assert_sound(trial)
    assert trial.recovery_seconds <= measured_base.usual_seconds + GRACE_SECONDS, str(trial)


def test_a_seed_plans_the_same_faults_again_and_the_seeds_together_strike_everything_everywhere() -> None:
    plans = [plan(seed, None) for seed in FULL]
    faults = [one for one_plan in plans for one in one_plan]

    assert plans == [plan(seed, None) for seed in FULL]
    assert {one.kind for one in faults} == {WALK, SERVER, BACKEND, SOURCE}
    assert {one.step for one in faults} == set(STEPS)
    assert {one.is_resumed for one in faults} == {True, False}


def test_the_kills_of_one_night_strike_as_many_steps_in_every_way() -> None:
    planned = plan(ORDINARY_SEED, KILLS)

    assert len({one.step for one in planned}) == KILLS
    assert {one.kind for one in planned} == {WALK, SERVER, BACKEND, SOURCE}
