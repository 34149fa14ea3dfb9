"""From what changed to intervals of raw: the rows of replaced keys against those that landed under them.

A landed row that is the open one stays as it is, copy by copy; other open rows of these keys end, other landed ones
begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.tonight import landing_of, raw_of, replaced_rows
from o7_warehouse.raw_indexes import ensure_indexes
from o7_warehouse.versions import Loaded, refresh_statistics, row_hash

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity

_MOVE: Final = """
    with
    tonight as (
        select place, row_hash, row_number() over (partition by row_hash order by place) as copy
        from (select ctid as place, {row_hash} as row_hash from {landing}) as landed
    ),
    known as (
        select place, row_hash, row_number() over (partition by row_hash order by place) as copy
        from (select known.ctid as place, known._row_hash as row_hash from {replaced_rows}) as open
    ),
    compared as materialized (
        select tonight.place as new_place, known.place as old_place
        from tonight full join known on known.row_hash = tonight.row_hash and known.copy = tonight.copy
    ),
    ended as (
        update {raw} set _night_to = {night}
        where ctid = any(array(select old_place from compared where new_place is null))
        returning 1
    ),
    begun as (
        insert into {raw} ({columns}, _night_from, _row_hash, _batch_id)
        select {columns}, {night}, {row_hash}, _batch_id
        from {landing} where ctid = any(array(select new_place from compared where old_place is null))
        returning 1
    )
    select
        (select count(*) from begun), (select count(*) from ended), count(new_place), count(old_place),
        count(*) filter (where new_place is not null and old_place is not null)
    from compared
"""


def load_changed(cursor: Cursor, entity: Entity, *, night: date, rows: int) -> Loaded:
    """Make the landed changes of an entity, of which raw has ``rows`` open ones, its rows of ``night``."""
    ensure_indexes(cursor, entity)
    parts = {
        "row_hash": row_hash(entity.column_names), "landing": landing_of(entity), "raw": raw_of(entity),
        "replaced_rows": replaced_rows(entity), "night": sql.Literal(night),
        "columns": sql.SQL(", ").join(map(sql.Identifier, entity.column_names)),
    }  # fmt: skip
    cursor.execute(sql.SQL(_MOVE).format(**parts))
    [(new, closed, landed, known, pairs)] = cursor.fetchall()
    loaded = Loaded(
        rows_landed=landed,
        rows=rows - closed + new,
        rows_new=new,
        rows_closed=closed,
        # Pairs are equal copy by copy; every other landed row begins, and every other open one of these keys ends.
        are_exact=(pairs + new, pairs + closed) == (landed, known),
    )
    refresh_statistics(cursor, entity, loaded)
    return loaded
