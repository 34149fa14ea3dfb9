"""Is there about as much as last night, by entity and municipality, and is the snapshot fresh."""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.delivery_findings import Finding
from o7_warehouse.runs import OpenedRun, end_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from decimal import Decimal

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract

# What tonight is compared with: the last night before it; where it is the first one and comes again, itself.
LAST = """(
    select coalesce(max(night) filter (where night < %(night)s), max(night) filter (where night = %(night)s))
    from raw_o7.night
)"""
# Below these numbers of rows last night a tenth less is chance, not a broken export.
LEAST_ROWS = 20
LEAST_ROWS_OF_MUNICIPALITY = 100


def count_volumes(cursor: Cursor, contract: Contract) -> None:
    """Count the landed rows by entity and municipality of the owner school, for this check and the next one.

    Rows of an unknown school belong to no municipality.
    """
    cursor.execute("truncate landing._volume")
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


def volume_findings(cursor: Cursor, run: OpenedRun, *, floor: Decimal) -> Iterator[Finding]:
    """Every entity, and every municipality of one, with fewer rows than the floor after the last night."""
    short = _short_entities(cursor, run, floor)
    yield from short.values()
    yield from _short_municipalities(cursor, run, floor, known=short.keys())


def _short_entities(cursor: Cursor, run: OpenedRun, floor: Decimal) -> dict[str, Finding]:
    cursor.execute(
        f"""
        select last.night, last.entity, last.rows_landed, tonight.rows_landed
        from raw_o7.load_record as last
        inner join landing._delivery as tonight on tonight.entity = last.entity
        where last.night = {LAST}
            and tonight.is_delivered and tonight.rows_landed > 0
            and last.rows_landed >= %(least)s and tonight.rows_landed < last.rows_landed * %(floor)s
        order by last.entity
        """,
        {"night": run.night, "floor": floor, "least": LEAST_ROWS},
    )
    return {
        entity: _fewer(entity, f"{entity} has {now} rows", night=night, before=before, now=now, floor=floor)
        for night, entity, before, now in cursor.fetchall()
    }


def _short_municipalities(
    cursor: Cursor, run: OpenedRun, floor: Decimal, *, known: Container[str]
) -> Iterator[Finding]:
    cursor.execute(
        f"""
        select last.night, last.entity, last.oktmo, last.row_count, coalesce(tonight.row_count, 0)
        from raw_o7.volume as last
        inner join landing._delivery as delivered on delivered.entity = last.entity and delivered.rows_landed > 0
        left join landing._volume as tonight on tonight.entity = last.entity and tonight.oktmo = last.oktmo
        where last.night = {LAST}
            and last.row_count >= %(least)s
            and coalesce(tonight.row_count, 0) < last.row_count * %(floor)s
        order by last.entity, last.oktmo
        """,
        {"night": run.night, "floor": floor, "least": LEAST_ROWS_OF_MUNICIPALITY},
    )
    for night, entity, oktmo, before, now in cursor.fetchall():
        if entity not in known:
            what = f"{entity} of municipality {oktmo} has {now} rows"
            yield _fewer(entity, what, night=night, before=before, now=now, floor=floor)


def _fewer(entity: str, what: str, *, night: object, before: int, now: int, floor: Decimal) -> Finding:
    lost = round(100 * (before - now) / before)
    return Finding(
        entity=entity,
        check="volume",
        severity="critical",
        message=f"{what}, {lost} % fewer than the {before} of {night}; at least {100 * floor:.0f} % must "
        "come again.",
    )


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
