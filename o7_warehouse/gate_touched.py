"""Which rows of a night must be looked at again: those that changed since an earlier one, and those that see a change.

A rule sees the columns of its row, how many rows have its key, whether the rows it points to are there, what the
helpers give, and whether a date of these has come. So what differs between the tables of keys and helpers of the
earlier night (:mod:`o7_warehouse.gate_before`) and tonight's reaches the rows that are joined to it. Rows of one key
are looked at together, those without a key too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.gate_before import BEFORE
from o7_warehouse.gate_days import asks_for_a_day, turns
from o7_warehouse.gate_relations import (
    GATE,
    changed_view,
    helper_table,
    keys_of,
    literally,
    parents_of,
    rows_of,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.rules import EntityRules, Helper

NOTHING: Final = sql.SQL("false")
DIFFERENT: Final = sql.Identifier("pg_temp", "different")

_OWN: Final = """
    create unlogged table {touched} as
    select source_id from {raw} where _night_from > {since} and _night_from <= {night}
    union
    select source_id from {raw} where _night_to > {since} and _night_to <= {night}
    union
    select source_id from {raw} where {turns}
"""
_CAME_OR_WENT: Final = """
    create temporary table {different} on commit drop as
    select touched.source_id as key
    from {touched} as touched
    left join {before} as before on before.source_id = touched.source_id
    left join {tonight} as tonight on tonight.source_id = touched.source_id
    where (before.source_id is null) <> (tonight.source_id is null)
"""
_GIVES_OTHERWISE: Final = """
    create temporary table {different} on commit drop as
    select coalesce(before.key, tonight.key) as key
    from {before} as before full join {tonight} as tonight on tonight.key = before.key
    where ({before_gives}) is distinct from ({tonight_gives}) or {turns}
"""
_GIVES_THE_DAY: Final = """
    create temporary table {different} on commit drop as
    select tonight.key from {tonight} as tonight where {turns}
"""
_TYPES: Final = """
    select attribute.attname from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = %s::regclass and attribute.atttypid = 'date'::regtype
"""
_REACHED: Final = """
    insert into {touched}
    select delivered.source_id
    from {rows} as delivered inner join {different} as different on different.key = {joined_on}
"""
_ROWS: Final = """
    create unlogged table {looked_at} as
    select {columns} from {rows} as delivered
    where delivered.source_id in (select touched.source_id from {touched} as touched)
    union all
    select {columns} from {rows} as delivered
    where delivered.source_id is null and exists (select from {touched} as touched where touched.source_id is null)
"""


def touched(entity: str) -> sql.Identifier:
    """The table with the keys of an entity whose rows are looked at again, a null where it is those without a key."""
    return sql.Identifier(GATE, f"{entity}__touched")


def make_touched(
    cursor: Cursor,
    *,
    contract: Contract,
    registry: Iterable[EntityRules],
    night: date,
    since: date,
    same: Container[str],
) -> None:
    """Find the touched rows of every entity, and make the view of them with the terms and helpers of its rules.

    ``same``: the tables that are as they were.
    """
    groups = {group.entity: group for group in registry}
    for entity in contract.entities:
        dates = (
            turns(entity, since=since, night=night) if asks_for_a_day(groups[entity.name].rules) else NOTHING
        )
        _put(cursor, _OWN, entity.name, night=night, since=_day(since), turns=dates)
    _follow_parents(cursor, contract, night)
    for entity in contract.entities:
        group = groups[entity.name]
        for helper in group.helpers:
            is_same = helper_table(entity.name, helper).strings[-1] in same
            _follow_helper(cursor, entity.name, helper, since=since, night=night, is_same=is_same)
        _make_view(cursor, entity, group, night)


def _follow_parents(cursor: Cursor, contract: Contract, night: date) -> None:
    for parent in sorted(parents_of(contract)):
        before, tonight = keys_of(parent, suffix=BEFORE), keys_of(parent)
        _put(cursor, _CAME_OR_WENT, parent, night=night, before=before, tonight=tonight)
        if cursor.rowcount:
            for entity in contract.entities:
                for column in (name for name, of in entity.parents.items() if of == parent):
                    joined_on = sql.SQL("delivered.{}").format(sql.Identifier(column))
                    _put(cursor, _REACHED, entity.name, night=night, joined_on=joined_on)
        cursor.execute(sql.SQL("drop table {}").format(DIFFERENT))


def _follow_helper(
    cursor: Cursor, entity: str, helper: Helper, *, since: date, night: date, is_same: bool
) -> None:
    tonight = helper_table(entity, helper)
    comes = _given_day(cursor, tonight, since=since, night=night)
    if is_same:
        _put(cursor, _GIVES_THE_DAY, entity, night=night, tonight=tonight, turns=comes)
    else:
        _put(
            cursor, _GIVES_OTHERWISE, entity, night=night, tonight=tonight, turns=comes,
            before=helper_table(entity, helper, suffix=BEFORE),
            before_gives=_given("before", helper), tonight_gives=_given("tonight", helper),
        )  # fmt: skip
    if cursor.rowcount:
        _put(cursor, _REACHED, entity, night=night, joined_on=literally(helper.joined_on))
    cursor.execute(sql.SQL("drop table {}").format(DIFFERENT))


def _given_day(cursor: Cursor, tonight: sql.Identifier, *, since: date, night: date) -> sql.Composable:
    """Whether a helper gives a date that has come since."""
    cursor.execute(_TYPES, (tonight.as_string(cursor),))
    tests = [
        sql.SQL("tonight.{} between {} and {}").format(sql.Identifier(name), _day(since), _day(night))
        for (name,) in cursor.fetchall()
    ]
    return sql.SQL(" or ").join(tests) if tests else NOTHING


def _make_view(cursor: Cursor, entity: Entity, group: EntityRules, night: date) -> None:
    looked_at = sql.Identifier(GATE, f"{entity.name}__rows")
    columns = sql.SQL(", ").join(
        sql.SQL("delivered.{}").format(sql.Identifier(name)) for name in (*entity.column_names, "_row_hash")
    )
    cursor.execute(sql.SQL("analyze {}").format(touched(entity.name)))
    _put(cursor, _ROWS, entity.name, night=night, looked_at=looked_at, columns=columns)
    cursor.execute(sql.SQL("analyze {}").format(looked_at))
    cursor.execute(view_of(entity, group, night, view=changed_view(entity.name), of=looked_at))


def _given(table: str, helper: Helper) -> sql.Composed:
    names = (sql.SQL("{}.{}").format(sql.SQL(table), sql.Identifier(name)) for name in ("key", *helper.gives))
    return sql.SQL(", ").join(names)


def _put(cursor: Cursor, statement: str, entity: str, *, night: date, **given: sql.Composable) -> None:
    cursor.execute(
        sql.SQL(statement).format(
            raw=sql.Identifier("raw_o7", entity), rows=rows_of(entity, night), night=_day(night),
            touched=touched(entity), different=DIFFERENT, **given,
        )
    )  # fmt: skip


def _day(day: date) -> sql.Composed:
    return sql.SQL("date {}").format(sql.Literal(day.isoformat()))
