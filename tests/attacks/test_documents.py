"""Names of schools in every form that is printed, and templates of whoever writes reports."""

from __future__ import annotations

import pytest

from tests.attacks import cells, pages, press, signs
from tests.attacks.catalogue import each, prove


@pytest.fixture(scope="module")
def names(warehouse_database):
    """A published night in which a school may be called anything."""
    return press.made(warehouse_database)


@each([*pages.ATTACKS, *signs.ATTACKS, *cells.ATTACKS])
def test_an_attack_by_a_name_fails_and_succeeds_where_its_defence_is_gone(attack, names):
    prove(attack, names)
