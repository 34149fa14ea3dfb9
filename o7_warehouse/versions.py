"""Versions of rows in raw: the SQL that opens and ends intervals ``[_night_from, _night_to)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg2 import sql

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity

FIRST_LOAD = """
insert into {raw} ({columns}, _night_from, _row_hash, _batch_id)
select {columns}, %(night)s, {row_hash}, _batch_id from {landing}
"""
# Where each row of tonight lies, and its hash: narrow, so that two joins over it stay in memory.
HASH_TONIGHT = """
create temporary table tonight on commit drop as
select ctid as place, {row_hash} as row_hash from {landing}
"""
CLOSE_GONE = """
update {raw} as known set _night_to = %(night)s
where known._night_to = 'infinity'
    and not exists (select from pg_temp.tonight where tonight.row_hash = known._row_hash)
"""
OPEN_NEW = """
insert into {raw} ({columns}, _night_from, _row_hash, _batch_id)
select {columns}, %(night)s, tonight.row_hash, landed._batch_id
from pg_temp.tonight
inner join {landing} as landed on landed.ctid = tonight.place
where not exists (
    select from {raw} as known where known._night_to = 'infinity' and known._row_hash = tonight.row_hash
)
"""
# Two multisets of hashes are equal when their sizes and sums are, but for a chance of one in 2^64.
COMPARE = """
select
    (select count(*) from {landing}),
    known.row_count,
    known.hash_sum is not distinct from (select sum(row_hash) from pg_temp.tonight)
from (
    select count(*) as row_count, sum(_row_hash) as hash_sum from {raw} where _night_to = 'infinity'
) as known
"""
# A row of which there were more copies last night, or are more tonight.
CLOSE_COPIES = """
update {raw} as known set _night_to = %(night)s
from (
    select copies.place
    from (
        select ctid as place, _row_hash as row_hash, row_number() over (partition by _row_hash) as copy
        from {raw} where _night_to = 'infinity'
    ) as copies
    inner join (select row_hash, count(*) as wanted from pg_temp.tonight group by row_hash) as counted
        on counted.row_hash = copies.row_hash
    where copies.copy > counted.wanted
) as surplus
where known.ctid = surplus.place
"""
OPEN_COPIES = """
insert into {raw} ({columns}, _night_from, _row_hash, _batch_id)
select {columns}, %(night)s, missing.row_hash, landed._batch_id
from (
    select copies.place, copies.row_hash
    from (
        select place, row_hash, row_number() over (partition by row_hash) as copy from pg_temp.tonight
    ) as copies
    inner join (
        select _row_hash, count(*) as present from {raw} where _night_to = 'infinity' group by _row_hash
    ) as counted on counted._row_hash = copies.row_hash
    where copies.copy > counted.present
) as missing
inner join {landing} as landed on landed.ctid = missing.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of an entity's landed rows.

    ``rows`` are the night's rows in raw, counted there afterwards; ``are_exact`` says that they are the
    landed ones.
    """

    rows_landed: int
    rows: int
    rows_new: int
    rows_closed: int
    are_exact: bool


def load_entity(cursor: Cursor, entity: Entity, *, night: date) -> Loaded:
    """Make the landed rows of an entity its rows of ``night``, which is newer than every night in raw."""
    cursor.execute(_sql("select exists (select from {raw} where _night_to = 'infinity')", entity))
    [(is_known,)] = cursor.fetchall()
    given = {"night": night}
    if not is_known:
        cursor.execute(_sql(FIRST_LOAD, entity), given)
        rows_new = cursor.rowcount
        cursor.execute(
            _sql(
                "select (select count(*) from {landing}), count(*) from {raw} where _night_to = 'infinity'",
                entity,
            )
        )
        [(rows_landed, rows)] = cursor.fetchall()
        return Loaded(
            rows_landed=rows_landed,
            rows=rows,
            rows_new=rows_new,
            rows_closed=0,
            are_exact=rows_landed == rows,
        )
    cursor.execute(_sql(HASH_TONIGHT, entity))
    rows_closed = _changed(cursor, CLOSE_GONE, entity, given)
    rows_new = _changed(cursor, OPEN_NEW, entity, given)
    rows_landed, rows, are_equal = _compared(cursor, entity)
    if not are_equal:
        rows_closed += _changed(cursor, CLOSE_COPIES, entity, given)
        rows_new += _changed(cursor, OPEN_COPIES, entity, given)
        rows_landed, rows, are_equal = _compared(cursor, entity)
    cursor.execute("drop table pg_temp.tonight")
    return Loaded(
        rows_landed=rows_landed,
        rows=rows,
        rows_new=rows_new,
        rows_closed=rows_closed,
        are_exact=are_equal,
    )


def undo_entity(cursor: Cursor, entity: Entity, *, night: date) -> None:
    """Take the newest night's changes back: what began with it goes, what ended with it is open again."""
    cursor.execute(_sql("delete from {raw} where _night_from = %(night)s", entity), {"night": night})
    cursor.execute(
        _sql("update {raw} set _night_to = 'infinity' where _night_to = %(night)s", entity), {"night": night}
    )


def row_hash(columns: tuple[str, ...]) -> sql.Composed:
    """The hash over the contract's columns, last column first.

    A missing value in the first place adds nothing to the hash, so a column appended to the contract does not
    make every row a new one as long as it is empty.
    """
    names = sql.SQL(", ").join(sql.Identifier(name) for name in reversed(columns))
    return sql.SQL("hash_record_extended(row({}), 0)").format(names)


def _changed(cursor: Cursor, template: str, entity: Entity, given: dict[str, date]) -> int:
    cursor.execute(_sql(template, entity), given)
    return cursor.rowcount


def _compared(cursor: Cursor, entity: Entity) -> tuple[int, int, bool]:
    cursor.execute(_sql(COMPARE, entity))
    [(rows_landed, rows, have_equal_sums)] = cursor.fetchall()
    return rows_landed, rows, rows_landed == rows and have_equal_sums


def _sql(template: str, entity: Entity) -> sql.Composed:
    return sql.SQL(template).format(
        raw=sql.Identifier("raw_o7", entity.name),
        landing=sql.Identifier("landing", entity.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, entity.column_names)),
        row_hash=row_hash(entity.column_names),
    )
