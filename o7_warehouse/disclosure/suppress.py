"""Hides what must not be known, and as little else as keeps it from being computed.

For every cell that needs it two other tables are found, one with its least and one with its greatest required value.
They are the proof: `check` adds them up anew. Hiding more, or saying less by a sign, never spoils a table found before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.disclosure.board import lay_out, loosen
from o7_warehouse.disclosure.cells import Sign, Standing
from o7_warehouse.disclosure.moves import cheapest, room
from o7_warehouse.errors import DisclosureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from o7_warehouse.disclosure.board import Board, Told
    from o7_warehouse.disclosure.cells import Key, Tables


@dataclass(frozen=True, slots=True)
class Proof:
    """Another table in which a cell has a value it must be able to have: by how much cells differ from the true one."""

    place: int
    value: int
    moved: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What every printed cell of an edition shows, and how it was proved.

    ``known`` cells needed protection but were told by an edition before; ``presumed`` ones are kept from every reader
    but one who presumes that what is hidden now, and was told before, has not changed.
    """

    tables: Tables
    signs: Mapping[Key, Sign]
    plain: frozenset[Key]
    protected: int
    known: int
    presumed: int
    proofs: tuple[Proof, ...]
    threshold: int
    board: Board

    def count(self, sign: Sign) -> int:
        """How many printed cells show a sign."""
        return sum(one is sign for one in self.signs.values())


def suppress(tables: Tables, earlier: Sequence[Told] = (), *, threshold: int) -> Outcome:
    """Decide what an edition shows, knowing what those before it have shown.

    The same tables give the same outcome. Raises DisclosureError when a figure cannot be kept from being computed.
    """
    board = lay_out(tables, earlier, threshold=threshold)
    proofs: list[Proof] = []
    refused: list[int] = []
    known = 0
    # Figures of many first: what protects them protects most of what they consist of.
    for place in sorted(range(len(board.keys)), key=lambda one: (-board.weights[one], board.keys[one])):
        required = board.required[place]
        if required is None:
            continue
        if board.fixed[place]:
            known += 1
            continue
        found = [_reach(board, place, value) for value in dict.fromkeys(required)]
        proofs += [one for one in found if one is not None]
        if None in found:
            refused.append(place)
    if refused:
        proofs = _protect_apart(board, tables, proofs, refused)
    check(board, proofs)
    printed = [cell for cell in tables.cells.values() if cell.standing is Standing.printed]
    return Outcome(
        tables=tables,
        signs={cell.key: board.sign(cell) for cell in printed},
        plain=frozenset(cell.key for cell in printed if board.plain[board.place(cell)]),
        protected=len({one.place for one in proofs}),
        known=known,
        presumed=len(refused),
        proofs=tuple(proofs),
        threshold=threshold,
        board=board,
    )


def _protect_apart(
    board: Board, tables: Tables, proofs: Sequence[Proof], refused: Sequence[int]
) -> list[Proof]:
    """Protect what cannot be protected as long as each figure that did not change is known not to have changed.

    Returns all proofs. Raises DisclosureError where even that is not enough.
    """
    apart = loosen(board, tables)
    # Where a figure moved in all editions at once, it still does.
    widened = [
        Proof(
            one.place,
            one.value,
            {**one.moved, **{apart[place]: by for place, by in one.moved.items() if place in apart}},
        )
        for one in proofs
    ]
    proved = {(one.place, one.value) for one in proofs}
    for place in dict.fromkeys((*refused, *(apart[one] for one in refused if one in apart))):
        for value in dict.fromkeys(board.required[place] or ()):
            if (place, value) in proved:
                continue
            proof = _reach(board, place, value)
            if proof is None:
                raise _refusal(board, place)
            widened.append(proof)
    return widened


def _reach(board: Board, place: int, value: int) -> Proof | None:
    """Free what must be free for a cell to have a value, and keep the table in which it has it; None: there is none."""
    moved: dict[int, int] = {}
    while gap := value - board.values[place] - moved.get(place, 0):
        way = 1 if gap > 0 else -1
        found = _found(board, moved, place, way, abs(gap))
        if found is None:
            return None
        steps, asked = found
        for cell, onward in steps:
            board.free[cell] = True
            if room(board, moved, cell, onward, plain=False) < asked * abs(onward):
                board.plain[cell] = True
        size = min(
            room(board, moved, cell, onward, plain=board.plain[cell]) // abs(onward) for cell, onward in steps
        )
        for cell, onward in steps:
            moved[cell] = moved.get(cell, 0) + onward * min(size, abs(gap))
    return Proof(place, value, {cell: by for cell, by in moved.items() if by})


def _found(
    board: Board, moved: Mapping[int, int], place: int, way: int, size: int
) -> tuple[tuple[tuple[int, int], ...], int] | None:
    """The steps of the cheapest move, and how far each of its cells can surely go; None where there is no move."""
    # The whole way at once hides least; where no cell has so much room, several go a part of it each.
    for asked in sorted({size, 1}, reverse=True):
        move = cheapest(board, moved, place, way, asked)
        if move is not None:
            return move.steps, asked
    return None


def _refusal(board: Board, place: int) -> DisclosureError:
    return DisclosureError(
        f"Nothing keeps the figure {board.keys[place]} from being computed: what an edition before has told, or what "
        "is public, leaves too little to hide. It cannot be issued. Leave the breakdown out of its reports, or decide "
        "it anew by a row of disclosure_rules.csv."
    )


def check(board: Board, proofs: Sequence[Proof]) -> None:
    """Add every proof up: no known cell moves, no sign is contradicted, every sum holds. Raises DisclosureError."""
    for proof in proofs:
        excess: dict[int, int] = {}
        for place, by in proof.moved.items():
            low, high = board.limits(place)
            if not board.free[place] or not low <= board.values[place] + by <= high:
                raise _unproved(board, proof)
            for number, side in board.sums_of[place]:
                excess[number] = excess.get(number, 0) + side * by
        if any(excess.values()) or board.values[proof.place] + proof.moved.get(proof.place, 0) != proof.value:
            raise _unproved(board, proof)


def _unproved(board: Board, proof: Proof) -> DisclosureError:
    return DisclosureError(
        f"The proof that {board.keys[proof.place]} cannot be computed does not add up. An edition without it would be "
        "a hope. This is a fault of the program: report it, and do not issue the edition."
    )
