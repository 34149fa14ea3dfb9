"""The catalogue: enough attacks on every surface, none twice, and each of them in some test that proves it both ways."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext

import pytest

from tests.attacks import (
    cells,
    drops,
    hidden,
    packages,
    pages,
    paths,
    post,
    rights,
    seals,
    signs,
    statements,
    test_airflow,
    test_database,
    test_documents,
    test_editions,
    test_files,
    test_places,
    test_post,
    test_seals,
    tokens,
    web,
)
from tests.attacks.catalogue import SURFACES, Attack, prove, without

EVERY = [
    attack
    for listed in (
        packages.ATTACKS, drops.ATTACKS, pages.ATTACKS, signs.ATTACKS, cells.ATTACKS, paths.ATTACKS, web.ATTACKS,
        statements.ATTACKS, rights.ATTACKS, seals.OF_AUDIT, seals.OF_EDITIONS, post.ATTACKS, hidden.ATTACKS,
        tokens.ATTACKS,
    )
    for attack in listed
]  # fmt: skip
# The owner's own figure, and what an ordinary run of the tests tries.
LEAST, ORDINARY = 100, 100


def test_there_are_a_hundred_attacks_and_none_twice() -> None:
    names = Counter(attack.name for attack in EVERY)
    codes = Counter(attack.code for attack in EVERY)

    assert len(EVERY) >= LEAST
    assert [name for name, count in (names + codes).items() if count > 1] == []


def test_an_ordinary_run_tries_a_hundred_of_them() -> None:
    assert sum(attack.surface not in {"TOKEN", "API"} for attack in EVERY) >= ORDINARY


def test_every_surface_is_attacked_and_told() -> None:
    assert {attack.surface for attack in EVERY} == set(SURFACES)


def test_every_attack_is_a_parameter_of_a_test_that_proves_it() -> None:
    """Modules of tests say by `@each` what they prove, and nothing else is in the catalogue."""
    proved = {
        attack.code
        for room in (
            test_airflow,
            test_database,
            test_documents,
            test_editions,
            test_files,
            test_places,
            test_post,
            test_seals,
        )
        for test in vars(room).values()
        for mark in getattr(test, "pytestmark", ())
        if mark.name == "parametrize"
        for attack in mark.args[1]
    }

    assert proved == {attack.code for attack in EVERY}


def test_a_defence_that_does_nothing_is_noticed() -> None:
    """The proof itself: an attack that succeeds anyway, and one that fails anyway, are both told."""
    open_door = Attack(code="X-01", name="x", defence="none", attempt=lambda _: True, removed=nullcontext)
    shut_door = Attack(code="X-02", name="x", defence="none", attempt=lambda _: False, removed=nullcontext)

    with pytest.raises(AssertionError, match="X-01 succeeds"):
        prove(open_door, None)
    with pytest.raises(AssertionError, match="X-02 fails without its defence"):
        prove(shut_door, None)


def test_a_fault_is_planted_where_it_is_said_and_nowhere_else() -> None:
    with (
        pytest.raises(AssertionError, match="has 0 times"),
        without(drops.manifest, "read_manifest", "nowhere")(None),
    ):
        pass
