"""Another table that a reader cannot rule out: cells that change together and leave every sum as it stands.

A move raises or lowers each of its cells by the same number. If a hidden cell can be moved to a value, and no told cell
moves, then no computation, be it by linear programming or over whole numbers, can exclude that value. The cheapest move
is found by the algorithm of Dijkstra over sums that do not add up yet; a step mends the first of them by one more cell.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from o7_warehouse.disclosure.board import Board

# A step costs little beside the harm of hiding a cell, a sign that tells less costs more than a step.
STEP, PLAIN_SIGN = 1, 4
# More than any table of this house needs; a search that goes on longer would never end in time.
MOST_STEPS: Final = 200_000
# A move of more cells than this is not looked for.
LONGEST: Final = 24

_Open = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Cells with the direction of each, in the order they were found."""

    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Trail:
    """The last step of a move under way, and the steps before it."""

    place: int
    way: int
    before: _Trail | None
    length: int

    def __iter__(self) -> Iterator[tuple[int, int]]:
        trail: _Trail | None = self
        while trail is not None:
            yield trail.place, trail.way
            trail = trail.before


def room(board: Board, moved: Mapping[int, int], place: int, way: int, *, plain: bool) -> int:
    """How far a cell can go one way within what its sign says, or, with a plain sign, without becoming negative."""
    low, high = (0, 10**12) if plain else board.limits(place)
    now = board.values[place] + moved.get(place, 0)
    return high - now if way > 0 else now - low


def cheapest(board: Board, moved: Mapping[int, int], start: int, way: int, size: int) -> Move | None:
    """The move of least harm that takes a cell ``size`` further in a direction; None where there is none.

    ``moved`` are the cells that have moved already, by how much. Takes no notice of what cannot be freed.
    """
    first = _price(board, moved, start, way, size)
    if first is None:
        return None
    opened = _after(board, (), start, way)
    count = 0
    waiting: list[tuple[int, int, _Open, _Trail]] = [(first, count, opened, _Trail(start, way, None, 1))]
    seen: set[_Open] = set()
    while waiting:
        cost, _, opened, trail = heapq.heappop(waiting)
        if not opened:
            return Move(tuple(reversed(list(trail))))
        if opened in seen or trail.length >= LONGEST:
            continue
        seen.add(opened)
        used = {place for place, _ in trail}
        mended, excess = min(opened, key=lambda one: (len(board.members[one[0]]), one))
        for place, side in board.members[mended]:
            if place in used or board.fixed[place]:
                continue
            onward = -1 if excess * side > 0 else 1
            price = _price(board, moved, place, onward, size)
            if price is None:
                continue
            following = _after(board, opened, place, onward)
            if following not in seen:
                count += 1
                heapq.heappush(
                    waiting, (cost + price, count, following, _Trail(place, onward, trail, trail.length + 1))
                )
        if count > MOST_STEPS:
            return None
    return None


def _price(board: Board, moved: Mapping[int, int], place: int, way: int, size: int) -> int | None:
    """What it costs to let a cell move; None where it cannot."""
    harm = STEP if board.free[place] else STEP + board.weights[place]
    if room(board, moved, place, way, plain=False) >= size:
        return harm
    if board.signed[place] or room(board, moved, place, way, plain=True) < size:
        return None
    return harm + PLAIN_SIGN


def _after(board: Board, opened: _Open, place: int, way: int) -> _Open:
    """The sums that do not add up once a cell has moved, with their excess."""
    excess = dict(opened)
    for number, side in board.sums_of[place]:
        left = excess.get(number, 0) + side * way
        if left:
            excess[number] = left
        else:
            del excess[number]
    return tuple(sorted(excess.items()))
