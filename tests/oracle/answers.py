"""The oracle's answers in the form of the command line: objects of `./o7 indicators` and `./o7 leaves`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.oracle.drop import seed
from tests.oracle.profiles import LEAVES
from tests.oracle.pupils import schools
from tests.oracle.results import LEVELS, PLACES, REGION, Results, judge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION_NAME = "Кабардино-Балкарская Республика"
STATE_NAME = "Государственные организации, подведомственные Министерству"


def answers(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything the warehouse must answer about the one night in the folder."""
    results = judge(folder)
    return {"indicators": list(_indicators(results)), "leaves": list(_leaves(results))}


def _indicators(results: Results) -> Iterator[dict[str, Any]]:
    names = {
        "region": {REGION: REGION_NAME},
        "municipality": {row["oktmo"]: row["name"] for row in seed("municipalities")} | {"STATE": STATE_NAME},
        "school": dict(schools(results.drop).select("school", "school_name").iter_rows()),
        "class": {
            code: name if name and len(name) <= 8 and any(map(str.isdigit, name)) else code
            for code, name in results.pupils.select("class_id", "class_name").iter_rows()
        },
    }
    official = [
        (place, count)
        for place, count in results.counts().items()
        if place.stage == "all" and results.official[place.indicator] == place.reading
    ]
    for place, count in sorted(
        official, key=lambda one: (one[0].indicator, LEVELS.index(one[0].level), one[0])
    ):
        yield {
            "indicator": place.indicator,
            "night": results.drop.night.isoformat(),
            "level": place.level,
            "org_unit_code": place.org_unit_code,
            "org_unit_name": names[place.level][place.org_unit_code],
            "numerator": count.numerator,
            "denominator": count.denominator,
            "value": percent(count.numerator, count.denominator),
        }


def percent(numerator: int | None, denominator: int) -> float | None:
    """Percent with six decimals, half up, in whole numbers until the last step."""
    if numerator is None or denominator == 0:
        return None
    return (200_000_000 * numerator + denominator) // (2 * denominator) / 1_000_000


def _leaves(results: Results) -> Iterator[dict[str, Any]]:
    names = {row["letter"]: row["status"] for row in seed("leaf_statuses")}
    for (level, code, leaf, letter), pupils in leaf_counts(results).items():
        yield {
            "leaf": leaf,
            "status": names[letter],
            "night": results.drop.night.isoformat(),
            "level": level,
            "org_unit_code": code,
            "pupils": pupils,
        }


def leaf_counts(results: Results) -> Counter[tuple[str, str, str, str]]:
    """(level, unit, leaf, letter) -> how many pupils; nobody is no row."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for level in LEVELS:
        for code, statuses in results.pupils.select(PLACES[level], "statuses").iter_rows():
            counts.update((level, code, leaf, letter) for leaf, letter in zip(LEAVES, statuses, strict=True))
    return counts
