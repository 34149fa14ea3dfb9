"""Attacks of a reader who has every edition and a solver: what is hidden, computed from what is told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.disclosure import suppress as suppression
from o7_warehouse.disclosure.board import Board
from o7_warehouse.disclosure.cells import Sign
from tests.attacks.catalogue import Attack, put
from tests.disclosure.attack import too_tight
from tests.disclosure.tables import rules, tables, world
from tests.disclosure.test_attack import SHAPES, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from o7_warehouse.disclosure.suppress import Outcome

SEED: Final = 1


def edition(shape: str, *earlier: Any, changed: bool = False) -> Outcome:
    """What an edition of a random republic shows, later data and editions before it considered."""
    republic = world(SEED, **SHAPES[shape])
    if changed:
        republic = republic.changed(random.Random(SEED), 0.15)  # noqa: S311 - no secret
    return suppression.suppress(tables(republic), list(earlier), threshold=rules().threshold)


def subtracts(shape: str) -> Callable[[object], bool]:
    """Whether a hidden count of one edition is bounded tighter than a reader may know."""
    return lambda _: too_tight([told("1", edition(shape))]) != []


def compares(_: object) -> bool:
    """Whether two editions together tell what neither does."""
    first = told("1", edition("a few schools"))
    return too_tight([first, told("2", edition("a few schools", first, changed=True))]) != []


def small_ones_only(_: object) -> AbstractContextManager[None]:
    """Editions that hide what is small, and nothing else."""
    sign = Board.sign

    def careless(board: Any, cell: Any) -> Sign:
        return sign(board, cell) if cell.required or cell.is_withheld else Sign.told

    return put(Board, "sign", careless)


def forgetful(_: object) -> AbstractContextManager[None]:
    """Editions that do not know those before them."""
    known = suppression.suppress

    def suppress(tables: Any, earlier: Any = (), *, threshold: int) -> Outcome:
        del earlier
        return known(tables, threshold=threshold)

    return put(suppression, "suppress", suppress)


_PROVED: Final = "what is hidden is proved by two other tables"
ATTACKS: Final = [
    Attack(
        code="HIDE-01", name="a count of a few computed from the sums of an edition", defence=_PROVED,
        attempt=subtracts("a few schools"), removed=small_ones_only,
    ),
    Attack(
        code="HIDE-02", name="a count of a class computed from those of its school", defence=_PROVED,
        attempt=subtracts("classes"), removed=small_ones_only,
    ),
    Attack(
        code="HIDE-03", name="a count computed from two editions, where neither tells it", defence="an edition knows those before it",
        attempt=compares, removed=forgetful,
    ),
]  # fmt: skip
