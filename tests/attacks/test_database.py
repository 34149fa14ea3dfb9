"""Insiders with a login, and words that reach a statement."""

from __future__ import annotations

import pytest

from tests.attacks import rights, statements, vault
from tests.attacks.catalogue import each, prove

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def inside(warehouse_database, server):
    """A published warehouse with logins of a school and of its municipality."""
    made = vault.made(warehouse_database, server)
    yield made
    vault.emptied(made)


@each([*rights.ATTACKS, *statements.ATTACKS])
def test_an_attack_from_inside_fails_and_succeeds_where_its_defence_is_gone(attack, inside):
    prove(attack, inside)
