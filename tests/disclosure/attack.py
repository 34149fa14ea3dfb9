"""An attacker who has every edition before him and a solver of linear programs (scipy, HiGHS).

He knows every told figure, every public number, every sum, that no count is negative, and what each sign says: `few`
stands for 0 to 4, `hidden` of a plain cell for anything, of another for 5 and more (more than a reader is told). What
did not change from one edition to the next he takes for the same number; in an edition that was loosened from those
before it, only what it tells, what is public, and what would stand in its sheet of changes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array, eye_array, hstack

from o7_warehouse.disclosure.cells import Sign, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from o7_warehouse.disclosure.board import Told
    from o7_warehouse.disclosure.cells import Cell, Key

Name = tuple["Key", int, str]
IN_THE_SHEET_OF_CHANGES = "indicator"


@dataclass(frozen=True)
class Bounds:
    """What he finds out about a cell that he must not know: the least and the greatest it can be."""

    cell: Cell
    low: float
    high: float

    def is_too_tight(self) -> bool:
        """Whether he excludes a count he must be left to believe possible."""
        required = self.cell.required
        return required is not None and (self.low > required.low + 1e-6 or self.high < required.high - 1e-6)


@dataclass(frozen=True)
class Component:
    """Unknown cells that hang together by sums, with what is known of each."""

    names: list[Name]
    limits: list[tuple[float, float]]
    matrix: csr_array
    totals: np.ndarray


def too_tight(editions: Sequence[Told], *, over_integers: bool = False) -> list[Bounds]:
    """Every cell of any edition that needs protection and is bounded tighter than the rule, attacked one and all.

    A table in which many cells reach their required value at once clears all of them; a cell that never does is asked
    for alone. So nothing is assumed, and few programs are solved. Over integers every cell is asked for alone.
    """
    names = _names(editions)
    wanted = {
        names[told.name, cell.key]: cell
        for told in editions
        for cell in told.tables.cells.values()
        if cell.required
    }
    found = []
    for component in components(editions):
        cells = {place: wanted.pop(name) for place, name in enumerate(component.names) if name in wanted}
        left = set(cells) if over_integers else _uncleared(component, cells)
        found += [
            Bounds(cells[place], *_solve(component, place, over_integers=over_integers)) for place in left
        ]
    # What is left is known outright.
    found += [Bounds(cell, cell.value, cell.value) for cell in wanted.values()]
    return [one for one in found if one.is_too_tight()]


def _uncleared(component: Component, cells: dict[int, Cell]) -> set[int]:
    """Cells for which no table was found that has them at their least, or none at their greatest required value."""
    return {place for way in (1, -1) for place in _never_reached(component, cells, way)}


def _never_reached(component: Component, cells: dict[int, Cell], way: int) -> set[int]:
    left = set(cells)
    while left:
        asked = sorted(left)
        aims = [cells[place].required.high if way > 0 else cells[place].required.low for place in asked]
        reached = _table_with(component, asked, aims, way)
        cleared = {
            place for place, aim in zip(asked, aims, strict=True) if (reached[place] - aim) * way > -1e-6
        }
        if not cleared:
            break
        left -= cleared
    return left


def _table_with(component: Component, asked: list[int], aims: list[int], way: int) -> np.ndarray:
    """The table in which the cells come as near to their aims as they can together.

    ``t`` beside each cell tells how much is missing: ``way * (aim - x) <= t``, and the sum of them is made least.
    """
    size, count = len(component.names), len(asked)
    costs = np.concatenate([np.zeros(size), np.ones(count)])
    picks = csr_array((np.full(count, -way), (range(count), asked)), shape=(count, size))
    answer = linprog(
        costs,
        A_ub=hstack([picks, -eye_array(count)]),
        b_ub=np.array([-way * aim for aim in aims], dtype=float),
        A_eq=hstack([component.matrix, csr_array((component.matrix.shape[0], count))]),
        b_eq=component.totals,
        bounds=[*component.limits, *([(0, None)] * count)],
    )
    assert answer.status == 0, answer.message
    return answer.x


def components(editions: Sequence[Told]) -> Iterator[Component]:
    """The unknowns of all editions, cut apart by what is known."""
    names = _names(editions)
    known, limits = _known(editions, names)
    rows = [
        ([(names[told.name, key], side) for key, side in _sides(one)])
        for told in editions
        for one in told.tables.sums
    ]
    owner: dict[Name, Name] = {name: name for name in limits}

    def root(name: Name) -> Name:
        while owner[name] != name:
            owner[name] = owner[owner[name]]
            name = owner[name]
        return name

    unknown_rows = []
    for row in rows:
        unknown = [(name, side) for name, side in row if name not in known]
        if unknown:
            unknown_rows.append((unknown, -sum(side * known[name] for name, side in row if name in known)))
            for name, _ in unknown[1:]:
                owner[root(name)] = root(unknown[0][0])
    members, equations = defaultdict(list), defaultdict(list)
    for name in limits:
        members[root(name)].append(name)
    for unknown, total in unknown_rows:
        equations[root(unknown[0][0])].append((unknown, total))
    for one, names in members.items():
        yield _component(names, limits, equations[one])


def _component(names, limits, equations) -> Component:
    place = {name: number for number, name in enumerate(names)}
    entries = [
        (row, place[name], side) for row, (unknown, _) in enumerate(equations) for name, side in unknown
    ]
    rows, columns, sides = zip(*entries, strict=True) if entries else ((), (), ())
    return Component(
        names,
        [limits[name] for name in names],
        csr_array((sides, (rows, columns)), shape=(len(equations), len(names)), dtype=float),
        np.array([total for _, total in equations], dtype=float),
    )


def _known(editions: Sequence[Told], names: Mapping[tuple[str, Key], Name]):
    # The sign itself says nothing, so a later edition may take back that a number is 5 or more.
    plain = {names[told.name, key] for told in editions for key in told.plain}
    known: dict[Name, int] = {}
    limits: dict[Name, tuple[float, float]] = {}
    for told in editions:
        for key, cell in told.tables.cells.items():
            name, sign = names[told.name, key], told.signs.get(key)
            if sign is Sign.told or cell.standing is Standing.public:
                known[name] = cell.value
                continue
            low, high = limits.get(name, (0, np.inf))
            if sign is Sign.few:
                high = min(high, 4)
            elif sign is Sign.hidden and name not in plain:
                low = max(low, 5)
            limits[name] = low, high
    return known, {name: limit for name, limit in limits.items() if name not in known}


def _solve(component: Component, place: int, *, over_integers: bool) -> tuple[float, float]:
    found = []
    for way in (1, -1):
        costs = np.zeros(len(component.names))
        costs[place] = way
        if over_integers:
            low, high = zip(*component.limits, strict=True)
            answer = milp(
                costs, integrality=np.ones(len(costs)), bounds=(np.array(low), np.array(high)),
                constraints=LinearConstraint(component.matrix, component.totals, component.totals),
            )  # fmt: skip
        elif component.totals.size:
            answer = linprog(costs, A_eq=component.matrix, b_eq=component.totals, bounds=component.limits)
        else:
            answer = linprog(costs, bounds=component.limits)
        # 3 and 4 of HiGHS: without a bound.
        found.append(way * answer.fun if answer.status == 0 else way * -np.inf)
        assert answer.status in {0, 3, 4}, answer.message
    return found[0], found[1]


def _names(editions: Sequence[Told]) -> dict[tuple[str, Key], Name]:
    """The name of each cell of each edition; cells of one name are one number to him."""
    names: dict[tuple[str, Key], Name] = {}
    last: dict[tuple[Key, int], Name] = {}
    for told in editions:
        for key, cell in told.tables.cells.items():
            is_open = told.signs.get(key) is Sign.told or cell.standing is Standing.public
            if told.is_loosened and not is_open and key.figure != IN_THE_SHEET_OF_CHANGES:
                last[key, cell.value] = key, cell.value, told.name
            names[told.name, key] = last.setdefault((key, cell.value), (key, cell.value, ""))
    return names


def _sides(one) -> Iterable[tuple[Key, int]]:
    return [(key, 1) for key in one.whole] + [(key, -1) for key in one.parts]
