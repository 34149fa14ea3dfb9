"""A night that is killed anywhere is begun again until it ends: nothing is lost, nothing done twice, every figure true.

Each trial is planned by its seed; one that fails says by which command it is repeated alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import open_folder
from tests.faults.strikes import BACKEND, SERVER, SOURCE, STEPS, WALK, Fault, plan
from tests.faults.trials import Base, Trial, prepared, tried

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(3600)
GRACE_SECONDS = 60
FULL = range(1, 61)


@pytest.fixture(scope="module")
def base() -> Iterator[Base]:
    """The first night of the small world, published."""
    with open_folder() as folder:
        yield prepared(folder, is_measured=False)


@pytest.fixture(scope="module")
def measured_base() -> Iterator[Base]:
    """The same, and what an undisturbed second night comes to."""
    with open_folder() as folder:
        yield prepared(folder, is_measured=True)


def assert_sound(trial: Trial) -> None:
    """Everything struck, and nothing may not be."""
    assert trial.violated == [], str(trial)


def test_a_night_killed_four_times_on_its_way_is_whole_and_true_in_the_end(base: Base) -> None:
    on_its_way = [
        Fault(WALK, "extract", 0.5, is_resumed=True),
        Fault(SERVER, "gate_in", 0.3, is_resumed=True),
        Fault(WALK, "publish", 0.5, is_resumed=True),
        Fault(WALK, "render", 0.5, is_resumed=True),
    ]

    trial = tried(base, 0, planned=on_its_way)

    assert_sound(trial)
    assert len(trial.struck) == len(on_its_way), str(trial)


@pytest.mark.full
@pytest.mark.parametrize("seed", FULL)
def test_a_night_struck_anywhere_is_whole_and_true_in_the_end(measured_base: Base, seed: int) -> None:
    trial = tried(measured_base, seed)

    assert_sound(trial)
    assert measured_base.normal_seconds is not None
    assert trial.recovery_seconds <= measured_base.normal_seconds + GRACE_SECONDS, str(trial)


def test_a_seed_plans_the_same_faults_again_and_the_seeds_together_strike_everything_everywhere() -> None:
    plans = [plan(seed, None) for seed in FULL]
    faults = [one for one_plan in plans for one in one_plan]

    assert plans == [plan(seed, None) for seed in FULL]
    assert {one.kind for one in faults} == {WALK, SERVER, BACKEND, SOURCE}
    assert {one.step for one in faults} == set(STEPS)
    assert {one.is_resumed for one in faults} == {True, False}
