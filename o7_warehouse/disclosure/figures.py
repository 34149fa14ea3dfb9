"""What documents of an edition tell, as figures: the same ones whether a row set or a listed view prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.disclosure.cells import Key
from o7_warehouse.disclosure.collect import ALL, DUE, FILLED, INVALID, NOT_FILLED, PROFILE, Collector
from o7_warehouse.disclosure.rules import SENSITIVE
from o7_warehouse.errors import DisclosureError
from o7_warehouse.parameters import seed_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from o7_warehouse.disclosure.cells import Tables
    from o7_warehouse.disclosure.collect import Place
    from o7_warehouse.disclosure.rules import Rules

# Readings of 4.2 of which those with either and those with both are told as well: one and one are either and both.
EITHER_AND_BOTH: Final = (("rec_or_plan", "without_portfolio"), ("rec_only", "plan_only"))


@dataclass(frozen=True, slots=True)
class CountOf:
    """Those of a population who meet a condition. ``numerator`` is None where nobody knows it.

    ``figure`` is indicator, control or previous; ``stage`` is a stage of education, ``all``, or of previous the night.
    """

    figure: str
    indicator: str
    unit: str
    stage: str
    numerator: int | None
    denominator: int
    reading: str = ""

    @property
    def subject(self) -> str:
        """What is counted."""
        return f"{self.indicator}/{self.reading}" if self.reading else self.indicator

    @property
    def key(self) -> Key:
        """The address of the numerator."""
        return Key(self.figure, self.subject, self.unit, self.stage)


@dataclass(frozen=True, slots=True)
class LeafOf:
    """One leaf in one unit, by the parts of its due pupils."""

    code: str
    unit: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WinOf:
    """A requirement of the profile in one unit: those who do not meet it, and those who lack nothing else."""

    requirement: str
    unit: str
    lacks: int
    completes: int


Figure = CountOf | LeafOf | WinOf


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the catalogues of a night say of figures: who is counted by an indicator, which leaves are sensitive."""

    people: Mapping[str, str]
    sensitive: frozenset[str]

    def of(self, indicator: str) -> str:
        """The people an indicator counts: the first indicator with the same denominator stands for them."""
        try:
            return self.people[indicator]
        except KeyError:
            raise DisclosureError(
                f"A figure is about the indicator {indicator!r}, which indicators.csv does not have. Nobody could tell "
                "with whose numbers it can be compared. Add the indicator, or take the figure out."
            ) from None

    def leaf_figure(self, code: str) -> str:
        """The kind of figure that the counts of a leaf are."""
        return "sensitive_leaf" if code in self.sensitive else "leaf"

    def whole(self, count: CountOf) -> Key:
        """The address of the population of a count."""
        people = self.of(count.indicator)
        if count.figure == "previous":
            return Key("population", f"{people} {count.stage}", count.unit, ALL)
        figure = "population" if count.stage == ALL else "stage_population"
        return Key(figure, people, count.unit, count.stage)


def read_catalogue(root: Path, *, on: dt.date) -> Catalogue:
    """The catalogues as they hold on a night."""
    day = on.isoformat()
    labels: dict[str, str] = {}
    for row in sorted(seed_rows(root, "indicators"), key=lambda one: one["valid_from"]):
        if row["valid_from"] <= day:
            labels[row["indicator"]] = row["denominator_label"]
    first = {label: min(code for code in labels if labels[code] == label) for label in labels.values()}
    sensitivity = {
        row["leaf_code"]: row["sensitivity"]
        for row in sorted(seed_rows(root, "profile_fields"), key=lambda one: one["valid_from"])
        if row["valid_from"] <= day
    }
    return Catalogue(
        people={code: first[label] for code, label in labels.items()},
        sensitive=frozenset(code for code, letter in sensitivity.items() if letter in SENSITIVE),
    )


def tabulate(
    figures: Iterable[Figure],
    rules: Rules,
    units: Mapping[str, Place],
    catalogue: Catalogue,
    *,
    withheld: frozenset[Key] = frozenset(),
) -> Tables:
    """All figures of an edition as cells. Raises DisclosureError for one that contradicts another."""
    collector = Collector(rules, units, withheld)
    figures = list(figures)
    counts = [one for one in figures if isinstance(one, CountOf)]
    # Totals first: a part is measured by its whole.
    for count in sorted(counts, key=lambda one: (one.stage != ALL, one.key, one.denominator)):
        _count(collector, count, catalogue)
    for leaf in sorted(
        (one for one in figures if isinstance(one, LeafOf)), key=lambda one: (one.code, one.unit)
    ):
        population = Key("population", catalogue.of(PROFILE), leaf.unit, ALL)
        collector.leaf(catalogue.leaf_figure(leaf.code), leaf.code, population, leaf.counts)
    for win in sorted(
        {one for one in figures if isinstance(one, WinOf)}, key=lambda one: (one.unit, one.requirement)
    ):
        population = Key("population", catalogue.of(PROFILE), win.unit, ALL)
        collector.win(catalogue.leaf_figure(win.requirement), win, population)
    _tie_readings(collector, counts)
    return collector.tables()


def _count(collector: Collector, count: CountOf, catalogue: Catalogue) -> None:
    whole = catalogue.whole(count)
    collector.population(whole.subject, count.unit, whole.part, count.denominator)
    if count.numerator is not None:
        collector.counted(
            count.figure, count.subject, whole, count.numerator, people=whole.subject, part=count.stage
        )


def _tie_readings(collector: Collector, counts: Iterable[CountOf]) -> None:
    present = {
        one.key: one.numerator for one in counts if one.figure == "control" and one.numerator is not None
    }
    for unit in sorted({key.unit for key in present}):
        sides = [tuple(Key("control", f"4.2/{one}", unit, ALL) for one in side) for side in EITHER_AND_BOTH]
        if all(key in present for side in sides for key in side):
            totals = [sum(present[key] for key in side) for side in sides]
            # Readings that do not follow from one another tell nothing of one another.
            if totals[0] == totals[1]:
                collector.tie(*sides)


def leaf_counts(due: int, filled: int, not_filled: int, invalid: int) -> dict[str, int]:
    """The parts of a leaf by their names."""
    return {DUE: due, FILLED: filled, NOT_FILLED: not_filled, INVALID: invalid}
