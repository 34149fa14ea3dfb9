"""An edition of the whole republic, attacked component by component, and how much it still tells."""

from __future__ import annotations

import pytest

from benchmarks.seeded_figures import republic
from o7_warehouse.disclosure.board import Told
from o7_warehouse.disclosure.cells import Sign
from o7_warehouse.disclosure.suppress import suppress
from tests.disclosure.attack import too_tight
from tests.disclosure.tables import rules

THRESHOLD = rules().threshold
# Of a hundred figures so many may be hidden beside those that are small, or follow from a small rest, themselves.
MOST_HIDDEN = {"region": 0.0, "municipality": 0.05}


@pytest.fixture(scope="module")
def edition():
    """What an edition tells today: indicators down to schools, leaves down to municipalities."""
    return suppress(republic(leaves_of=("region", "municipality")), threshold=THRESHOLD)


def test_the_attack_on_the_whole_republic_bounds_nothing_tighter_than_the_rule(edition):
    assert edition.protected > 100
    assert too_tight([Told("1", edition.tables, edition.signs, edition.plain)]) == []


def test_the_republic_is_told_whole_and_municipalities_nearly(edition):
    for level, unit in (("region", 8), ("municipality", 3)):
        signs = [sign for key, sign in edition.signs.items() if len(key.unit) == unit]
        assert len(signs) > 50
        hidden = sum(sign is not Sign.told for sign in signs)
        assert hidden <= MOST_HIDDEN[level] * len(signs)


def test_what_is_hidden_for_the_sake_of_others_is_little(edition):
    """Beside the counts that need it, hardly one in fifty figures is hidden."""
    needed = {
        key
        for key, cell in edition.tables.cells.items()
        if cell.required or edition.tables.cells.get(key._replace(figure=f"{key.figure}_rest"), cell).required
    }
    others = [key for key, sign in edition.signs.items() if sign is not Sign.told and key not in needed]

    assert len(others) <= len(edition.signs) // 50


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_the_attack_on_every_leaf_of_every_school_finds_nothing():
    """Far more than an edition tells: forty thousand figures of schools."""
    outcome = suppress(republic(), threshold=THRESHOLD)

    assert too_tight([Told("1", outcome.tables, outcome.signs, outcome.plain)]) == []
