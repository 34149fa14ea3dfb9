"""Random republics as figures alone: contingents, indicators with their stages, leaves, down to schools and classes."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse.disclosure.collect import ALL, DUE, FILLED, INVALID, NOT_FILLED, Collector, Place
from o7_warehouse.disclosure.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from o7_warehouse.disclosure.cells import Tables
    from o7_warehouse.disclosure.rules import Rules

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("noo", "ooo", "soo", "unknown")
REGION = "region"
INDICATORS = {"4.1": "pupils", "4.2": "pupils", "4.3": "staff", "4.4": "pupils"}
LEAVES = {"P03": "leaf", "P10": "leaf", "P13": "leaf", "P29": "sensitive_leaf", "P37": "leaf"}
Counts = dict[tuple[str, str, str], dict[str, int]]


@cache
def rules() -> Rules:
    """The rules of the seeds."""
    return read_rules(ROOT, on=dt.date(2025, 12, 31))


@dataclass(frozen=True)
class World:
    """Org units, and what is counted at the lowest of them: (kind, subject, unit) -> counts by part."""

    places: Mapping[str, Place]
    counts: Counts

    def changed(
        self, chance: random.Random, share: float, kinds: tuple[str, ...] = ("indicator", "leaf")
    ) -> World:
        """The same republic after late data: some numerators and leaves are others."""
        counts = {
            key: _late(chance, parts) if chance.random() < share and key[0] in kinds else parts
            for key, parts in self.counts.items()
        }
        return replace(self, counts=counts)


def world(seed: int, *, municipalities: int, schools: int, classes: int = 0, size: int = 40) -> World:
    """A republic with at most so many units below each other; ``size`` is the largest unit of the lowest level."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    places = {REGION: Place("region", None)}
    for one in range(1, municipalities + 1):
        places[f"m{one}"] = Place("municipality", REGION)
        for two in range(1, chance.randint(1, schools) + 1):
            places[f"m{one}s{two}"] = Place("school", f"m{one}")
            for three in range(1, chance.randint(1, classes) + 1 if classes else 1):
                places[f"m{one}s{two}c{three}"] = Place("class", f"m{one}s{two}")
    lowest = [unit for unit in places if all(place.parent != unit for place in places.values())]
    counts: Counts = {}
    shares = {code: chance.choice((0.02, 0.3, 0.7, 0.93, 0.99)) for code in (*INDICATORS, *LEAVES)}
    for unit in lowest:
        counts |= _counted(chance, unit, shares, size)
    return World(places, counts)


def tables(found: World, *, leaves: bool = True, stages_of: tuple[str, ...] = ("region",)) -> Tables:
    """What an edition would tell of a republic: every unit with its indicators and leaves, stages of some levels."""
    collector = Collector(rules(), found.places)
    summed = _rolled_up(found)
    for unit, place in found.places.items():
        wholes = {
            (people, stage): collector.population(people, unit, stage, value)
            for people in ("pupils", "staff")
            for stage, value in summed["population", people, unit].items()
            if stage == ALL or (place.level in stages_of and people == "pupils")
        }
        for code, people in INDICATORS.items():
            for stage, value in summed["indicator", code, unit].items():
                # Teachers belong to a school, not to a class.
                if (people, stage) in wholes and (place.level, people) != ("class", "staff"):
                    collector.counted("indicator", code, wholes[people, stage], value, people=people)
        for code, figure in LEAVES.items() if leaves and place.level != "class" else ():
            collector.leaf(figure, code, wholes["pupils", ALL], summed["leaf", code, unit])
    return collector.tables()


def _counted(chance: random.Random, unit: str, shares: Mapping[str, float], size: int) -> Counts:
    by_stage = {stage: chance.randint(0, size) for stage in STAGES[:3]}
    by_stage["unknown"] = chance.choice((0, 0, 0, 1, 3))
    staff = chance.randint(1, max(2, size // 3))
    counts: Counts = {
        ("population", "pupils", unit): by_stage | {ALL: sum(by_stage.values())},
        ("population", "staff", unit): {ALL: staff},
    }
    for code, people in INDICATORS.items():
        if people == "staff":
            counts["indicator", code, unit] = {ALL: _draw(chance, staff, shares[code])}
        else:
            met = {stage: _draw(chance, value, shares[code]) for stage, value in by_stage.items()}
            counts["indicator", code, unit] = met | {ALL: sum(met.values())}
    pupils = sum(by_stage.values())
    for code in LEAVES:
        due = {"P13": _draw(chance, pupils, 0.97), "P37": by_stage["soo"]}.get(code, pupils)
        filled = _draw(chance, due, shares[code])
        invalid = _draw(chance, due - filled, 0.3)
        counts["leaf", code, unit] = {
            DUE: due, FILLED: filled, NOT_FILLED: due - filled - invalid, INVALID: invalid
        }  # fmt: skip
    return counts


def _draw(chance: random.Random, of: int, share: float) -> int:
    return sum(chance.random() < share for _ in range(of))


def _late(chance: random.Random, parts: dict[str, int]) -> dict[str, int]:
    """One more meets the condition, or one fewer."""
    if FILLED in parts:
        if parts[NOT_FILLED]:
            return parts | {FILLED: parts[FILLED] + 1, NOT_FILLED: parts[NOT_FILLED] - 1}
        return parts
    stage = chance.choice([one for one in parts if one != ALL] or [ALL])
    if not parts[stage]:
        return parts
    return parts | {stage: parts[stage] - 1, ALL: parts[ALL] - 1}


def _rolled_up(found: World) -> Counts:
    summed: Counts = {}
    for (kind, subject, unit), parts in found.counts.items():
        at: str | None = unit
        while at is not None:
            total = summed.setdefault((kind, subject, at), {})
            for part, value in parts.items():
                total[part] = total.get(part, 0) + value
            at = found.places[at].parent
    return summed
