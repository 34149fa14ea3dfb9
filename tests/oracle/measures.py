"""Indicators 4.2, 4.3, 4.4: who has recommendation, plan and portfolio, and who has free verified content."""

from __future__ import annotations

import polars as pl

from tests.oracle.drop import Drop, day, holds, moscow_day, number, parameter, seed, yes
from tests.oracle.pupils import schools

ORDERS = ("543", "544", "545")


def recommended(drop: Drop) -> set[str]:
    """Pupils with a recommendation that could use their portfolio, and a plan made by a teacher (A2-A4)."""
    _, start, _ = drop.school_year
    is_offered = moscow_day("offered_at").is_between(start, drop.night)
    offers = (
        drop["recommendation"]
        .filter(is_offered & _not_before_end("withdrawn_at", drop))
        .group_by("student_id")
        .agg(pl.col("offered_at").max())
    )
    items = _counting_items(drop).group_by("student_id").agg(pl.col("added_at").min())
    plans = drop["individual_plan"].filter(
        (pl.col("formed_by_role") == "teacher") & holds("valid_from", "valid_to", drop.night)
    )
    both = offers.join(items, on="student_id").filter(pl.col("added_at") <= pl.col("offered_at"))
    return set(both.join(plans, on="student_id", how="semi")["student_id"])


def _not_before_end(column: str, drop: Drop) -> pl.Expr:
    return pl.col(column).is_null() | (moscow_day(column) > drop.night)


def _counting_items(drop: Drop) -> pl.DataFrame:
    counted = [row["category_code"] for row in seed("portfolio_categories") if row["counts"] == "true"]
    bases = (
        drop["legal_basis"]
        .filter(holds("valid_from", "valid_to", drop.night))
        .select(pl.col("source_id").alias("legal_basis_id"), "student_id")
    )
    added = moscow_day("added_at")
    return (
        drop["portfolio_item"]
        .filter(
            _not_before_end("deleted_at", drop)
            & ((number("file_count") >= 1) | yes("has_registry_link"))
            & pl.col("category_code").str.strip_chars().is_in(counted)
            & (day("event_date") <= added)
            & (added <= drop.night)
        )
        .join(bases, on=["legal_basis_id", "student_id"], how="semi")
    )


def verified_resources(drop: Drop) -> pl.DataFrame:
    """Resources with evidence in force for each of the three orders (A10)."""
    evidence = drop["content_verification"].filter(
        (pl.col("evidence_no").str.strip_chars() != "") & holds("valid_from", "valid_to", drop.night)
    )
    of_each = (
        evidence.filter(pl.col("order_no").is_in(ORDERS))
        .group_by("resource_id")
        .agg(pl.col("order_no").n_unique().alias("orders"))
    )
    whole = of_each.filter(pl.col("orders") == len(ORDERS)).select("resource_id")
    return (
        drop["content_resource"]
        .select(pl.col("source_id").alias("resource_id"), "platform")
        .join(whole, on="resource_id")
    )


def with_access(drop: Drop, entity: str, person: str, platform: str | None = None) -> set[str]:
    """Persons with a free account that works on the night, at a verified resource (A8, A9)."""
    resources = verified_resources(drop)
    if platform is not None:
        resources = resources.filter(pl.col("platform") == platform)
    still = [day(column).is_null() | (day(column) > drop.night) for column in ("blocked_on", "revoked_on")]
    grants = drop[entity].filter(
        yes("is_free")
        & (day("granted_on") <= drop.night)
        & (day("linked_on") <= drop.night)
        & still[0]
        & still[1]
    )
    return set(grants.join(resources, on="resource_id", how="semi")[person])


def pedagogues(drop: Drop) -> pl.DataFrame:
    """Pedagogical staff, each once, at the school of the main job (A11)."""
    pedagogical = [row["code"] for row in seed("staff_positions") if row["is_pedagogical"] == "true"]
    employed = drop["staff_person"].filter(holds("employed_from", "employed_to", drop.night))
    held = (
        drop["staff_position"]
        .filter(holds("starts_on", "ends_on", drop.night))
        .select(
            pl.col("source_id").alias("position_id"),
            "staff_id",
            pl.col("org_id").alias("school"),
            pl.col("position_code").str.strip_chars(),
            day("starts_on").alias("since"),
        )
        .join(employed.select(pl.col("source_id").alias("staff_id")), on="staff_id", how="semi")
    )
    jobs = held.join(
        drop["staff_workload"].select("staff_id", "position_id", "kind"), on=["staff_id", "position_id"]
    )
    main = (
        jobs.filter(pl.col("kind") == "main")
        .sort("staff_id", "since", "position_id", descending=[False, True, True])
        .group_by("staff_id", maintain_order=True)
        .first()
        .select("staff_id", "school")
        .join(schools(drop), on="school")
    )
    teaching = jobs.filter(
        pl.col("kind").is_in(["main", "internal"]) & pl.col("position_code").is_in(pedagogical)
    )
    return main.join(teaching, on=["staff_id", "school"], how="semi")


def counted_staff(drop: Drop) -> pl.DataFrame:
    """Pedagogical staff with ``has_access`` to the platform that the order names (4.3)."""
    able = with_access(drop, "access_grant_staff", "staff_id", parameter("content_platform_4_3"))
    return pedagogues(drop).with_columns(pl.col("staff_id").is_in(list(able)).alias("has_access"))
