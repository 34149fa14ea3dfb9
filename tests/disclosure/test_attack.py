"""Whoever has every figure of an edition, and those of the editions before it, computes no protected count."""

from __future__ import annotations

import random

import pytest

from o7_warehouse.disclosure.board import Told
from o7_warehouse.disclosure.cells import Sign, Standing
from o7_warehouse.disclosure.suppress import suppress
from tests.disclosure.attack import bounds
from tests.disclosure.tables import rules, tables, world

SHAPES = {
    "municipalities alone": {"municipalities": 5, "schools": 1, "size": 60},
    "a few schools": {"municipalities": 3, "schools": 4, "size": 30},
    "small schools": {"municipalities": 2, "schools": 5, "size": 6},
    "one municipality with one school": {"municipalities": 1, "schools": 1, "size": 9},
    "classes": {"municipalities": 2, "schools": 3, "classes": 3, "size": 10},
    "large": {"municipalities": 3, "schools": 3, "size": 400},
}
SEEDS = range(6)


def told(name, outcome):
    """An edition as a reader has it."""
    return Told(name, outcome.tables, outcome.signs, outcome.plain)


def made(seed, shape, **tell):
    """An edition of a random republic."""
    return suppress(tables(world(seed, **SHAPES[shape]), **tell), threshold=rules().threshold)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_protected_count_is_bounded_tighter_than_the_rule(shape, seed):
    outcome = made(seed, shape)

    found = list(bounds([told("1", outcome)]))
    assert found
    assert [one for one in found if one.is_too_tight()] == []
