"""Nights that are done again in any order are what they were: figures, leaves, histories and reports, byte for byte."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.conftest import open_folder
from tests.journeys.conftest import arrived, simulate
from tests.journeys.states import Seen, State
from tests.journeys.test_rebuild import nights_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]
NIGHTS, PUPILS = 5, "400"


@pytest.fixture(scope="module")
def lived_through() -> Iterator[tuple[State, Path, Seen, dict[str, dict[str, str]]]]:
    """Eventful nights in their order: the state, what was seen after the last, and the marts as each left them."""
    with open_folder() as folder:
        world, state, marts = folder / "world", State(folder / "state"), {}
        simulate("--nights", str(NIGHTS), "--profile", "eventful", "--pupils", PUPILS, "--to", str(world))
        for night in nights_of(NIGHTS):
            arrived(state.walk(O7_DROP=str(world / night)))
            marts[night] = marts_of(state)
        yield state, world, state.see(), marts


def marts_of(state: State) -> dict[str, str]:
    """Digest of every table of facts."""
    return {table: digest for table, digest in state.facts().items() if table.startswith("marts.")}


@pytest.mark.parametrize("seed", [1, 2])
def test_nights_replayed_in_a_shuffled_order_are_what_they_were(
    lived_through: tuple[State, Path, Seen, dict[str, dict[str, str]]], seed: int
) -> None:
    state, world, before, marts = lived_through
    order = nights_of(NIGHTS)
    random.Random(seed).shuffle(order)  # noqa: S311 - it must repeat itself
    assert order != sorted(order)

    for night in order:
        arrived(state.walk("--night", night, O7_DROP=str(world / max(order))))
        assert marts_of(state) == marts[night], night

    after = state.see()
    assert {night for night, run_id in after.published.items() if run_id == before.published[night]} == set()
    assert (after.figures, after.leaves, after.reports) == (before.figures, before.leaves, before.reports)
    histories = {table for table in before.facts if not table.startswith("marts.")}
    assert {table for table in histories if after.facts[table] != before.facts[table]} == set()
