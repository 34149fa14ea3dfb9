"""Every reading of every indicator as a column of the persons it counts (docs/leaf-rules.md, «Other readings»)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from tests.oracle.drop import Drop, in_force, moscow_day
from tests.oracle.measures import entitlements, offers, pedagogues, plans, portfolio_items
from tests.oracle.profiles import LEAVES, profiles
from tests.oracle.pupils import schools

if TYPE_CHECKING:
    from collections.abc import Iterable

RECENT = dt.timedelta(days=30)
P25 = LEAVES.index("P25")


def read_pupils(drop: Drop) -> tuple[pl.DataFrame, dict[str, str]]:
    """The contingent with a column «indicator reading» for each reading; and which reading is official."""
    pupils = profiles(drop)
    rules = in_force("profile_rules", drop.night, "rule_code")
    columns = [pl.col(rule["rule_code"]).alias(f"4.1 {rule['rule_code']}") for rule in rules]
    [official] = [rule["rule_code"] for rule in rules if rule["is_official"] == "true"]
    found = _trajectories(drop) | _accesses(drop, "4.4", "access_grant_student", "student_id")
    columns += [_among("student_id", persons).alias(reading) for reading, persons in found.items()]
    columns += [
        _among("class_id", _recommended_classes(drop)).alias("4.2 class_recommended"),
        (pl.col("statuses").str.slice(P25, 1) == "f").alias("4.2 individual_study"),
    ]
    return pupils.with_columns(columns), {"4.1": official, "4.2": "rec_plan_portfolio", "4.4": "verified"}


def read_staff(drop: Drop) -> tuple[pl.DataFrame, dict[str, str]]:
    """Pedagogical staff of the counted schools, with the readings of 4.3; and which is official."""
    staff = pedagogues(drop).join(schools(drop), on="school")
    found = _accesses(drop, "4.3", "access_grant_staff", "staff_id")
    columns = [_among("staff_id", persons).alias(reading) for reading, persons in found.items()]
    return staff.with_columns(columns), {"4.3": "verified"}


def users_of_resources(drop: Drop, indicator: str) -> dict[str, set[str]]:
    """Resource -> who has a grant that gives access there, for the official reading of 4.3 or 4.4."""
    entity, person = {
        "4.3": ("access_grant_staff", "staff_id"),
        "4.4": ("access_grant_student", "student_id"),
    }[indicator]
    able = entitlements(drop, entity, person).filter(_is_official(indicator))
    return {
        resource: set(able.filter(pl.col("resource") == resource)["person"])
        for resource in able["resource"].unique()
    }


def _among(column: str, members: Iterable[str]) -> pl.Expr:
    return pl.col(column).is_in(list(members)).fill_null(value=False)


def _trajectories(drop: Drop) -> dict[str, set[str]]:
    """The readings of 4.2: recommendation, plan and portfolio together, apart, and with other conditions."""
    _, year_start, _ = drop.school_year
    offered = offers(drop, year_start)
    advised, planned, anyhow = (
        set(offered["student_id"]),
        plans(drop, of_teachers=True),
        plans(drop, of_teachers=False),
    )
    items = portfolio_items(drop).filter(pl.col("outcome") == "counts")

    def in_time(these: pl.DataFrame) -> set[str]:
        first = items.group_by("student_id").agg(pl.col("added_at").min())
        last = these.group_by("student_id").agg(pl.col("offered_at").max())
        both = first.join(last, on="student_id")
        return set(both.filter(pl.col("added_at") <= pl.col("offered_at"))["student_id"])

    return {
        "4.2 rec_plan_portfolio": in_time(offered) & planned,
        "4.2 rec_only": advised,
        "4.2 plan_only": planned,
        "4.2 rec_or_plan": advised | planned,
        "4.2 without_portfolio": advised & planned,
        "4.2 portfolio_maintained": set(items["student_id"]),
        "4.2 acknowledged": in_time(offered.filter(pl.col("acknowledged"))) & planned,
        "4.2 teacher_recommendation": in_time(offered.filter(pl.col("origin") == "teacher")) & planned,
        "4.2 plan_of_any_origin": in_time(offered) & anyhow,
        "4.2 individual_curriculum": set(items.filter(pl.col("category") == "G1.2")["student_id"]),
        "4.2 previous_window": in_time(offers(drop, drop.year_before)) & planned,
    }


def _recommended_classes(drop: Drop) -> set[str]:
    _, year_start, _ = drop.school_year
    in_window = moscow_day("offered_at").is_between(year_start, drop.night)
    return set(drop["class_recommendation"].filter(in_window)["class_id"])


def _accesses(drop: Drop, indicator: str, entity: str, person: str) -> dict[str, set[str]]:
    """The readings of 4.3 or 4.4."""
    able = entitlements(drop, entity, person)
    official = able.filter(_is_official(indicator))
    used = official.filter(pl.col("last_used") <= drop.night)
    found = {
        f"{indicator} verified": official,
        f"{indicator} active_30_days": used.filter(pl.col("last_used") > drop.night - RECENT),
        f"{indicator} ever_used": used,
        f"{indicator} without_verification": able.filter(_is_at_platform(indicator)),
    }
    if indicator == "4.3":
        found["4.3 any_platform"] = able.filter(pl.col("is_verified"))
    return {reading: set(grants["person"]) for reading, grants in found.items()}


def _is_at_platform(indicator: str) -> pl.Expr:
    return pl.col("is_named_platform") if indicator == "4.3" else pl.lit(value=True)


def _is_official(indicator: str) -> pl.Expr:
    return pl.col("is_verified") & _is_at_platform(indicator)
