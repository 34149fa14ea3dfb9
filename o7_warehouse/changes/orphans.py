"""Rows that lead nowhere on a night of changes: those of the base, moved on by what came and went at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.fingerprint import key_hash
from o7_warehouse.changes.tonight import is_replaced, landing_of, raw_of, replaced_rows

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Column, Entity

# Parents that went, and parents that came: keys that were not there before, or are there no more.
_PARENTS: Final = """
    with
    gone as materialized (
        select other.source_id from landing._replaced as other
        where other.entity = {parent_name} and not exists (
            select from {parent_landing} as landed
            where {landed_hash} = other.key_hash and landed.source_id is not distinct from other.source_id
        )
    ),
    fresh as materialized (
        select other.source_id from landing._replaced as other
        where other.entity = {parent_name} and other.is_there and not exists (
            select from {parent_raw} as known
            where {known_hash} = other.key_hash and known.source_id is not distinct from other.source_id
                and known._night_to = 'infinity'
        )
    )
    select {counts}
"""
# Rows that came and lead neither to one that came nor to one that stays.
_CAME: Final = """(
    select count(*) from {landing} as came
    where {came_counts}
        and not exists (select from {parent_landing} as landed where landed.source_id = {came_link})
        and not exists (
            select from {parent_raw} as known
            where {known_hash} = coalesce(hashtextextended({came_link}, 0), 0) and known.source_id = {came_link}
                and known._night_to = 'infinity' and not {is_parent_replaced}
        )
)"""
# Rows that stay, and whose parent is one of these.
_STAY: Final = """case when exists (select from {parents}) then (
    select count(*) from {raw} as known
    where {known_link} in (select source_id from {parents}) and known._night_to = 'infinity' and not {is_replaced}
) else 0 end"""
# Rows that are replaced, and led nowhere.
_LED_NOWHERE: Final = """(
    select count(*) from {replaced_rows}
    where {known_counts} and not exists (
        select from {parent_raw} as parent
        where {parent_hash} = coalesce(hashtextextended({known_link}, 0), 0) and parent.source_id = {known_link}
            and parent._night_to = 'infinity'
    )
)"""


def orphans_moved(
    cursor: Cursor, parent: Entity, links: list[tuple[Entity, Column, bool]], base: list[int]
) -> list[int]:
    """How many rows of each link lead to no row of ``parent`` tonight; ``base``: how many did on the base.

    The third of a link says whether a row without any counts, too. Children and parent have landed by changes.
    """
    counts = [
        _count(parent, entity, column, is_owning=is_owning, had_any=had > 0)
        for (entity, column, is_owning), had in zip(links, base, strict=True)
    ]
    cursor.execute(
        sql.SQL(_PARENTS).format(
            parent_name=sql.Literal(parent.name), parent_landing=landing_of(parent), parent_raw=raw_of(parent),
            landed_hash=key_hash("landed"), known_hash=key_hash("known"), counts=sql.SQL(", ").join(counts),
        )
    )  # fmt: skip
    [moved] = cursor.fetchall()
    return [had + more for had, more in zip(base, moved, strict=True)]


def _count(
    parent: Entity, entity: Entity, column: Column, *, is_owning: bool, had_any: bool
) -> sql.Composable:
    def counts(table: str) -> sql.Composable:
        return (
            sql.SQL("true")
            if is_owning
            else sql.SQL("{} is not null").format(sql.Identifier(table, column.name))
        )

    parts = {
        "landing": landing_of(entity), "raw": raw_of(entity), "is_replaced": is_replaced(entity),
        "replaced_rows": replaced_rows(entity), "came_counts": counts("came"), "known_counts": counts("known"),
        "came_link": sql.Identifier("came", column.name), "known_link": sql.Identifier("known", column.name),
        "parent_landing": landing_of(parent), "parent_raw": raw_of(parent), "known_hash": key_hash("known"),
        "parent_hash": key_hash("parent"), "is_parent_replaced": is_replaced(parent),
    }  # fmt: skip
    moved = sql.SQL(_CAME + " + " + _STAY).format(parents=sql.Identifier("gone"), **parts)
    if not had_any:
        return moved
    less = sql.SQL(_STAY + " + " + _LED_NOWHERE).format(parents=sql.Identifier("fresh"), **parts)
    return sql.SQL("{} - ({})").format(moved, less)
