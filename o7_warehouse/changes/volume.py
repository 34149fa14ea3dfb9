"""Rows by entity and municipality on a night of changes: those of the base, less what goes, and what comes.

Where a school is of another municipality tonight, or the base was not counted, an entity is counted over all its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.tonight import landing_of, raw_of, replaced_rows, tonight
from o7_warehouse.contract import SCHOOL_ENTITY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.landing import Landed

_SCHOOLS: Final = """
    create temporary table school on commit drop as
    select source_id, min(municipality_oktmo) as oktmo from {tonight} as row
    where municipality_oktmo is not null group by source_id;
    analyze pg_temp.school
"""
_HAVE_MOVED: Final = """
    with before as (
        select source_id, min(municipality_oktmo) as oktmo from {raw} as row
        where municipality_oktmo is not null and _night_to = 'infinity' group by source_id
    )
    select exists (
        (select * from before except all select * from pg_temp.school)
        union all
        (select * from pg_temp.school except all select * from before)
    )
"""
_WHOLE: Final = """
    insert into landing._volume (entity, oktmo, row_count)
    select {name}, school.oktmo, sum(counted.row_count)
    from (select {owner} as org_id, count(*) as row_count from {tonight} as row group by {owner}) as counted
    inner join pg_temp.school on school.source_id = counted.org_id
    group by school.oktmo
"""
_CHANGED: Final = """
    insert into landing._volume (entity, oktmo, row_count)
    select {name}, oktmo, sum(row_count)
    from (
        select oktmo, row_count from raw_o7.volume where night = {base} and entity = {name}
        union all
        select school.oktmo, moved.row_count
        from (
            select known.{owner} as org_id, -count(*) as row_count from {replaced_rows} group by 1
            union all
            select landed.{owner}, count(*) from {landing} as landed group by 1
        ) as moved
        inner join pg_temp.school on school.source_id = moved.org_id
    ) as counted
    group by oktmo having sum(row_count) <> 0
"""


def count_by_changes(cursor: Cursor, contract: Contract, landed: Mapping[str, Landed], base: date) -> None:
    """Count tonight's rows into ``landing._volume``, which is empty."""
    school = contract.entity(SCHOOL_ENTITY)
    cursor.execute(sql.SQL(_SCHOOLS).format(tonight=tonight(school, landed[school.name])))
    cursor.execute(sql.SQL(_HAVE_MOVED).format(raw=raw_of(school)))
    [(have_moved,)] = cursor.fetchall()
    cursor.execute("select distinct entity from raw_o7.volume where night = %s", (base,))
    counted = {entity for (entity,) in cursor.fetchall()}
    for entity in contract.entities:
        if entity.owner is None:
            continue
        is_whole = have_moved or landed[entity.name].is_whole or entity.name not in counted
        cursor.execute(_statement(entity, entity.owner, landed[entity.name], base, is_whole=is_whole))


def _statement(entity: Entity, owner: str, landed: Landed, base: date, *, is_whole: bool) -> sql.Composed:
    return sql.SQL(_WHOLE if is_whole else _CHANGED).format(
        name=sql.Literal(entity.name),
        owner=sql.Identifier(owner),
        tonight=tonight(entity, landed),
        landing=landing_of(entity),
        replaced_rows=replaced_rows(entity),
        base=sql.Literal(base),
    )
