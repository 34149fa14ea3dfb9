"""The relations ``gate.<entity>``: the rows of the night under examination, with all a rule may look at.

Every view has the columns of the contract as text, ``the_night``, ``copies`` (rows with the same key),
``<column>_exists`` for every column that points to another row, what the helpers of its rules give, and the terms
its rules share.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.rules import EntityRules, Helper

NIGHT_OF: Final = re.compile(r"\bnight\.([a-z_]+)\b")
THE_NIGHT: Final = re.compile(r"\bthe_night\b")
ROLE: Final = "o7_gate"
GATE: Final = "gate"
# Relations that nobody else sees and that end with their transaction, beside whatever night is at work in ``gate``.
ASIDE: Final = "pg_temp"
# What the view of an entity's changed rows is called beside the one of all of them.
CHANGED: Final = "__changed"


def make_relations(
    cursor: Cursor, *, contract: Contract, registry: Sequence[EntityRules], night: date, schema: str = GATE
) -> None:
    """Make every relation of the night anew; those of the night before are gone. ``schema``: GATE or ASIDE."""
    if schema == GATE:
        forget_relations(cursor)
    begin_tables(cursor, schema)
    for step in table_steps(contract, registry, night, schema):
        step(cursor)
    make_views(cursor, contract=contract, registry=registry, night=night, schema=schema)


def begin_tables(cursor: Cursor, schema: str = GATE) -> None:
    """Make the table that every entity adds its repeated keys to."""
    cursor.execute(
        sql.SQL(
            "create {} {} (entity text not null, source_id text not null, copies bigint not null,"
            " primary key (entity, source_id))"
        ).format(_table_in(schema), repeated(schema))
    )


def table_steps(
    contract: Contract,
    registry: Iterable[EntityRules],
    night: date,
    schema: str = GATE,
    *,
    same: Container[str] = (),
) -> list[Callable[[Cursor], None]]:
    """What makes the keys of entities that others point to, the repeated keys and the helpers, in any order.

    Tables named in ``same`` are left to somebody else.
    """
    parents = parents_of(contract)
    keys = [
        partial(_count_keys, entity=entity.name, schema=schema, night=night, is_parent=entity.name in parents)
        for entity in contract.entities
        if keys_of(entity.name).strings[-1] not in same
    ]
    helpers = [
        partial(_make_helper, entity=group.entity, helper=helper, schema=schema, night=night)
        for group in registry
        for helper in group.helpers
        if helper_table(group.entity, helper).strings[-1] not in same
    ]
    return [*helpers, *keys]


def make_views(
    cursor: Cursor, *, contract: Contract, registry: Iterable[EntityRules], night: date, schema: str = GATE
) -> None:
    """Make the view of every entity over the rows of the night."""
    cursor.execute(sql.SQL("analyze {}").format(repeated(schema)))
    groups = {group.entity: group for group in registry}
    for entity in contract.entities:
        cursor.execute(view_of(entity, groups[entity.name], night, schema))


def parents_of(contract: Contract) -> frozenset[str]:
    """The entities that rows of others point to."""
    return frozenset(parent for entity in contract.entities for parent in entity.parents.values())


def changed_view(entity: str) -> sql.Identifier:
    """The view of an entity's rows that must be looked at again (:mod:`o7_warehouse.gate_touched`)."""
    return sql.Identifier(GATE, f"{entity}{CHANGED}")


def rows_of(entity: str, night: date) -> sql.Composed:
    """A sub-query: the rows of an entity as they stood on the night."""
    return sql.SQL("(select * from {} where _night_from <= {night} and _night_to > {night})").format(
        sql.Identifier("raw_o7", entity), night=_date(night)
    )


def view_of(
    entity: Entity,
    group: EntityRules,
    night: date,
    schema: str = GATE,
    *,
    view: sql.Identifier | None = None,
    of: sql.Composable | None = None,
) -> sql.Composed:
    """The statement that makes the view of an entity; ``view`` and ``of`` name another one, of some of the rows."""
    rows = _row_of_the_night(entity, group, night, schema, of or rows_of(entity.name, night))
    return _with_terms(view or sql.Identifier(schema, entity.name), group, rows)


def _with_terms(view: sql.Identifier, group: EntityRules, rows: sql.Composed) -> sql.Composed:
    terms = [
        sql.SQL(", {} as {}").format(literally(expression), sql.Identifier(name))
        for name, expression in group.terms
    ]
    # `offset 0` keeps the planner from writing a term out again wherever it is named. A column nobody names is
    # not worked out all the same.
    return sql.SQL(
        "create view {} as select row_of_the_night.*{} from ({}) as row_of_the_night offset 0"
    ).format(view, sql.Composed(terms), rows)


