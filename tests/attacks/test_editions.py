"""Issued editions in the hands of somebody with all rights, and of a reader who can subtract."""

from __future__ import annotations

import pytest

from tests.attacks import hidden, seals
from tests.attacks.catalogue import each, prove
from tests.editions.conftest import desk, issued, published

__all__ = ["desk", "issued", "published"]
pytestmark = pytest.mark.timeout(900)


@each(seals.OF_EDITIONS)
def test_an_attack_on_an_edition_fails_and_succeeds_where_its_defence_is_gone(attack, issued):
    prove(attack, issued)


@each(hidden.ATTACKS)
def test_an_attack_by_subtraction_fails_and_succeeds_where_its_defence_is_gone(attack):
    prove(attack, None)
