"""The line to the mail server, and what stands in a mail."""

from __future__ import annotations

from tests.attacks import post
from tests.attacks.catalogue import each, prove


@each(post.ATTACKS)
def test_an_attack_on_the_post_fails_and_succeeds_where_its_defence_is_gone(attack, tmp_path):
    prove(attack, post.made(tmp_path))
