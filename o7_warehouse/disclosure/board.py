"""What a reader of an edition and of those before it knows: fixed numbers, limits of the hidden ones, and the sums.

Cells are numbered. A figure that did not change between two editions is one cell, whoever printed it; one that changed
is a cell in each. So what an earlier edition told is known to the reader of the next one. Only where nothing else is
left does an edition loosen itself from those before it: then a figure it hides is one that may have changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from o7_warehouse.disclosure.cells import Sign, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from o7_warehouse.disclosure.cells import Cell, Interval, Key, Tables

ANY: Final = 10**12
# A sheet of changes tells which of these have changed, so one that is not on it is known to be what it was.
RESTATED: Final = frozenset({"indicator"})
# Hiding what an edition before has told does more harm than hiding anything else.
LAST_RESORT: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """An edition that has been issued: its cells, and what its documents show of each printed one.

    ``plain`` are hidden cells whose sign says nothing of their size; ``night`` is the day it tells, in ISO form. One
    that ``is_loosened`` was protected as if figures it does not tell might have changed.
    """

    name: str
    tables: Tables
    signs: Mapping[Key, Sign]
    plain: frozenset[Key]
    night: str = ""
    is_loosened: bool = False


@dataclass(slots=True)
class Board:
    """Numbered cells: a fixed one is known to everybody, a free one to nobody; any other is told but may be freed.

    ``plain`` tells whether a free cell's sign says nothing of its size; ``signed`` that its sign cannot change.
    ``loose`` is of each sum an implied cell with its side that stands in no other sum, if there is one.
    """

    threshold: int
    keys: list[Key] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    fixed: list[bool] = field(default_factory=list)
    free: list[bool] = field(default_factory=list)
    plain: list[bool] = field(default_factory=list)
    signed: list[bool] = field(default_factory=list)
    required: list[Interval | None] = field(default_factory=list)
    sums_of: list[list[tuple[int, int]]] = field(default_factory=list)
    members: list[list[tuple[int, int]]] = field(default_factory=list)
    loose: list[tuple[int, int] | None] = field(default_factory=list)
    places: dict[tuple[Key, int], int] = field(default_factory=dict)
    hidden_before: set[int] = field(default_factory=set)
    own_places: int = 0
    own_sums: int = 0

    def limits(self, place: int) -> tuple[int, int]:
        """What the sign of a free cell says of it: fewer than the threshold, not fewer, or nothing at all."""
        if self.plain[place]:
            return 0, ANY
        return (0, self.threshold - 1) if self.values[place] < self.threshold else (self.threshold, ANY)

    def place(self, cell: Cell) -> int:
        """The number of a cell with this address and value."""
        return self.places[cell.key, cell.value]

    def sign(self, cell: Cell) -> Sign:
        """What documents show of a printed cell."""
        place = self.place(cell)
        if not self.free[place]:
            return Sign.told
        is_few = self.values[place] < self.threshold and not self.plain[place]
        return Sign.few if is_few else Sign.hidden


def lay_out(tables: Tables, earlier: Sequence[Told], *, threshold: int) -> Board:
    """The board of an edition before anything is hidden for the sake of something else."""
    board = Board(threshold)
    for told in earlier:
        _lay_out_told(board, told)
        board.hidden_before |= {
            board.place(told.tables.cells[key]) for key, sign in told.signs.items() if sign != Sign.told
        }
    board.own_places, board.own_sums = len(board.keys), len(board.members)
    for cell in tables.cells.values():
        _put(board, cell)
    _tie(board, tables)
    _find_loose(board)
    return board


def loosen(board: Board, tables: Tables) -> dict[int, int]:
    """Let figures of the edition that did not change be cells of its own; the cell each was, and the one it is now.

    What it tells all the same is as known as before, and what an edition before has hidden stays hidden.
    """
    apart: dict[int, int] = {}
    for cell in tables.cells.values():
        place = board.place(cell)
        is_known = cell.standing is Standing.public or cell.key.figure in RESTATED
        if place < board.own_places and not is_known:
            apart[place] = _apart(board, cell)
    for place, own in apart.items():
        board.weights[own] *= LAST_RESORT
        board.free[own] = board.free[place]
        board.plain[own] = board.plain[place]
        board.required[own] = board.required[place]
        board.sums_of[own] = [one for one in board.sums_of[place] if one[0] >= board.own_sums]
        board.sums_of[place] = [one for one in board.sums_of[place] if one[0] < board.own_sums]
    for number in range(board.own_sums, len(board.members)):
        board.members[number] = [(apart.get(place, place), side) for place, side in board.members[number]]
    _find_loose(board)
    return apart


def _lay_out_told(board: Board, told: Told) -> None:
    board.own_places, board.own_sums = len(board.keys), len(board.members)
    for cell in told.tables.cells.values():
        _number(board, cell)
    _tie(board, told.tables)
    if told.is_loosened:
        loosen(board, told.tables)
    for cell in told.tables.cells.values():
        _put_told(board, cell, told)


def _find_loose(board: Board) -> None:
    board.loose = [_loose(board, members) for members in board.members]


def _loose(board: Board, members: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Free and of no weight is what nobody prints."""
    for place, side in members:
        is_alone = len(board.sums_of[place]) == 1 and not board.weights[place]
        if is_alone and board.free[place] and not board.fixed[place] and board.plain[place]:
            return place, side
    return None


def _put_told(board: Board, cell: Cell, told: Told) -> None:
    place = board.place(cell)
    sign = told.signs.get(cell.key)
    if sign is Sign.told or cell.standing is Standing.public:
        board.fixed[place], board.free[place] = True, False
    elif not board.fixed[place]:
        board.free[place] = True
        board.plain[place] = board.plain[place] or sign is None or cell.key in told.plain
        board.signed[place] = board.signed[place] or sign is Sign.few


def _put(board: Board, cell: Cell) -> None:
    place = _number(board, cell)
    board.weights[place] = cell.weight
    if cell.standing is Standing.public:
        board.fixed[place], board.free[place] = True, False
    if board.fixed[place] or place in board.hidden_before:
        # What an edition before has told stays told, and what it has hidden stays hidden, in the same words.
        return
    board.plain[place] = cell.standing is Standing.implied or cell.is_withheld
    board.free[place] = board.plain[place] or cell.required is not None


def _number(board: Board, cell: Cell) -> int:
    place = board.places.get((cell.key, cell.value))
    if place is None:
        place = _apart(board, cell)
    if cell.required is not None:
        present = board.required[place]
        board.required[place] = cell.required if present is None else present.join(cell.required)
    return place


def _apart(board: Board, cell: Cell) -> int:
    """A new place for a figure, which it has from here on."""
    place = board.places[cell.key, cell.value] = len(board.keys)
    board.keys.append(cell.key)
    board.values.append(cell.value)
    board.weights.append(cell.weight)
    board.required.append(None)
    board.sums_of.append([])
    for marks in (board.fixed, board.free, board.plain, board.signed):
        marks.append(False)
    return place


def _tie(board: Board, tables: Tables) -> None:
    for one in tables.sums:
        number = len(board.members)
        members = [(key, 1) for key in one.whole] + [(key, -1) for key in one.parts]
        board.members.append([])
        for key, side in members:
            place = board.place(tables.cells[key])
            board.members[number].append((place, side))
            board.sums_of[place].append((number, side))
