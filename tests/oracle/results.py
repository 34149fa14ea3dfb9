"""Everything a night comes to: letters and readings of every person, counts of every unit, level and stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tests.oracle.drop import Drop, read_drop, seed
from tests.oracle.measures import portfolio_items
from tests.oracle.pupils import schools
from tests.oracle.readings import read_pupils, read_staff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION = "83000000"
LEVELS = ("region", "municipality", "school", "class")
PLACES = {"region": "region", "municipality": "unit", "school": "school", "class": "class_id"}


class Place(NamedTuple):
    """What a count is of."""

    indicator: str
    reading: str
    level: str
    org_unit_code: str
    stage: str


class Count(NamedTuple):
    """Numerator (None: not known) and denominator."""

    numerator: int | None
    denominator: int


@dataclass(frozen=True)
class Results:
    """The oracle's judgement of one night."""

    drop: Drop
    pupils: pl.DataFrame  # the contingent: places, statuses, a column per rule and per reading
    staff: pl.DataFrame
    official: dict[str, str]  # indicator -> reading

    @property
    def items(self) -> dict[str, str]:
        """Portfolio item -> outcome."""
        return dict(portfolio_items(self.drop).select("item", "outcome").iter_rows())

    def counts(self) -> dict[Place, Count]:
        """Every reading of every indicator, at every level and stage that has a row."""
        return dict(self._counts())

    def _counts(self) -> Iterator[tuple[Place, Count]]:
        for people, levels, stages in (
            (self.pupils, LEVELS, ("all", "noo", "ooo", "soo", "unknown")),
            (self.staff, LEVELS[:-1], ("all",)),
        ):
            readings = [name for name in people.columns if name.startswith("4.")]
            for level in levels:
                for stage in stages:
                    here = people if stage == "all" else people.filter(pl.col("stage") == stage)
                    for reading in readings:
                        # Stages are told of the official reading alone.
                        if stage == "all" or self.official[reading[:3]] == reading[4:]:
                            yield from self._counted(here, reading, level, stage)

    def _counted(
        self, people: pl.DataFrame, column: str, level: str, stage: str
    ) -> Iterator[tuple[Place, Count]]:
        """One reading at one level; an unknown person makes the numerator unknown."""
        indicator, reading = column.split(" ")
        table = people.group_by(PLACES[level]).agg(
            pl.col(column).sum().alias("with"),
            pl.col(column).is_null().any().alias("unknown"),
            pl.len().alias("all"),
        )
        found = {
            code: Count(None if unknown else numerator, denominator)
            for code, numerator, unknown, denominator in table.iter_rows()
        }
        if stage == "all":
            found = dict.fromkeys(self.units(level), Count(0, 0)) | found
        for code, count in found.items():
            yield Place(indicator, reading, level, code, stage), count

    def units(self, level: str) -> list[str]:
        """The units that have a row even with nobody in them."""
        if level == "region":
            return [REGION]
        if level == "municipality":
            return [*(row["oktmo"] for row in seed("municipalities")), "STATE"]
        if level == "school":
            return schools(self.drop).filter(pl.col("is_open"))["school"].to_list()
        return []


def judge(folder: Path) -> Results:
    """Judge the one night in a drop folder."""
    drop = read_drop(folder)
    region = pl.lit(REGION).alias("region")
    pupils, of_pupils = read_pupils(drop)
    staff, of_staff = read_staff(drop)
    return Results(drop, pupils.with_columns(region), staff.with_columns(region), of_pupils | of_staff)
