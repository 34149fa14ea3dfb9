"""Versions of rows in raw: the SQL that opens and ends intervals ``[_night_from, _night_to)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.promise import count_broken
from o7_warehouse.raw_indexes import ensure_indexes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity

# Whether there is any row in raw at all, and whether any is open.
HELD = "select exists (select from {raw}), exists (select from {raw} where _night_to = 'infinity')"
FIRST_LOAD = """
insert into {raw} ({columns}, _night_from, _row_hash, _batch_id)
select {columns}, %(night)s, {row_hash}, _batch_id from {landing}
"""
# Tonight's rows against the open ones, by their hash. `pairs` tells whether every match was one to one: with
# n copies here and m there a hash makes n * m pairs, which is both n and m only when each is one.
COMPARE = """
create temporary table change on commit drop as
select
    count(tonight.place) filter (where known.place is not null) as pairs,
    array_agg(tonight.place) filter (where known.place is null) as new_places,
    array_agg(known.place) filter (where tonight.place is null) as gone_places
from (select ctid as place, {row_hash} as row_hash from {landing}) as tonight
full join (
    select ctid as place, _row_hash as row_hash from {raw} where _night_to = 'infinity'
) as known on known.row_hash = tonight.row_hash
"""
CLOSE_GONE = """
update {raw} set _night_to = %(night)s
where ctid = any(array(select unnest(gone_places) from pg_temp.change))
"""
OPEN_NEW = """
insert into {raw} ({columns}, _night_from, _row_hash, _batch_id)
select {columns}, %(night)s, {row_hash}, _batch_id
from {landing}
where ctid = any(array(select unnest(new_places) from pg_temp.change))
"""
ONE_TO_ONE = """
select
    pairs, coalesce(cardinality(new_places), 0), coalesce(cardinality(gone_places), 0),
    (select count(*) from {landing}),
    (select count(*) from {raw} where _night_to = 'infinity')
from pg_temp.change
"""
# Rows with more than one copy somewhere: the surplus in raw ends, what is missing there begins.
CLOSE_COPIES = """
with

tonight as (select {row_hash} as row_hash, count(*) as wanted from {landing} group by 1),

copies as (
    select ctid as place, _row_hash as row_hash, row_number() over (partition by _row_hash) as copy
    from {raw} where _night_to = 'infinity'
)

update {raw} as known set _night_to = %(night)s
from copies inner join tonight on tonight.row_hash = copies.row_hash
where known.ctid = copies.place and copies.copy > tonight.wanted
"""
OPEN_COPIES = """
with

known as (select _row_hash, count(*) as present from {raw} where _night_to = 'infinity' group by 1),

copies as (
    select landed.*, row_number() over (partition by landed.row_hash) as copy
    from (select *, {row_hash} as row_hash from {landing}) as landed
)

