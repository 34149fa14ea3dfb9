"""The oracle's answers in the form of the command line: objects of `./o7 indicators` and `./o7 leaves`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.oracle.drop import Drop, read_drop, seed
from tests.oracle.measures import counted_staff, recommended, with_access
from tests.oracle.profiles import LEAVES, profiles
from tests.oracle.pupils import schools

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

REGION = ("83000000", "Кабардино-Балкарская Республика")
STATE = ("STATE", "Государственные организации, подведомственные Министерству")
LEVELS = ("region", "municipality", "school", "class")
PLACES = {"region": "region", "municipality": "unit", "school": "school", "class": "class_id"}
Counts = dict[str, tuple[int | None, int]]


def answers(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything the warehouse must answer about the one night in the folder."""
    drop = read_drop(folder)
    pupils = profiles(drop).with_columns(pl.lit(REGION[0]).alias("region"))
    return {"indicators": list(_indicators(drop, pupils)), "leaves": list(_leaves(drop, pupils))}


def _indicators(drop: Drop, pupils: pl.DataFrame) -> Iterator[dict[str, Any]]:
    advised = recommended(drop)
    able = with_access(drop, "access_grant_student", "student_id")
    marks = {
        "4.1": pl.col("CORE"),
        "4.2": pl.col("student_id").is_in(list(advised)),
        "4.4": pl.col("student_id").is_in(list(able)),
    }
    staff = counted_staff(drop).with_columns(pl.lit(REGION[0]).alias("region"))
    for indicator in ("4.1", "4.2", "4.3", "4.4"):
        for level in LEVELS:
            if indicator == "4.3":
                if level == "class":
                    continue
                counts = _counted(staff, PLACES[level], pl.col("has_access"))
            else:
                counts = _counted(pupils, PLACES[level], marks[indicator])
            for code, name in _units(drop, pupils, level, counts):
                numerator, denominator = counts.get(code, (0, 0))
                yield {
                    "indicator": indicator,
                    "night": drop.night.isoformat(),
                    "level": level,
                    "org_unit_code": code,
                    "org_unit_name": name,
                    "numerator": numerator,
                    "denominator": denominator,
                    "value": percent(numerator, denominator),
                }


def _counted(people: pl.DataFrame, place: str, mark: pl.Expr) -> Counts:
    """Unit -> (numerator, denominator); an unknown mark makes the numerator unknown."""
    table = people.group_by(place).agg(
        mark.sum().alias("with"), mark.is_null().any().alias("unknown"), pl.len().alias("all")
    )
    return {
        code: (None if unknown else numerator, denominator)
        for code, numerator, unknown, denominator in table.iter_rows()
    }


def _units(drop: Drop, pupils: pl.DataFrame, level: str, counts: Counts) -> Iterable[tuple[str, str]]:
    """(code, name) of the units that have a row, by code."""
    if level == "region":
        return [REGION]
    if level == "municipality":
        return sorted([*((row["oktmo"], row["name"]) for row in seed("municipalities")), STATE])
    if level == "school":
        known = schools(drop).select("school", "school_name", "is_open").iter_rows()
        return sorted((code, name) for code, name, is_open in known if is_open or code in counts)
    return sorted(set(pupils.select("class_id", "class_name").iter_rows()))


def percent(numerator: int | None, denominator: int) -> float | None:
    """Percent with six decimals, half up, in whole numbers until the last step."""
    if numerator is None or denominator == 0:
        return None
    return (200_000_000 * numerator + denominator) // (2 * denominator) / 1_000_000


def _leaves(drop: Drop, pupils: pl.DataFrame) -> Iterator[dict[str, Any]]:
    names = {row["letter"]: row["status"] for row in seed("leaf_statuses")}
    for level in LEVELS:
        counts: Counter[tuple[str, str, str]] = Counter()
        for code, statuses in pupils.select(PLACES[level], "statuses").iter_rows():
            counts.update((code, leaf, letter) for leaf, letter in zip(LEAVES, statuses, strict=True))
        for (code, leaf, letter), count in counts.items():
            yield {
                "leaf": leaf,
                "status": names[letter],
                "night": drop.night.isoformat(),
                "level": level,
                "org_unit_code": code,
                "pupils": count,
            }
