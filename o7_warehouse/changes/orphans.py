"""Rows that lead nowhere on a night of changes: those of the base, moved on by what came and went at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.fingerprint import key_hash
from o7_warehouse.changes.tonight import is_replaced, landing_of, raw_of, replaced_rows

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Column, Entity

    # Child, its column, whether a row without a link counts, too.
    Link = tuple[Entity, Column, bool]

# Parents that went, and parents that came: keys that are there no more, and keys that were not there before.
_PARENTS: Final = """
    create temporary table parent on commit drop as
    select other.source_id, true as is_gone from landing._replaced as other
    where other.entity = {name} and other.source_id is not null and not exists (
        select from {landing} as landed
        where {landed_hash} = other.key_hash and landed.source_id is not distinct from other.source_id
    )
    union all
    select other.source_id, false from landing._replaced as other
    where other.entity = {name} and other.source_id is not null and other.is_there and not exists (
        select from {raw} as known
        where {known_hash} = other.key_hash and known.source_id is not distinct from other.source_id
            and known._night_to = 'infinity'
    )
"""
_ARE_THERE: Final = "select bool_or(is_gone) is true, bool_and(is_gone) is false from pg_temp.parent"
_OF_PARENT: Final = "(select source_id from pg_temp.parent where {})"
_COUNTED: Final = (
    "select child.number, sum(child.sign)::bigint from ({}) as child where {} group by child.number"
)
# A row that came leads neither to one that came nor to one that stays. `offset 0` keeps each a look into the index of
# raw's keys: of an index over an expression, and for open rows alone, the planner does not know how few it finds.
_LEADS_NOWHERE: Final = """
    not exists (select from {landing} as landed where landed.source_id = child.link)
    and not exists (
        select from {raw} as known
        where {known_hash} = {link_hash} and known.source_id = child.link and known._night_to = 'infinity'
            and known.source_id not in (select source_id from pg_temp.parent where is_gone) offset 0
    )
"""
# A row that was there led to none that was.
_LED_NOWHERE: Final = """
    not exists (
        select from {raw} as known
        where {known_hash} = {link_hash} and known.source_id = child.link and known._night_to = 'infinity' offset 0
    )
"""
_LINK_HASH: Final = "coalesce(hashtextextended(child.link, 0), 0)"
_CHILD: Final = "select {number} as number, {sign} as sign, {link} as link from {rows} where {counts}"


def orphans_moved(cursor: Cursor, parent: Entity, links: list[Link], base: list[int]) -> list[int]:
    """How many rows of each link lead to no row of ``parent`` tonight; ``base``: how many did on the base.

    Children and parent have landed by changes.
    """
    parts = {
        "name": sql.Literal(parent.name), "landing": landing_of(parent), "raw": raw_of(parent),
        "landed_hash": key_hash("landed"), "known_hash": key_hash("known"), "link_hash": sql.SQL(_LINK_HASH),
    }  # fmt: skip
    cursor.execute(sql.SQL(_PARENTS).format(**parts))
    cursor.execute(_ARE_THERE)
    [(have_gone, have_come)] = cursor.fetchall()
    some = [number for number, had in enumerate(base) if had]
    counted = list(base)
    for numbers, sign, rows, condition in (
        (range(len(links)), 1, _landed, _LEADS_NOWHERE),
        (some, -1, replaced_rows, _LED_NOWHERE),
        # Rows that stay, and whose parent is one of these.
        (
            range(len(links)) if have_gone else (),
            1,
            _staying,
            "child.link in " + _OF_PARENT.format("is_gone"),
        ),
        (some if have_come else (), -1, _staying, "child.link in " + _OF_PARENT.format("not is_gone")),
    ):
        if numbers:
            children = [_child(links[number], number, sign, rows(links[number][0])) for number in numbers]
            cursor.execute(
                sql.SQL(_COUNTED).format(
                    sql.SQL(" union all ").join(children), sql.SQL(condition).format(**parts)
                )
            )
            for number, moved in cursor.fetchall():
                counted[number] += moved
    cursor.execute("drop table pg_temp.parent")
    return counted


def _child(link: Link, number: int, sign: int, rows: sql.Composable) -> sql.Composed:
    _, column, is_owning = link
    name = sql.Identifier("known", column.name)
    return sql.SQL(_CHILD).format(
        number=sql.Literal(number), sign=sql.Literal(sign), link=name, rows=rows,
        counts=sql.SQL("true") if is_owning else sql.SQL("{} is not null").format(name),
    )  # fmt: skip


def _landed(entity: Entity) -> sql.Composed:
    return sql.SQL("{} as known").format(landing_of(entity))


def _staying(entity: Entity) -> sql.Composed:
    return sql.SQL(
        "(select * from {} as known where known._night_to = 'infinity' and not {}) as known"
    ).format(raw_of(entity), is_replaced(entity))
