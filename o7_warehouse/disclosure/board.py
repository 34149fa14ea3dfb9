"""What a reader of an edition and of those before it knows: fixed numbers, limits of the hidden ones, and the sums.

Cells are numbered. A figure that did not change between two editions is one cell, whoever printed it; one that changed
is a cell in each. So what an earlier edition told is known to the reader of the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from o7_warehouse.disclosure.cells import Sign, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from o7_warehouse.disclosure.cells import Cell, Interval, Key, Tables

ANY: Final = 10**12


@dataclass(frozen=True, slots=True)
class Told:
    """An edition that has been issued: its cells, and what its documents show of each printed one.

    ``plain`` are hidden cells whose sign says nothing of their size; ``night`` is the day it tells, in ISO form.
    """

    name: str
    tables: Tables
    signs: Mapping[Key, Sign]
    plain: frozenset[Key]
    night: str = ""


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
        for cell in told.tables.cells.values():
            _put_told(board, cell, told)
    hidden_before = {
        board.place(told.tables.cells[key])
        for told in earlier
        for key, sign in told.signs.items()
        if sign != Sign.told
    }
    for cell in tables.cells.values():
        _put(board, cell, hidden_before)
    for one in (*(told.tables for told in earlier), tables):
        _tie(board, one)
    board.loose = [_loose(board, members) for members in board.members]
    return board


def _loose(board: Board, members: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Free and of no weight is what nobody prints."""
    for place, side in members:
        is_alone = len(board.sums_of[place]) == 1 and not board.weights[place]
        if is_alone and board.free[place] and not board.fixed[place] and board.plain[place]:
            return place, side
    return None


def _put_told(board: Board, cell: Cell, told: Told) -> None:
    place = _number(board, cell)
    sign = told.signs.get(cell.key)
    if sign is Sign.told or cell.standing is Standing.public:
        board.fixed[place], board.free[place] = True, False
    elif not board.fixed[place]:
        board.free[place] = True
        board.plain[place] = board.plain[place] or sign is None or cell.key in told.plain
        board.signed[place] = board.signed[place] or sign is Sign.few


def _put(board: Board, cell: Cell, hidden_before: set[int]) -> None:
    place = _number(board, cell)
    board.weights[place] = cell.weight
    if cell.standing is Standing.public:
        board.fixed[place], board.free[place] = True, False
    if board.fixed[place] or place in hidden_before:
        # What an edition before has told stays told, and what it has hidden stays hidden, in the same words.
        return
    board.plain[place] = cell.standing is Standing.implied or cell.is_withheld
    board.free[place] = board.plain[place] or cell.required is not None


def _number(board: Board, cell: Cell) -> int:
    place = board.places.get((cell.key, cell.value))
    if place is None:
        place = board.places[cell.key, cell.value] = len(board.keys)
        board.keys.append(cell.key)
        board.values.append(cell.value)
        board.weights.append(cell.weight)
        board.required.append(None)
        board.sums_of.append([])
        for marks in (board.fixed, board.free, board.plain, board.signed):
            marks.append(False)
    if cell.required is not None:
        present = board.required[place]
        board.required[place] = cell.required if present is None else present.join(cell.required)
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