def _row_of_the_night(
    entity: Entity, group: EntityRules, night: date, schema: str, delivered: sql.Composable
) -> sql.Composed:
    columns: list[sql.Composable] = [
        sql.SQL("delivered.{}").format(sql.Identifier(name)) for name in entity.column_names
    ]
    columns += [
        sql.SQL("delivered._row_hash"),
        sql.SQL("{} as the_night").format(_date(night)),
        sql.SQL("coalesce(repeated_key.copies, 1) as copies"),
    ]
    joins = [
        sql.SQL(
            "left join {} as repeated_key on repeated_key.entity = {} and repeated_key.source_id = delivered.source_id"
        ).format(repeated(schema), sql.Literal(entity.name))
    ]
    for column, parent in entity.parents.items():
        alias = sql.Identifier(f"{column}_parent")
        columns.append(
            sql.SQL("{}.source_id is not null as {}").format(alias, sql.Identifier(f"{column}_exists"))
        )
        joins.append(
            sql.SQL("left join {} as {alias} on {alias}.source_id = delivered.{column}").format(
                keys_of(parent, schema), alias=alias, column=sql.Identifier(column)
            )
        )
    for helper in group.helpers:
        alias = sql.Identifier(f"helper_{helper.name}")
        columns += [sql.SQL("{}.{}").format(alias, sql.Identifier(name)) for name in helper.gives]
        joins.append(
            sql.SQL("left join {} as {alias} on {alias}.key = {on}").format(
                helper_table(entity.name, helper, schema), alias=alias, on=literally(helper.joined_on)
            )
        )
    return sql.SQL("select {} from {} as delivered {}").format(
        sql.SQL(", ").join(columns), delivered, sql.SQL(" ").join(joins)
    )


def forget_relations(cursor: Cursor, *, keeping: Callable[[str], bool] = lambda _: False) -> None:
    """Drop what is in ``gate``, but for tables to be kept by their names; the next examination makes its own."""
    cursor.execute(
        "select relation.relkind = 'v', relation.relname from pg_catalog.pg_class as relation"
        " where relation.relnamespace = 'gate'::regnamespace and relation.relkind in ('v', 'r')"
    )
    found = cursor.fetchall()
    views = [sql.Identifier(GATE, name) for is_view, name in found if is_view]
    tables = [sql.Identifier(GATE, name) for is_view, name in found if not is_view and not keeping(name)]
    # Views look at one another: they go together, and before what they look at.
    for kind, names in (("view", views), ("table", tables)):
        if names:
            cursor.execute(sql.SQL("drop {} {}").format(sql.SQL(kind), sql.SQL(", ").join(names)))


def _count_keys(cursor: Cursor, *, entity: str, schema: str, night: date, is_parent: bool) -> None:
    counted = sql.SQL(
        "select source_id, count(*) as copies from {} as delivered where source_id is not null"
    ).format(rows_of(entity, night))
    if is_parent:
        keys = keys_of(entity, schema)
        cursor.execute(
            sql.SQL("create {} {} as {} group by source_id").format(_table_in(schema), keys, counted)
        )
        cursor.execute(sql.SQL("alter table {} add primary key (source_id)").format(keys))
        cursor.execute(sql.SQL("analyze {}").format(keys))
        more = sql.SQL("select source_id, copies from {} where copies > 1").format(keys)
    else:
        more = sql.SQL("{} group by source_id having count(*) > 1").format(counted)
    cursor.execute(
        sql.SQL(
            "insert into {} (entity, source_id, copies) select {}, source_id, copies from ({}) as repeated"
        ).format(repeated(schema), sql.Literal(entity), more)
    )


def _make_helper(cursor: Cursor, *, entity: str, helper: Helper, schema: str, night: date) -> None:
    table = helper_table(entity, helper, schema)
    select = THE_NIGHT.sub(_date(night).as_string(cursor), helper.select)
    select = NIGHT_OF.sub(lambda found: rows_of(found[1], night).as_string(cursor), select)
    cursor.execute(sql.SQL("create {} {} as {}").format(_table_in(schema), table, literally(select)))
    # Two rows for one key would double the rows of the view: a helper that does so is refused here.
    cursor.execute(sql.SQL("alter table {} add primary key (key)").format(table))
    cursor.execute(sql.SQL("analyze {}").format(table))


def _table_in(schema: str) -> sql.SQL:
    return sql.SQL("table" if schema == ASIDE else "unlogged table")


def repeated(schema: str = GATE, *, suffix: str = "") -> sql.Identifier:
    """The table of keys that more rows of an entity have than one."""
    return sql.Identifier(schema, f"repeated_key{suffix}")


def keys_of(entity: str, schema: str = GATE, *, suffix: str = "") -> sql.Identifier:
    """The table of an entity's keys, that others point to."""
    return sql.Identifier(schema, f"key_of_{entity}{suffix}")


def helper_table(entity: str, helper: Helper, schema: str = GATE, *, suffix: str = "") -> sql.Identifier:
    """The table of what a helper gives by its key."""
    return sql.Identifier(schema, f"{entity}__{helper.name}{suffix}")


def literally(statement: str) -> sql.SQL:
    """SQL of the registry, which only we write; executed without parameters, so that % is only %."""
    return sql.SQL(statement)


def _date(night: date) -> sql.Composed:
    return sql.SQL("date {}").format(sql.Literal(night.isoformat()))
