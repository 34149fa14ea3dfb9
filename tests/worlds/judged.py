"""What a night comes to, as one flat table of facts: from the warehouse and from the oracle, ready to be compared."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o7_warehouse.warehouse import connect
from tests.oracle.answers import leaf_counts, percent
from tests.oracle.breakdowns import documents, parts, populations
from tests.oracle.drop import seed
from tests.oracle.results import Results, judge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# (kind of fact, what it is about …) -> its value
Facts = dict[tuple[str, ...], Any]


@dataclass(frozen=True)
class Difference:
    """A fact on which the two do not agree; None: one of them does not have it."""

    about: tuple[str, ...]
    warehouse: Any
    oracle: Any

    def __str__(self) -> str:
        kind, *of = self.about
        if kind == "statuses" and self.warehouse and self.oracle:
            letters = zip(self.warehouse, self.oracle, strict=True)
            parts = [
                f"P{n:02} {ours}≠{theirs}" for n, (ours, theirs) in enumerate(letters, 1) if ours != theirs
            ]
            return f"{' '.join(of)}: {', '.join(parts)} (warehouse ≠ oracle)"
        return f"{kind} {' '.join(of)}: {self.warehouse!r} by the warehouse, {self.oracle!r} by the oracle"


def differences(warehouse: Facts, oracle: Facts) -> list[Difference]:
    """Every fact the two see differently, single pupils before sums."""
    order = ("conflict", "statuses", "item", "count", "part", "population", "documents", "leaf")
    unequal = [
        about for about in warehouse.keys() | oracle.keys() if warehouse.get(about) != oracle.get(about)
    ]
    return [
        Difference(about, warehouse.get(about), oracle.get(about))
        for about in sorted(unequal, key=lambda about: (order.index(about[0]), about))
    ]


def by_oracle(folder: Path) -> Facts:
    """The oracle's facts of the night in a drop folder."""
    return dict(_facts_of(judge(folder)))


def _facts_of(results: Results) -> Iterator[tuple[tuple[str, ...], Any]]:
    pupils = results.pupils.select("student_id", "statuses", "in_conflict")
    for pupil, statuses, is_in_conflict in pupils.iter_rows():
        yield ("statuses", pupil), statuses
        yield ("conflict", pupil), is_in_conflict
    for item, outcome in results.items.items():
        yield ("item", item), outcome
    # Rules are promised by being in force; another reading that the catalogue does not name, by nobody.
    promised = {(row["indicator"], row["reading"]) for row in seed("indicator_readings")}
    for place, count in results.counts().items():
        is_official = results.official[place.indicator] == place.reading
        if is_official or place.indicator == "4.1" or (place.indicator, place.reading) in promised:
            about = place._replace(reading="official") if is_official else place
            yield ("count", *about), (*count, percent(*count))
    for part, count in parts(results).items():
        yield ("part", *part), (*count, percent(*count))
    for population, enrolled in populations(results).items():
        yield ("population", *population), enrolled
    for kept, number in documents(results).items():
        yield ("documents", *kept), number
    for (level, code, leaf, letter), pupils_counted in leaf_counts(results).items():
        if level != "class":
            yield ("leaf", level, code, leaf, letter), pupils_counted


def by_warehouse(settings: Settings, run_id: str) -> Facts:
    """The facts that a build left in marts and indicators."""
    with closing(connect(settings, "o7_admin")) as connection, connection.cursor() as cursor:
        return dict(_facts_in(cursor, run_id))


def _facts_in(cursor: Cursor, run_id: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    cursor.execute(
        "select keys.student_id, statuses, has_identity_conflict from marts.fct_profile_completeness"
        " inner join raw_o7.student_keys as keys using (student_key)"
    )
    for pupil, statuses, is_in_conflict in cursor.fetchall():
        yield ("statuses", pupil), statuses
        yield ("conflict", pupil), is_in_conflict
    cursor.execute("select portfolio_item_id, outcome from marts.fct_portfolio_item")
    for item, outcome in cursor.fetchall():
        yield ("item", item), outcome
    yield from _counts_in(cursor, run_id)
    letters = {row["status"]: row["letter"] for row in seed("leaf_statuses")}
    cursor.execute(
        f"select level, org_unit_code, leaf_code, {', '.join(letters)} from indicators.leaf_counts"
        " where build_id = %s",
        (run_id,),
    )
    for level, code, leaf, *counts in cursor.fetchall():
        for letter, count in zip(letters.values(), counts, strict=True):
            if count:
                yield ("leaf", level, code, leaf, letter), count


def _counts_in(cursor: Cursor, run_id: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    cursor.execute(
        """
        select 'count', indicator, 'official', level, org_unit_code, education_stage, numerator, denominator, value
        from indicators.indicator_values where build_id = %(run_id)s
        union all
        select 'count', indicator, reading, level, org_unit_code, 'all', numerator, denominator, value
        from indicators.control_values where build_id = %(run_id)s
        union all
        select 'part', indicator, dimension, part, level, org_unit_code, numerator, denominator, value
        from indicators.indicator_breakdowns
        where build_id = %(run_id)s and not (dimension = 'resource' and numerator = 0)
        """,
        {"run_id": run_id},
    )
    for *about, numerator, denominator, value in cursor.fetchall():
        yield tuple(about), (numerator, denominator, None if value is None else float(value))
    cursor.execute(
        "select level, org_unit_code, population, pupils from indicators.population_counts where build_id = %s",
        (run_id,),
    )
    for *population, pupils in cursor.fetchall():
        yield ("population", *population), pupils
    cursor.execute(
        "select level, org_unit_code, category_code, outcome, items from indicators.portfolio_counts"
        " where build_id = %s",
        (run_id,),
    )
    for *kept, items in cursor.fetchall():
        yield ("documents", *kept), items
