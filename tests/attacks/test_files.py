"""Files that come from outside: spreadsheets made by hand, manifests, CSV."""

from __future__ import annotations

from tests.attacks import drops, packages
from tests.attacks.catalogue import each, prove


@each([*packages.ATTACKS, *drops.ATTACKS])
def test_an_attack_by_a_file_fails_and_succeeds_where_its_defence_is_gone(attack, tmp_path):
    prove(attack, tmp_path)
