"""One synthetic world and one state directory, through which the nights of the journeys go in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.journeys.states import Seen, State, Walked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, SECOND = "2025-12-15", "2025-12-16"
PUPILS, SEED = "1500", "22"


def simulate(*arguments: str) -> None:
    """Run the simulator as the program it is."""
    subprocess.run(
        [sys.executable, "-m", "o7_simulator", "--pupils", PUPILS, "--seed", SEED, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="session")
def world() -> Iterator[Path]:
    """Two eventful nights as a drop folder, with their truth."""
    with open_folder() as folder:
        simulate("--nights", "2", "--profile", "eventful", "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture(scope="session")
def truth(world: Path) -> dict[str, Any]:
    """What the figures of each night must be."""
    content: dict[str, Any] = json.loads((world / "truth.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="session")
def journey() -> Iterator[State]:
    """The state directory of the nights below."""
    with open_folder() as folder:
        yield State(folder)


def arrived(walked: Walked) -> str:
    """The run of a walk that must have reached its end."""
    assert walked.code == 0, walked.words
    return walked.run_id


@pytest.fixture(scope="session")
def first_night(journey: State, world: Path) -> Seen:
    """After the first night."""
    arrived(journey.walk(O7_DROP=str(world / FIRST)))
    return journey.see()


@pytest.fixture(scope="session")
def first_night_again(journey: State, world: Path, first_night: Seen) -> Seen:
    """After the same night was run once more."""
    assert first_night.published
    arrived(journey.walk(O7_DROP=str(world / FIRST)))
    return journey.see()


@pytest.fixture(scope="session")
def second_night(journey: State, world: Path, first_night_again: Seen) -> Seen:
    """After the next night."""
    assert first_night_again.published
    arrived(journey.walk(O7_DROP=str(world / SECOND)))
    return journey.see()


@pytest.fixture(scope="session")
def replayed(journey: State, world: Path, second_night: Seen) -> Seen:
    """After the first night was replayed from raw."""
    assert second_night.published
    arrived(journey.walk("--night", FIRST, O7_DROP=str(world / SECOND)))
    return journey.see()


@pytest.fixture(scope="session")
def refused(journey: State, world: Path, replayed: Seen) -> tuple[Walked, Seen]:
    """After a rerun of the second night whose figures the gate out had to refuse."""
    assert replayed.published
    run_id = arrived(journey.walk("--until", "indicators", O7_DROP=str(world / SECOND)))
    journey.execute(
        "update indicators.indicator_values set numerator = numerator + 1"
        " where build_id = %s and level = 'region' and indicator = '4.2' and education_stage = 'all'",
        run_id,
    )
    walked = journey.walk("--from", "gate_out", "--run-id", run_id, O7_DROP=str(world / SECOND))
    return walked, journey.see()