insert into {raw} ({columns}, _night_from, _row_hash, _batch_id)
select {columns}, %(night)s, copies.row_hash, copies._batch_id
from copies inner join known on known._row_hash = copies.row_hash
where copies.copy > known.present
"""
# Statistics are made anew when more than this share of an entity's rows has changed. Of the columns rows are joined
# by, and from a tenth of the usual sample: what reads raw takes whole nights and wants their size; statistics of
# every column cost more than half of what the rows did.
STALE_SHARE = 0.05
ANALYZE = "set local default_statistics_target = 10; analyze {raw} ({keys})"
# Two multisets of hashes are equal when their sizes and sums are, but for a chance of one in 2^64.
ARE_EQUAL = """
select
    (select (count(*), coalesce(sum({row_hash}), 0)) from {landing})
    = (select (count(*), coalesce(sum(_row_hash), 0)) from {raw} where _night_to = 'infinity'),
    (select count(*) from {raw} where _night_to = 'infinity')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of an entity's landed rows.

    ``rows`` are the night's rows in raw; ``are_exact`` says that they are the landed ones. ``rows_broken`` of them are
    other ones than the night before and say that they are not (:mod:`o7_warehouse.changes.promise`).
    """

    rows_landed: int
    rows: int
    rows_new: int
    rows_closed: int
    are_exact: bool
    rows_broken: int = 0


def load_entity(cursor: Cursor, entity: Entity, *, night: date, unmoved_before: str | None = None) -> Loaded:
    """Make the landed rows of an entity its rows of ``night``, which is newer than every night in raw.

    ``unmoved_before``: rows whose cursor is older than this instant must not have changed; None asks nothing.
    """
    cursor.execute(statement(HELD, entity))
    [(has_rows, has_open_rows)] = cursor.fetchall()
    if not has_rows:
        # A table emptied in this very transaction goes to disk whole at its end, not row by row to the log.
        cursor.execute(statement("truncate {raw}", entity))
    given = {"night": night, "unmoved_before": unmoved_before}
    loaded = (_load_changes if has_open_rows else _load_first)(cursor, entity, given)
    refresh_statistics(cursor, entity, loaded)
    return loaded


def refresh_statistics(cursor: Cursor, entity: Entity, loaded: Loaded) -> None:
    """Let the planner know of a night that changed much."""
    # What follows reads raw within seconds, before autovacuum has looked; a planner that takes a table for
    # empty joins it row by row. A few changed rows are left to autovacuum.
    if loaded.rows_new + loaded.rows_closed > STALE_SHARE * loaded.rows:
        cursor.execute(statement(ANALYZE, entity))


def _load_first(cursor: Cursor, entity: Entity, given: Mapping[str, object]) -> Loaded:
    # Every row of landing goes in where no open row was, so what went in is what lay there and what is there now.
    # Counting it once more would read all of raw again, a tenth of what the load costs.
    rows_new = changed_rows(cursor, FIRST_LOAD, entity, given)
    return Loaded(rows_landed=rows_new, rows=rows_new, rows_new=rows_new, rows_closed=0, are_exact=True)


def _load_changes(cursor: Cursor, entity: Entity, given: Mapping[str, object]) -> Loaded:
    ensure_indexes(cursor, entity)
    cursor.execute(statement(COMPARE, entity))
    broken = count_broken(cursor, entity, given["unmoved_before"]) if given["unmoved_before"] else 0
    rows_closed = changed_rows(cursor, CLOSE_GONE, entity, given)
    rows_new = changed_rows(cursor, OPEN_NEW, entity, given)
    cursor.execute(statement(ONE_TO_ONE, entity))
    [(pairs, new, gone, rows_landed, rows)] = cursor.fetchall()
    are_exact = (new, gone) == (rows_new, rows_closed) and pairs + new == rows_landed == rows
    if not are_exact:
        rows_closed += changed_rows(cursor, CLOSE_COPIES, entity, given)
        rows_new += changed_rows(cursor, OPEN_COPIES, entity, given)
        cursor.execute(statement(ARE_EQUAL, entity))
        [(are_exact, rows)] = cursor.fetchall()
    cursor.execute("drop table pg_temp.change")
    return Loaded(
        rows_landed=rows_landed,
        rows=rows,
        rows_new=rows_new,
        rows_closed=rows_closed,
        are_exact=are_exact,
        rows_broken=broken,
    )


def undo_entity(cursor: Cursor, entity: Entity, *, night: date) -> None:
    """Take the newest night's changes back: what began with it goes, what ended with it is open again."""
    cursor.execute(statement("delete from {raw} where _night_from = %(night)s", entity), {"night": night})
    cursor.execute(
        statement("update {raw} set _night_to = 'infinity' where _night_to = %(night)s", entity),
        {"night": night},
    )


def row_hash(columns: tuple[str, ...]) -> sql.Composed:
    """The hash over the contract's columns: of each the hash under its own seed, all of them XORed.

    A missing value adds nothing, so a column appended to the contract makes no row a new one as long as it is empty.
    The seed is the column's place, so that a value in another column is another row. Takes 60 % of what the hash of
    a record does, for no record is made.
    """
    of_columns = (
        sql.SQL("coalesce(hashtextextended({}, {}), 0)").format(sql.Identifier(name), sql.Literal(place))
        for place, name in enumerate(columns, start=1)
    )
    return sql.SQL("({})").format(sql.SQL(" # ").join(of_columns))


def changed_rows(cursor: Cursor, template: str, entity: Entity, given: Mapping[str, object]) -> int:
    """Run a statement about an entity; returns how many rows it changed."""
    cursor.execute(statement(template, entity), given)
    return cursor.rowcount


def statement(template: str, entity: Entity) -> sql.Composed:
    """A statement of this module about an entity."""
    return sql.SQL(template).format(
        raw=sql.Identifier("raw_o7", entity.name),
        landing=sql.Identifier("landing", entity.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, entity.column_names)),
        row_hash=row_hash(entity.column_names),
        keys=sql.SQL(", ").join(
            map(sql.Identifier, dict.fromkeys(("source_id", *entity.parents, "_row_hash", "_night_to")))
        ),
    )
