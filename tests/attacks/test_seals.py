"""The audit and issued editions in the hands of somebody with all rights."""

from __future__ import annotations

import pytest

from tests.attacks import seals
from tests.attacks.catalogue import each, prove
from tests.o7_warehouse.conftest import audit

__all__ = ["audit"]
pytestmark = pytest.mark.timeout(900)


@each(seals.OF_AUDIT)
def test_an_attack_on_the_audit_fails_and_succeeds_where_its_defence_is_gone(attack, audit):
    prove(attack, audit)
