"""Another table that a reader cannot rule out: cells that change together and leave every sum as it stands.

A move raises or lowers each of its cells by the same number, or a multiple of it. If a hidden cell can be moved to a
value, and no told cell moves, then no computation, be it by linear programming or over whole numbers, can exclude that
value. The cheapest move is found by the algorithm of Dijkstra over sums that do not add up yet; a step mends one of
them by one more cell.
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
# How long the least harm is looked for, and then any move at all.
THOROUGH: Final = 4_000
MOST_STEPS: Final = 40_000
AT_ANY_PRICE: Final = 10**9
# A move of more cells than this is not looked for.
LONGEST: Final = 24

_Open = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Cells with the direction of each (one that mends two sums at once goes twice as far), in the order found."""

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

    ``moved`` are the cells that have moved already, by how much. Where the search for the least harm goes on too long,
    as it may in tables of three dimensions, the move is one that was found by mending sums first.
    """
    if _price(board, moved, start, way, size) is None:
        return None
    haste = max(
        board.weights[place] for number, _ in board.sums_of[start] for place, _ in board.members[number]
    )
    for bias, most in ((0, THOROUGH), (haste + PLAIN_SIGN, 2 * THOROUGH), (AT_ANY_PRICE, MOST_STEPS)):
        move, has_ended = _search(board, moved, _Trail(start, way, None, 1), size, bias=bias, most=most)
        if move is not None or has_ended:
            return move
    return None


def _search(
    board: Board, moved: Mapping[int, int], first: _Trail, size: int, *, bias: int, most: int
) -> tuple[Move | None, bool]:
    """The best move, and whether everything was looked at; ``bias`` is set against each sum that is still to mend."""
    count, seen = 0, set[_Open]()
    waiting = [(0, count, 0, _after(board, (), first.place, first.way), first)]
    while waiting and count <= most:
        _, _, cost, opened, trail = heapq.heappop(waiting)
        if opened in seen or trail.length > LONGEST:
            continue
        seen.add(opened)
        pending = _pending(board, moved, first.place, opened, size)
        if not pending:
            absorbed = (_absorbed(board, moved, first.place, one, size) for one in opened)
            return Move((*reversed(list(trail)), *(step for step in absorbed if step is not None))), True
        used = {place for place, _ in trail}
        mended, excess = min(pending, key=lambda one: (len(board.members[one[0]]), one))
        for place, side in board.members[mended]:
            onward = -1 if excess * side > 0 else 1
            if board.fixed[place] or place in used:
                continue
            price = _price(board, moved, place, onward, size)
            if price is None or (following := _after(board, opened, place, onward)) in seen:
                continue
            count += 1
            # How many sums are left to mend is only looked at in haste.
            left = len(_pending(board, moved, first.place, following, size)) if bias else 0
            after = _Trail(place, onward, trail, trail.length + 1)
            heapq.heappush(waiting, (cost + price + bias * left, count, cost + price, following, after))
    return None, not waiting


def _pending(board: Board, moved: Mapping[int, int], start: int, opened: _Open, size: int) -> _Open:
    """The open sums that no loose cell of their own mends."""
    return tuple(one for one in opened if _absorbed(board, moved, start, one, size) is None)


def _absorbed(
    board: Board, moved: Mapping[int, int], start: int, opened: tuple[int, int], size: int
) -> tuple[int, int] | None:
    """The step of a sum's own loose cell that mends it, if the sum has one with so much room."""
    number, excess = opened
    loose = board.loose[number]
    if loose is None or loose[0] == start:
        return None
    place, side = loose
    way = -excess * side
    return (place, way) if room(board, moved, place, way, plain=True) >= abs(way) * size else None


def _price(board: Board, moved: Mapping[int, int], place: int, way: int, size: int) -> int | None:
    """What it costs to let a cell move; None where it cannot."""
    harm = STEP if board.free[place] else STEP + board.weights[place]
    value = board.values[place]
    now, is_plain = value + moved.get(place, 0), board.plain[place]
    is_few = value < board.threshold
    if way > 0:
        fits = is_plain or not is_few or now + size < board.threshold
    else:
        if now < size:
            return None
        fits = is_plain or is_few or now - size >= board.threshold
    if fits:
        return harm
    return None if board.signed[place] else harm + PLAIN_SIGN


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
