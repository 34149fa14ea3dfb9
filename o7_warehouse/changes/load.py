"""From what changed to intervals of raw: the rows of replaced keys against those that landed under them.

A landed row that is the open one stays as it is, copy by copy; other open rows of these keys end, other landed ones begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.tonight import landing_of, replaced_rows
from o7_warehouse.raw_indexes import ensure_indexes
from o7_warehouse.versions import CLOSE_GONE, OPEN_NEW, Loaded, changed_rows, refresh_statistics, row_hash

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity

_COMPARE: Final = """
    create temporary table change on commit drop as
    select
        count(*) filter (where tonight.place is not null and known.place is not null) as pairs,
        coalesce(array_agg(tonight.place) filter (where known.place is null), '{{}}') as new_places,
        coalesce(array_agg(known.place) filter (where tonight.place is null), '{{}}') as gone_places,
        count(tonight.place) as landed,
        count(known.place) as known
    from (
        select place, row_hash, row_number() over (partition by row_hash order by place) as copy
        from (select ctid as place, {row_hash} as row_hash from {landing}) as landed
    ) as tonight
    full join (
        select place, row_hash, row_number() over (partition by row_hash order by place) as copy
        from (select known.ctid as place, known._row_hash as row_hash from {replaced_rows}) as open
    ) as known on known.row_hash = tonight.row_hash and known.copy = tonight.copy
"""
# The sums are over the replaced keys' open rows, as they are now, and over what landed.
_COUNTS: Final = """
    select
        pairs, cardinality(new_places), cardinality(gone_places), landed, known,
        (select (count(*), coalesce(sum({row_hash}), 0)) from {landing})
        = (select (count(*), coalesce(sum(known._row_hash), 0)) from {replaced_rows})
    from pg_temp.change
"""


def load_changed(cursor: Cursor, entity: Entity, *, night: date, rows: int) -> Loaded:
    """Make the landed changes of an entity, of which raw has ``rows`` open ones, its rows of ``night``."""
    ensure_indexes(cursor, entity)
    parts = {
        "row_hash": row_hash(entity.column_names), "landing": landing_of(entity), "replaced_rows": replaced_rows(entity)
    }  # fmt: skip
    cursor.execute(sql.SQL(_COMPARE).format(**parts))
    given = {"night": night}
    rows_closed = changed_rows(cursor, CLOSE_GONE, entity, given)
    rows_new = changed_rows(cursor, OPEN_NEW, entity, given)
    cursor.execute(sql.SQL(_COUNTS).format(**parts))
    [(pairs, new, gone, landed, known, are_equal)] = cursor.fetchall()
    cursor.execute("drop table pg_temp.change")
    loaded = Loaded(
        rows_landed=landed,
        rows=rows - rows_closed + rows_new,
        rows_new=rows_new,
        rows_closed=rows_closed,
        are_exact=are_equal
        and (new, gone) == (rows_new, rows_closed)
        and (pairs + new, pairs + gone) == (landed, known),
    )
    refresh_statistics(cursor, entity, loaded)
    return loaded
