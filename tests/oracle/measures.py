"""Recommendations, plans and portfolios of pupils (4.2), and accounts at verified content (4.3, 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tests.oracle.drop import (
    Drop,
    code,
    day,
    holds,
    in_force,
    instant,
    moscow_day,
    number,
    parameter,
    seed,
    word,
    yes,
)

if TYPE_CHECKING:
    import datetime as dt

ORDERS = ("543", "544", "545")


def offers(drop: Drop, window_opens: dt.date) -> pl.DataFrame:
    """Recommendations in a window: ``student_id``, ``offered_at``, ``acknowledged``, ``origin``."""
    is_offered = moscow_day("offered_at").is_between(window_opens, drop.night)
    return (
        drop["recommendation"]
        .filter((is_offered & _not_before_end("withdrawn_at", drop)).fill_null(value=False))
        .select(
            "student_id",
            instant("offered_at"),
            (moscow_day("acknowledged_at") <= drop.night).fill_null(value=False).alias("acknowledged"),
            word("origin"),
        )
    )


def _not_before_end(column: str, drop: Drop) -> pl.Expr:
    """Whether something has not happened by the end of the night."""
    return moscow_day(column).is_null() | (moscow_day(column) > drop.night)


def portfolio_items(drop: Drop) -> pl.DataFrame:
    """Every item: ``item``, ``student_id``, ``added_at``, ``category`` and the first test it fails, or «counts»."""
    counted = [
        row["category_code"]
        for row in in_force("portfolio_categories", drop.night, "category_code")
        if row["counts"] == "true"
    ]
    bases = (
        drop["legal_basis"]
        .filter(holds("valid_from", "valid_to", drop.night))
        .select(
            pl.col("source_id").alias("legal_basis_id"), "student_id", pl.lit(value=True).alias("has_basis")
        )
    )
    category = code("category_code").str.to_uppercase()
    added = moscow_day("added_at")
    tests = {
        "deleted": _not_before_end("deleted_at", drop),
        "unmapped": category.is_in(counted),
        "no_attachment": (number("file_count") >= 1).fill_null(value=False) | yes("has_registry_link"),
        "bad_dates": (day("event_date") <= added) & (added <= drop.night),
        "no_legal_basis": pl.col("has_basis"),
    }
    outcome = pl.lit("counts")
    for name, holds_good in reversed(tests.items()):
        outcome = pl.when(holds_good.fill_null(value=False)).then(outcome).otherwise(pl.lit(name))
    return (
        drop["portfolio_item"]
        .join(bases, on=["legal_basis_id", "student_id"], how="left")
        .select(
            pl.col("source_id").alias("item"),
            "student_id",
            instant("added_at"),
            category.alias("category"),
            outcome.alias("outcome"),
        )
    )


def plans(drop: Drop, *, of_teachers: bool) -> set[str]:
    """Pupils with a plan in force, formed by a teacher or by anybody."""
    in_time = drop["individual_plan"].filter(holds("valid_from", "valid_to", drop.night))
    by_teacher = (word("formed_by_role") == "teacher").fill_null(value=False)
    return set(in_time.filter(by_teacher | pl.lit(not of_teachers))["student_id"])


def verified_resources(drop: Drop) -> list[str]:
    """Resources with evidence in force for each of the three orders (A10)."""
    evidence = drop["content_verification"].filter(
        code("evidence_no").is_not_null() & holds("valid_from", "valid_to", drop.night)
    )
    of_each = (
        evidence.with_columns(code("order_no"))
        .filter(pl.col("order_no").is_in(ORDERS))
        .group_by("resource_id")
        .agg(pl.col("order_no").n_unique().alias("orders"))
    )
    return of_each.filter(pl.col("orders") == len(ORDERS))["resource_id"].to_list()


def entitlements(drop: Drop, entity: str, person: str) -> pl.DataFrame:
    """Free accounts that work: ``person``, ``resource``, ``is_verified``, ``is_named_platform``, ``last_used``."""
    platform = parameter("content_platform_4_3", drop.night).lower()
    platforms = drop["content_resource"].select(
        pl.col("source_id").alias("resource_id"),
        (word("platform") == platform).fill_null(value=False).alias("is_named_platform"),
    )
    still = [day(column).is_null() | (day(column) > drop.night) for column in ("blocked_on", "revoked_on")]
    works = yes("is_free") & (day("granted_on") <= drop.night) & (day("linked_on") <= drop.night)
    return (
        drop[entity]
        .filter((works & still[0] & still[1]).fill_null(value=False))
        .join(platforms, on="resource_id", how="left")
        .select(
            pl.col(person).alias("person"),
            pl.col("resource_id").alias("resource"),
            pl.col("resource_id").is_in(verified_resources(drop)).alias("is_verified")
            & pl.col("is_named_platform").is_not_null(),
            pl.col("is_named_platform").fill_null(value=False),
            day("last_used_on").alias("last_used"),
        )
    )


def pedagogues(drop: Drop) -> pl.DataFrame:
    """Pedagogical staff, each once, at the school of the main job (A11): ``staff_id``, ``school``, ``position``."""
    pedagogical = [row["code"] for row in seed("staff_positions") if row["is_pedagogical"] == "true"]
    employed = drop["staff_person"].filter(holds("employed_from", "employed_to", drop.night))
    held = (
        drop["staff_position"]
        .filter(holds("starts_on", "ends_on", drop.night))
        .select(
            pl.col("source_id").alias("position_id"),
            "staff_id",
            pl.col("org_id").alias("school"),
            code("position_code").alias("position"),
            day("starts_on").alias("since"),
        )
        .join(employed.select(pl.col("source_id").alias("staff_id")), on="staff_id", how="semi")
    )
    jobs = held.join(
        drop["staff_workload"].select("staff_id", "position_id", word("kind")), on=["staff_id", "position_id"]
    )
    main = (
        jobs.filter(pl.col("kind") == "main")
        .sort("staff_id", "since", "position_id", descending=[False, True, True])
        .group_by("staff_id", maintain_order=True)
        .first()
        .select("staff_id", "school", "position")
    )
    teaching = jobs.filter(pl.col("kind").is_in(["main", "internal"]) & pl.col("position").is_in(pedagogical))
    return main.join(teaching, on=["staff_id", "school"], how="semi")
