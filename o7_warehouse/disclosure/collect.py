"""Puts figures together as cells: who is part of whom, what follows from what, and which counts are small.

Beside what documents print stand the counts that a reader gets by taking one from another: those who do not meet a
condition, those whose field is not due, those of no child of a unit. They are as revealing as the printed ones.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from o7_warehouse.disclosure.cells import Cell, Key, Standing, Tables
from o7_warehouse.disclosure.rules import Treatment
from o7_warehouse.errors import DisclosureError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from o7_warehouse.disclosure.cells import Interval
    from o7_warehouse.disclosure.figures import WinOf
    from o7_warehouse.disclosure.rules import Rules

ALL: Final = "all"
DUE, FILLED, NOT_FILLED, INVALID = "due", "filled", "not_filled", "invalid"
LACKING, EXEMPT = "lacking", "exempt"
# The indicator whose requirements are told one by one.
PROFILE: Final = "4.1"
LACKS, COMPLETES = "lacks", "completes"
LEAF_FIGURES: Final = ("leaf", "sensitive_leaf")
# The harm of hiding a figure: the higher its unit, and the nearer it is to what a report is read for, the greater.
_OF_LEVEL: Final = {"class": 20, "school": 60, "municipality": 600, "region": 6000}
_OF_PART: Final = {DUE: 4, FILLED: 3, NOT_FILLED: 1, INVALID: 1}
_OF_FIGURE: Final = {"indicator": 5, "previous": 4, "stage_population": 4, "control": 2}
# Of an indicator the total counts more than its stages.
_OF_STAGE: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """An org unit in the tree; the republic has no parent."""

    level: str
    parent: str | None


@dataclass(slots=True)
class Collector:
    """Takes figures in one by one; ``tables`` ties them together at the end."""

    rules: Rules
    units: Mapping[str, Place]
    # Figures that are not told whatever their value.
    withheld: frozenset[Key] = frozenset()
    _tables: Tables = field(default_factory=Tables)

    def population(self, people: str, unit: str, stage: str, value: int) -> Key:
        """All persons of a kind in a unit, or those of one stage."""
        if stage == ALL:
            return self._add(Key("population", people, unit, stage), value)
        return self._add(
            Key("stage_population", people, unit, stage), value, ceiling=self._public(people, unit)
        )

    def counted(
        self, figure: str, subject: str, whole: Key, numerator: int, *, people: str, part: str | None = None
    ) -> Key:
        """Those of a population who meet a condition: an indicator, a control reading; the rest is implied."""
        unit, part = whole.unit, part or whole.part
        key, rest = Key(figure, subject, unit, part), Key(f"{figure}_rest", subject, unit, part)
        ceiling, is_new = self._public(people, unit), key not in self._tables.cells
        self._add(key, numerator, whole=whole, ceiling=ceiling)
        if not is_new:
            return key
        self._imply(rest, self._tables.cells[whole].value - numerator, of=key, whole=whole, ceiling=ceiling)
        self._tables.tie((whole,), (key, rest))
        return key

    def leaf(self, figure: str, code: str, population: Key, counts: Mapping[str, int]) -> None:
        """One leaf in one unit: due = filled + not filled + with errors; the rest of the population is not due."""
        unit, present = population.unit, self._tables.cells
        if Key(figure, code, unit, DUE) in present:
            return
        everybody = present[population].value
        keys = {part: Key(figure, code, unit, part) for part in (*counts, LACKING, EXEMPT)}
        is_for_all = counts[DUE] == everybody
        # A field that is for everybody is so by the order, which is public.
        self._add(keys[DUE], counts[DUE], whole=population, ceiling=everybody, is_public=is_for_all)
        self._add(keys[FILLED], counts[FILLED], whole=keys[DUE], ceiling=everybody)
        self._imply(
            keys[LACKING], counts[DUE] - counts[FILLED], of=keys[DUE], whole=keys[DUE], ceiling=everybody
        )
        for part in (NOT_FILLED, INVALID):
            self._add(keys[part], counts[part], whole=keys[DUE], ceiling=everybody)
        self._tables.tie((keys[DUE],), (keys[FILLED], keys[LACKING]))
        self._tables.tie((keys[LACKING],), (keys[NOT_FILLED], keys[INVALID]))
        if not is_for_all:
            exempt = everybody - counts[DUE]
            self._imply(keys[EXEMPT], exempt, of=keys[DUE], whole=population, ceiling=everybody)
            self._tables.tie((population,), (keys[DUE], keys[EXEMPT]))

    def win(self, figure: str, win: WinOf, population: Key) -> None:
        """Those who lack a requirement (its leaf, if it asks for one), and those of them who lack nothing else."""
        of_leaf = Key(figure, win.requirement, win.unit, LACKING)
        cell = self._tables.cells.get(of_leaf)
        lacks, everybody = Key("win", win.requirement, win.unit, LACKS), self._tables.cells[population].value
        if cell is not None and cell.value == win.lacks:
            lacks = of_leaf
            level = self._place(win.unit).level
            self._tables.cells[lacks] = replace(cell, standing=Standing.printed, weight=_weight(lacks, level))
        else:
            self._add(lacks, win.lacks, whole=population, ceiling=everybody)
        completes = lacks._replace(figure="win", part=COMPLETES)
        # They stand in the order of their size, so that one that is not small could not be hidden among them.
        is_public = win.completes >= self.rules.threshold
        self._add(completes, win.completes, whole=population, ceiling=everybody, is_public=is_public)
        more = completes._replace(part="more")
        self._tables.add(Cell(more, win.lacks - win.completes, Standing.implied, 0))
        self._tables.tie((lacks,), (completes, more))

    def tables(self) -> Tables:
        """All cells with all their sums: parts of a population, stages of a unit, children of a unit."""
        self._tie_stages()
        self._tie_children()
        self._tie_wins()
        return self._tables

    def tie(self, whole: tuple[Key, ...], parts: tuple[Key, ...]) -> None:
        """An identity of its own."""
        self._tables.tie(whole, parts)

    def _tie_stages(self) -> None:
        stages: dict[Key, list[Key]] = defaultdict(list)
        for key in self._tables.cells:
            if key.figure == "stage_population":
                stages[Key("population", key.subject, key.unit, ALL)].append(key)
            elif key.figure == "indicator" and key.part != ALL:
                stages[key._replace(part=ALL)].append(key)
        for whole, parts in stages.items():
            if whole in self._tables.cells:
                self._tie_with_others(whole, parts)

    def _tie_children(self) -> None:
        children: dict[Key, list[Key]] = defaultdict(list)
        for key, cell in self._tables.cells.items():
            parent = self._place(key.unit).parent
            if parent is not None and cell.standing is not Standing.implied and key.figure != "population":
                children[key._replace(unit=parent)].append(key)
        for whole, parts in children.items():
            if whole in self._tables.cells:
                self._tie_with_others(whole, parts)

    def _tie_wins(self) -> None:
        """Whoever lacks one requirement alone is among those without a profile, and counted once."""
        wins: dict[str, list[Key]] = defaultdict(list)
        for key in self._tables.cells:
            if key.figure == "win" and key.part == COMPLETES:
                wins[key.unit].append(key)
        for unit, parts in wins.items():
            rest = Key("indicator_rest", PROFILE, unit, ALL)
            if rest in self._tables.cells:
                others = Key("win_others", PROFILE, unit, ALL)
                left = self._tables.cells[rest].value - sum(self._tables.cells[key].value for key in parts)
                self._tables.add(Cell(others, left, Standing.implied, 0))
                self._tables.tie((rest,), [*parts, others])

    def _tie_with_others(self, whole: Key, parts: list[Key]) -> None:
        """Parts that do not make up the whole leave a rest, which a reader computes as well."""
        cells = self._tables.cells
        left = cells[whole].value - sum(cells[key].value for key in parts)
        if left < 0:
            raise DisclosureError(
                f"The parts of {whole} are more than the whole. What a reader can compute of them cannot be told. "
                "The gate out compares them (sums): rebuild the night."
            )
        if left:
            others = whole._replace(figure=f"{whole.figure}_others", part=f"{whole.part}/{parts[0].figure}")
            self._imply(others, left, of=whole, whole=whole, ceiling=None)
            parts = [*parts, others]
        self._tables.tie((whole,), parts)

    def _add(
        self,
        key: Key,
        value: int,
        *,
        whole: Key | None = None,
        ceiling: int | None = None,
        is_public: bool = False,
    ) -> Key:
        level = self._place(key.unit).level
        treatment = self.rules.treatment(key.figure, level)
        if is_public or treatment is Treatment.public:
            self._tables.add(Cell(key, value, Standing.public))
            return key
        self._tables.add(Cell(
            key, value, Standing.printed, _weight(key, level), self._required(value, whole, ceiling),
            is_withheld=treatment is Treatment.withhold or key in self.withheld,
        ))  # fmt: skip
        return key

    def _imply(self, key: Key, value: int, *, of: Key, whole: Key, ceiling: int | None) -> None:
        """A count that nobody prints; it is treated as what it follows from."""
        if self.rules.treatment(of.figure, self._place(of.unit).level) is Treatment.public:
            required = None
        else:
            required = self._required(value, whole, ceiling)
        self._tables.add(Cell(key, value, Standing.implied, 0, required))

    def _required(self, value: int, whole: Key | None, ceiling: int | None) -> Interval | None:
        size = None if whole is None else self._tables.cells[whole].value
        return self.rules.required(value, whole=size, ceiling=ceiling)

    def _public(self, people: str, unit: str) -> int | None:
        found = self._tables.cells.get(Key("population", people, unit, ALL))
        return found.value if found is not None and found.standing is Standing.public else None

    def _place(self, unit: str) -> Place:
        try:
            return self.units[unit]
        except KeyError:
            raise DisclosureError(
                f"A figure is about the org unit {unit!r}, which the night does not know. Its place in the sums is "
                "unknown. Rebuild the night (org_units)."
            ) from None


def _weight(key: Key, level: str) -> int:
    part = _OF_PART.get(key.part, 1) if key.figure in LEAF_FIGURES else _OF_FIGURE.get(key.figure, 1)
    return _OF_LEVEL[level] * part * (_OF_STAGE if key.part == ALL else 1)
