"""Is there about as much as last night, by entity and municipality, and is the snapshot fresh.

A change too great for one night can be true, at the turn of the year for one: then a person says so by a dated row of
the parameters (volume_floor, volume_ceiling; volume_floor.<entity> and volume_ceiling.<entity> for one entity alone).
"""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.volume import count_by_changes
from o7_warehouse.delivery_findings import Finding
from o7_warehouse.runs import OpenedRun, end_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from datetime import date
    from decimal import Decimal

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.delivery_limits import Limits
    from o7_warehouse.landing import Landed

# What tonight is compared with: the last night before it; where it is the first one and comes again, itself.
LAST = """(
    select coalesce(max(night) filter (where night < %(night)s), max(night) filter (where night = %(night)s))
    from raw_o7.night
)"""
# Those before it, whose middle is what is usual.
LAST_NIGHTS = """(
    select night from raw_o7.night where night < %(night)s order by night desc limit %(nights)s
)"""


# The share that holds for an entity: its own in these days, or everybody's.
FLOOR = "coalesce((%(floors)s::jsonb ->> {}.entity)::numeric, %(floor)s)"
CEILING = "coalesce((%(ceilings)s::jsonb ->> {}.entity)::numeric, %(ceiling)s)"


def count_volumes(
    cursor: Cursor, contract: Contract, landed: Mapping[str, Landed], base: date | None
) -> None:
    """Count tonight's rows by entity and municipality of the owner school, for this check and the next one.

    Rows of an unknown school belong to no municipality. ``base`` is the night whose changes have landed, None where
    every row has.
    """
    cursor.execute("truncate landing._volume")
    if base is not None:
        count_by_changes(cursor, contract, landed, base)
        return
    for entity in contract.entities:
        if entity.owner is None:
            continue
        cursor.execute(
            sql.SQL(
                """
                insert into landing._volume (entity, oktmo, row_count)
                select {name}, school.oktmo, sum(counted.row_count)
                from (select {owner} as org_id, count(*) as row_count from {landing} group by {owner}) as
                counted inner join ( select source_id, min(municipality_oktmo) as oktmo from
                landing.organization where municipality_oktmo is not null group by source_id ) as school on
                school.source_id = counted.org_id group by school.oktmo
                """
            ).format(
                name=sql.Literal(entity.name),
                owner=sql.Identifier(entity.owner),
                landing=sql.Identifier("landing", entity.name),
            )
        )


def volume_findings(cursor: Cursor, run: OpenedRun, limits: Limits) -> Iterator[Finding]:
    """Every entity, and every municipality of one, that shrank or grew as no single night can.

    A sudden change stops the night; a slow one, that no night shows by itself, is a warning.
    """
    sudden = _sudden_entities(cursor, run, limits)
    yield from sudden.values()
    yield from _sudden_municipalities(cursor, run, limits, known=sudden.keys())
    yield from _slow_entities(cursor, run, limits, known=sudden.keys())


def _sudden_entities(cursor: Cursor, run: OpenedRun, limits: Limits) -> dict[str, Finding]:
    cursor.execute(
        f"""
        select last.night, last.entity, last.rows_landed, tonight.rows_landed
        from raw_o7.load_record as last
        inner join landing._delivery as tonight on tonight.entity = last.entity
        where last.night = {LAST}
            and tonight.is_delivered and last.rows_landed >= %(least)s
            and (
                tonight.rows_landed < last.rows_landed * {FLOOR.format("last")}
                or tonight.rows_landed > last.rows_landed * {CEILING.format("last")}
            )
        order by last.entity
        """,
        limits.given(run.night),
    )
    return {
        entity: _changed(entity, f"{entity} has {now} rows", limits, night=night, before=before, now=now)
        for night, entity, before, now in cursor.fetchall()
    }


def _sudden_municipalities(
    cursor: Cursor, run: OpenedRun, limits: Limits, *, known: Container[str]
) -> Iterator[Finding]:
    cursor.execute(
        f"""
        select last.night, last.entity, last.oktmo, last.row_count, coalesce(tonight.row_count, 0)
        from raw_o7.volume as last
        inner join landing._delivery as delivered on delivered.entity = last.entity and delivered.rows_landed > 0
        left join landing._volume as tonight on tonight.entity = last.entity and tonight.oktmo = last.oktmo
        where last.night = {LAST}
            and last.row_count >= %(least_of_municipality)s
            and (
                coalesce(tonight.row_count, 0) < last.row_count * {FLOOR.format("last")}
                or tonight.row_count > last.row_count * {CEILING.format("last")}
            )
        order by last.entity, last.oktmo
        """,
        limits.given(run.night),
    )
    for night, entity, oktmo, before, now in cursor.fetchall():
        if entity not in known:
            what = f"{entity} of municipality {oktmo} has {now} rows"
            yield _changed(entity, what, limits, night=night, before=before, now=now)


def _slow_entities(
    cursor: Cursor, run: OpenedRun, limits: Limits, *, known: Container[str]
) -> Iterator[Finding]:
    cursor.execute(
        f"""
        select usual.entity, usual.row_count, tonight.rows_landed
        from (
            select entity, percentile_disc(0.5) within group (order by rows_landed) as row_count
            from raw_o7.load_record
            where night in {LAST_NIGHTS}
            group by entity
        ) as usual
        inner join landing._delivery as tonight on tonight.entity = usual.entity
        where tonight.is_delivered
            and usual.row_count >= %(least)s
            and tonight.rows_landed < usual.row_count * {FLOOR.format("usual")}
        order by usual.entity
        """,
        limits.given(run.night),
    )
    for entity, usual, now in cursor.fetchall():
        if entity not in known:
            yield Finding(
                entity=entity,
                check="volume_trend",
                severity="warning",
                message=f"{entity} has {now} rows, and {usual} are usual for the last {limits.nights} nights: it "
                "shrinks night by night.",
            )


def _changed(entity: str, what: str, limits: Limits, *, night: object, before: int, now: int) -> Finding:
    share = round(100 * abs(before - now) / before)
    floor, ceiling = limits.floor_of(entity), limits.ceiling_of(entity)
    told = (
        f"{share} % fewer than the {before} of {night}; at least {100 * floor:.0f} % must come again"
        if now < before
        else f"{share} % more than the {before} of {night}; at most {100 * ceiling:.0f} % can come at once"
    )
    return Finding(entity=entity, check="volume", severity="critical", message=f"{what}, {told}.")


def freshness_findings(run: OpenedRun, contract: Contract, *, hours: Decimal) -> Iterator[Finding]:
    """Whether the snapshot was taken after the end of its day, and not too long after."""
    end = end_of(run.night, contract.time_zone)
    latest = end + timedelta(hours=float(hours))
    if end <= run.snapshot_at <= latest:
        return
    shows = (
        "before the day had ended"
        if run.snapshot_at < end
        else f"more than {hours} hours after the day's end"
    )
    yield Finding(
        entity="delivery",
        column="snapshot_at",
        check="freshness",
        severity="critical",
        message=f"the snapshot of {run.night} was taken at {run.snapshot_at.isoformat()}, {shows}: it does "
        "not show the state of that night.",
    )
