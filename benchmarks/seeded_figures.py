"""A republic of the real size as figures alone: 14 units, 263 schools, 123 000 pupils, 10 200 teachers, 51 leaves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from o7_warehouse.disclosure.collect import ALL, DUE, FILLED, INVALID, NOT_FILLED, Collector, Place
from o7_warehouse.disclosure.rules import SENSITIVE, read_rules
from o7_warehouse.parameters import seed_rows
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from o7_warehouse.disclosure.cells import Key, Tables

REGION: Final = "83000000"
STAGES: Final = ("noo", "ooo", "soo", "unknown")
# Schools by unit (domain §4.2), parts of the stages, how many of a hundred meet each indicator, and of whom.
SCHOOLS: Final = (38, 12, 12, 21, 23, 12, 13, 26, 24, 22, 21, 15, 15, 9)
BY_STAGE: Final = (0.435, 0.484, 0.0808, 0.0002)
SHARES: Final = {"4.1": 0.71, "4.2": 0.42, "4.3": 0.88, "4.4": 0.93}
PEOPLE: Final = {"4.1": "pupils", "4.2": "pupils", "4.3": "staff", "4.4": "pupils"}
FILLED_OF: Final = {"R1": 0.99, "R2": 0.97, "R3": 0.95}
PUPILS, TEACHERS = 123_000, 10_200
LEVELS: Final = ("region", "municipality", "school")


@dataclass(frozen=True, slots=True)
class _Republic:
    """Schools with their sizes, the units above them, and the chance by which everything is drawn."""

    chance: np.random.Generator
    places: dict[str, Place]
    schools: list[str]
    sizes: NDArray[np.int64]

    def summed(self, counts: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """Counts of schools (a row each), added up for every unit above them."""
        found = {unit: np.zeros(counts.shape[1], dtype=np.int64) for unit in self.places}
        for school, row in zip(self.schools, counts, strict=True):
            at: str | None = school
            while at is not None:
                found[at] += row
                at = self.places[at].parent
        return found

    def rates(self, mean: float, spread: float) -> NDArray[np.float64]:
        """A share for each school: some fill everything, some little."""
        return self.chance.beta(mean * spread, (1 - mean) * spread, len(self.schools))


def republic(*, leaves_of: tuple[str, ...] = LEVELS, seed: int = 22) -> Tables:
    """Every unit down to schools with its indicators, the stages of the republic, leaves of the levels asked for."""
    drawn = _drawn(np.random.default_rng(seed))
    collector = Collector(read_rules(ROOT, on=dt.date(2025, 12, 31)), drawn.places)
    by_stage = np.stack([drawn.chance.multinomial(size, BY_STAGE) for size in drawn.sizes])
    staff = np.maximum(3, np.round(drawn.sizes * TEACHERS / PUPILS)).astype(np.int64)[:, None]
    wholes = _wholes(collector, drawn, by_stage, staff)
    for code, people in PEOPLE.items():
        of = by_stage if people == "pupils" else staff
        met = drawn.summed(drawn.chance.binomial(of, drawn.rates(SHARES[code], 12)[:, None]))
        for (unit, kind, stage), whole in wholes.items():
            if kind == people:
                value = met[unit].sum() if stage == ALL else met[unit][STAGES.index(stage)]
                collector.counted("indicator", code, whole, int(value), people=people)
    _add_leaves(collector, drawn, wholes, leaves_of)
    return collector.tables()


def _wholes(
    collector: Collector, drawn: _Republic, by_stage: NDArray[np.int64], staff: NDArray[np.int64]
) -> dict[tuple[str, str, str], Key]:
    """Pupils and teachers of every unit, and pupils of the republic by stage."""
    pupils, teachers = drawn.summed(by_stage), drawn.summed(staff)
    wholes = {}
    for unit in drawn.places:
        for people, counts in (("staff", teachers), ("pupils", pupils)):
            wholes[unit, people, ALL] = collector.population(people, unit, ALL, int(counts[unit].sum()))
    for stage, value in zip(STAGES, pupils[REGION], strict=True):
        wholes[REGION, "pupils", stage] = collector.population("pupils", REGION, stage, int(value))
    return wholes


def _add_leaves(
    collector: Collector,
    drawn: _Republic,
    wholes: dict[tuple[str, str, str], Key],
    levels: tuple[str, ...],
) -> None:
    for leaf in seed_rows(ROOT, "profile_fields"):
        is_for_all = leaf["req_class"] in FILLED_OF and leaf["leaf_code"] != "P13"
        due = drawn.sizes if is_for_all else drawn.chance.binomial(drawn.sizes, 0.9)
        filled = drawn.chance.binomial(due, drawn.rates(FILLED_OF.get(leaf["req_class"], 0.6), 20))
        invalid = drawn.chance.binomial(due - filled, 0.2)
        summed = drawn.summed(np.stack([due, filled, due - filled - invalid, invalid], axis=1))
        figure = "sensitive_leaf" if leaf["sensitivity"] in SENSITIVE else "leaf"
        for unit, place in drawn.places.items():
            if place.level in levels:
                counts = dict(zip((DUE, FILLED, NOT_FILLED, INVALID), map(int, summed[unit]), strict=True))
                collector.leaf(figure, leaf["leaf_code"], wholes[unit, "pupils", ALL], counts)


def _drawn(chance: np.random.Generator) -> _Republic:
    places = {REGION: Place("region", None)}
    for one, count in enumerate(SCHOOLS):
        places[f"m{one:02}"] = Place("municipality", REGION)
        places |= {f"m{one:02}s{two:02}": Place("school", f"m{one:02}") for two in range(count)}
    schools = [unit for unit, place in places.items() if place.level == "school"]
    sizes = np.clip(chance.lognormal(5.95, 0.75, len(schools)), 30, 1700)
    sizes = np.maximum(1, np.round(sizes * PUPILS / sizes.sum())).astype(np.int64)
    return _Republic(chance, places, schools, sizes)
