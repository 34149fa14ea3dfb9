"""A whole good night of a small world, published and printed; what is broken afterwards must leave it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from o7_warehouse import server
from tests.conftest import open_folder
from tests.faults.house import FIRST, House, moved_in
from tests.journeys.conftest import arrived, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = ("--pupils", "300", "--nights", "2")


@pytest.fixture(scope="session")
def small_world() -> Iterator[Path]:
    """Two nights of a small world as dated drop folders."""
    with open_folder() as folder:
        simulate(*SMALL, "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture(scope="session")
def first_night(small_world: Path) -> Iterator[State]:
    """The state directory after the first night, its server stopped; the synthetic replica shows the second night."""
    with open_folder() as folder:
        state = State(folder / "first")
        arrived(state.walk(O7_DROP=str(small_world / FIRST)))
        with server.running(state.settings()) as running:
            simulate(*SMALL, "--to", running.dsn("o7", "o7_source"))
        yield state


@pytest.fixture(scope="session")
def house(first_night: State) -> Iterator[House]:
    """A copy of it, its server running, in which every module leaves attempts that were refused."""
    with moved_in(first_night) as house:
        yield house


@pytest.fixture
def untouched(house: House) -> Iterator[None]:
    """What stood after the good night stands after the test, byte for byte."""
    yield
    assert house.standing() == house.good
