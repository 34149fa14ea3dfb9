"""The indicators by parallel, settlement, founder, position and resource, and who is counted beside the contingent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tests.oracle.drop import in_force
from tests.oracle.measures import portfolio_items
from tests.oracle.pupils import active_enrolments, all_schools, is_apart, winning_enrolments
from tests.oracle.readings import users_of_resources
from tests.oracle.results import PLACES, REGION, Count, Results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.drop import Drop

UNKNOWN = "unknown"
# Indicator, dimension, part, level and unit of a count.
Part = tuple[str, str, str, str, str]


def parts(results: Results) -> dict[Part, Count]:
    """Every part of every breakdown in which there is anybody; of resources, those that somebody can use."""
    return dict(_parts(results))


def _parts(results: Results) -> Iterator[tuple[Part, Count]]:
    settlement = pl.when(pl.col("settlement").is_in(["urban", "rural"])).then(pl.col("settlement"))
    of_schools = {
        "settlement_kind": settlement.fill_null(UNKNOWN),
        "founder_code": pl.col("founder").fill_null(UNKNOWN),
    }
    of_pupils = of_schools | {"parallel": pl.col("parallel").cast(pl.String).fill_null(UNKNOWN)}
    of_staff = of_schools | {"position": pl.col("position").fill_null(UNKNOWN)}
    for people, indicators, dimensions in (
        (results.pupils, ("4.1", "4.2", "4.4"), of_pupils),
        (results.staff, ("4.3",), of_staff),
    ):
        for indicator in indicators:
            mark = pl.col(f"{indicator} {results.official[indicator]}")
            for dimension, part in dimensions.items():
                for level in ("region", "municipality"):
                    table = _counted(people.with_columns(part.alias("part")), level, mark)
                    for unit, name, count in table:
                        yield (indicator, dimension, name, level, unit), count
    yield from _resources(results)


def _counted(people: pl.DataFrame, level: str, mark: pl.Expr) -> list[tuple[str, str, Count]]:
    table = people.group_by(PLACES[level], "part").agg(
        mark.sum().alias("with"), mark.is_null().any().alias("unknown"), pl.len().alias("all")
    )
    return [
        (unit, part, Count(None if unknown else numerator, denominator))
        for unit, part, numerator, unknown, denominator in table.iter_rows()
    ]


def _resources(results: Results) -> Iterator[tuple[Part, Count]]:
    for indicator, people, person in (
        ("4.3", results.staff, "staff_id"),
        ("4.4", results.pupils, "student_id"),
    ):
        for resource, users in users_of_resources(results.drop, indicator).items():
            for level in ("region", "municipality"):
                table = people.group_by(PLACES[level]).agg(
                    pl.col(person).is_in(list(users)).sum().alias("with"), pl.len().alias("all")
                )
                for unit, numerator, denominator in table.iter_rows():
                    if numerator:
                        yield (indicator, "resource", resource, level, unit), Count(numerator, denominator)


def populations(results: Results) -> dict[tuple[str, str, str], int]:
    """(level, unit, population) -> enrolled pupils; nobody is no row."""
    drop = results.drop
    enrolled = _enrolled(drop)
    several = active_enrolments(drop)["student_id"].value_counts().filter(pl.col("count") > 1)["student_id"]
    groups = [
        enrolled,
        results.pupils.filter("in_conflict").with_columns(pl.lit("identity_conflict").alias("population")),
        results.pupils.filter(pl.col("student_id").is_in(several.implode())).with_columns(
            pl.lit("several_enrolments").alias("population")
        ),
    ]
    found: dict[tuple[str, str, str], int] = {}
    for group in groups:
        for level in ("region", "municipality", "school"):
            for unit, population, pupils in group.group_by(PLACES[level], "population").len().iter_rows():
                found[level, unit, population] = pupils
    return found


def documents(results: Results) -> dict[tuple[str, str, str, str], int]:
    """(level, unit, category, outcome) -> documents in the portfolios of the contingent; none is no row."""
    rows = in_force("portfolio_categories", results.drop.night, "category_code")
    known = [row["category_code"] for row in rows]
    category = pl.when(pl.col("category").is_in(known)).then(pl.col("category")).otherwise(pl.lit("unmapped"))
    items = portfolio_items(results.drop).with_columns(category.alias("category"))
    kept = results.pupils.join(items, on="student_id")
    return {
        (level, unit, kind, outcome): count
        for level in ("region", "municipality", "school")
        for unit, kind, outcome, count in kept.group_by(PLACES[level], "category", "outcome")
        .len()
        .iter_rows()
    }


def _enrolled(drop: Drop) -> pl.DataFrame:
    """Everybody with a person, a card and a winning enrolment in a placed school, each in one population."""
    persons = drop["person"].select(pl.col("source_id").alias("student_id"))
    is_other = ~pl.col("is_public_general")
    return (
        drop["student"]
        .select(pl.col("source_id").alias("student_id"), is_apart().fill_null(value=False).alias("is_apart"))
        .join(persons, on="student_id", how="semi")
        .join(winning_enrolments(drop), on="student_id")
        .join(all_schools(drop), on="school")
        .with_columns(
            pl.when("is_private")
            .then(pl.lit("private"))
            .when(is_other)
            .then(pl.lit("other_organisation"))
            .when("is_apart")
            .then(pl.lit("family_education"))
            .otherwise(pl.lit("contingent"))
            .alias("population"),
            pl.lit(REGION).alias("region"),
        )
    )
