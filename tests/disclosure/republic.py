"""A republic of the real size as figures alone: 14 units, 263 schools, 123 000 pupils, 10 200 teachers, 51 leaves."""

from __future__ import annotations

import csv
import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from o7_warehouse.disclosure.collect import ALL, DUE, FILLED, INVALID, NOT_FILLED, Collector, Place
from o7_warehouse.disclosure.rules import SENSITIVE, read_rules
from tests.disclosure.tables import INDICATORS, REGION, ROOT, STAGES

if TYPE_CHECKING:
    from o7_warehouse.disclosure.cells import Tables

# Schools by unit (domain §4.2), and how many of a hundred pupils meet each indicator.
SCHOOLS = (38, 12, 12, 21, 23, 12, 13, 26, 24, 22, 21, 15, 15, 9)
SHARES = {"4.1": 0.71, "4.2": 0.42, "4.3": 0.88, "4.4": 0.93}
PUPILS, TEACHERS = 123_000, 10_200


def republic(*, leaves_of: tuple[str, ...] = ("region", "municipality", "school"), seed: int = 22) -> Tables:
    """Every unit down to schools with its indicators, the stages of the republic, leaves of the levels asked for."""
    chance = np.random.default_rng(seed)
    places, schools = _places()
    collector = Collector(read_rules(ROOT, on=dt.date(2025, 12, 31)), places)
    sizes = np.clip(chance.lognormal(5.95, 0.75, len(schools)), 30, 1700)
    sizes = np.maximum(1, np.round(sizes * PUPILS / sizes.sum())).astype(int)
    by_stage = np.stack([chance.multinomial(size, (0.435, 0.484, 0.0808, 0.0002)) for size in sizes])
    staff = np.maximum(3, np.round(sizes * TEACHERS / PUPILS)).astype(int)
    pupils = _sums(places, schools, by_stage)
    teachers = _sums(places, schools, staff[:, None])
    wholes = {}
    for unit, place in places.items():
        wholes[unit, "staff", ALL] = collector.population("staff", unit, ALL, int(teachers[unit][0]))
        wholes[unit, "pupils", ALL] = collector.population("pupils", unit, ALL, int(pupils[unit].sum()))
        for stage, value in zip(STAGES, pupils[unit], strict=True):
            if place.level == "region":
                wholes[unit, "pupils", stage] = collector.population("pupils", unit, stage, int(value))
    for code, people in INDICATORS.items():
        # Schools differ: some fill everything, some little.
        rates = chance.beta(SHARES[code] * 12, (1 - SHARES[code]) * 12, len(schools))
        of = by_stage if people == "pupils" else staff[:, None]
        met = _sums(places, schools, chance.binomial(of, rates[:, None]))
        for unit in places:
            collector.counted(
                "indicator", code, wholes[unit, people, ALL], int(met[unit].sum()), people=people
            )
            for stage, value in zip(STAGES, met[unit], strict=False):
                if (unit, people, stage) in wholes:
                    collector.counted(
                        "indicator", code, wholes[unit, people, stage], int(value), people=people
                    )
    _leaves(collector, chance, places, schools, sizes, wholes, leaves_of)
    return collector.tables()


def _leaves(collector, chance, places, schools, sizes, wholes, levels) -> None:
    with (ROOT / "dbt_project/seeds/profile_fields.csv").open(encoding="utf-8", newline="") as text:
        catalogue = list(csv.DictReader(text))
    for leaf in catalogue:
        filled_rate = {"R1": 0.99, "R2": 0.97, "R3": 0.95}.get(leaf["req_class"], 0.6)
        rates = chance.beta(filled_rate * 20, (1 - filled_rate) * 20, len(schools))
        is_for_all = leaf["req_class"] in {"R1", "R2", "R3"} and leaf["leaf_code"] != "P13"
        due = sizes if is_for_all else chance.binomial(sizes, 0.9)
        filled = chance.binomial(due, rates)
        invalid = chance.binomial(due - filled, 0.2)
        summed = _sums(places, schools, np.stack([due, filled, due - filled - invalid, invalid], axis=1))
        figure = "sensitive_leaf" if leaf["sensitivity"] in SENSITIVE else "leaf"
        for unit, place in places.items():
            if place.level in levels:
                counts = dict(zip((DUE, FILLED, NOT_FILLED, INVALID), map(int, summed[unit]), strict=True))
                collector.leaf(figure, leaf["leaf_code"], wholes[unit, "pupils", ALL], counts)


def _places() -> tuple[dict[str, Place], list[str]]:
    places = {REGION: Place("region", None)}
    schools = []
    for one, count in enumerate(SCHOOLS):
        places[f"m{one:02}"] = Place("municipality", REGION)
        for two in range(count):
            schools.append(f"m{one:02}s{two:02}")
            places[schools[-1]] = Place("school", f"m{one:02}")
    return places, schools


def _sums(places, schools, counts):
    summed = {unit: np.zeros(counts.shape[1], dtype=int) for unit in places}
    for school, row in zip(schools, counts, strict=True):
        at = school
        while at is not None:
            summed[at] += row
            at = places[at].parent
    return summed
