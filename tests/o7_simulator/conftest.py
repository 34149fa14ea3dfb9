"""Worlds that several tests only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.o7_simulator.worlds import World, make

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def realistic(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A republic of 3 000 pupils on one night, with ordinary dirt."""
    return make(tmp_path_factory.mktemp("realistic") / "drop", pupils=3000)


@pytest.fixture(scope="session")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four nights of 1 500 pupils with many changes and a merged school."""
    return make(tmp_path_factory.mktemp("eventful") / "drop", pupils=1500, nights=4, kind="eventful")


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A republic of 300 pupils without a fault."""
    return make(tmp_path_factory.mktemp("clean") / "drop", pupils=300, kind="clean")


@pytest.fixture
def make_world(tmp_path: object) -> Callable[..., World]:
    """Makes a world in a folder of the test's own, by name."""
    return lambda name, **wanted: make(tmp_path / name, **wanted)  # type: ignore[operator]
