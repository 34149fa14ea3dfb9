"""Words that name files, and the server that shows them."""

from __future__ import annotations

from tests.attacks import paths, web
from tests.attacks.catalogue import each, prove


@each(paths.ATTACKS)
def test_an_attack_by_a_path_fails_and_succeeds_where_its_defence_is_gone(attack, tmp_path):
    prove(attack, tmp_path)


@each(web.ATTACKS)
def test_an_attack_by_a_request_fails_and_succeeds_where_its_defence_is_gone(attack, tmp_path):
    prove(attack, web.made(tmp_path))
