"""The tables that an earlier night was examined with, kept beside tonight's: to be compared, or taken as they are."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.gate_relations import (
    GATE,
    NIGHT_OF,
    forget_relations,
    helper_table,
    keys_of,
    parents_of,
    repeated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.rules import EntityRules

# What a table of an earlier night is called beside tonight's.
BEFORE: Final = "__before"
_TABLES: Final = """
    select relation.relname from pg_catalog.pg_class as relation
    where relation.relnamespace = 'gate'::regnamespace and relation.relkind = 'r' order by relation.relname
"""
_ANY: Final = """
    select
        exists (select from {raw} where _night_from > {since} and _night_from <= {night})
        or exists (select from {raw} where _night_to > {since} and _night_to <= {night})
"""
MADE_FOR: Final = "made_for"
# What a helper may read besides rows of the night: the night itself, and the catalogues.
MOVING: Final = re.compile(r"\bthe_night\b|\bcatalogue\.")


def keep_before(cursor: Cursor, run_id: str) -> bool:
    """Keep the tables that a run's examination was made with, beside those of the next; whether they are there.

    Everything else in ``gate`` is dropped.
    """
    if _made_for(cursor, "") == run_id:
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        kept = [name for name in names if not name.endswith((BEFORE, "__touched", "__rows"))]
        forget_relations(cursor, keeping=lambda name: name in kept)
        for name in kept:
            cursor.execute(
                sql.SQL("alter table {} rename to {}").format(
                    sql.Identifier(GATE, name), sql.Identifier(f"{name}{BEFORE}")
                )
            )
        return True
    # The run that looked at the night after it has come no further than its relations.
    is_kept = _made_for(cursor, BEFORE) == run_id
    forget_relations(cursor, keeping=lambda name: is_kept and name.endswith(BEFORE))
    return is_kept


def mark(cursor: Cursor, run_id: str) -> None:
    """Note whose relations these are; a crash of the server empties the note together with them."""
    made_for = sql.Identifier(GATE, MADE_FOR)
    cursor.execute(
        sql.SQL("create unlogged table {} as select {}::uuid as run_id").format(made_for, sql.Literal(run_id))
    )


def _made_for(cursor: Cursor, suffix: str) -> str | None:
    cursor.execute("select to_regclass(%s) is not null", (f"{GATE}.{MADE_FOR}{suffix}",))
    if cursor.fetchall() == [(False,)]:
        return None
    cursor.execute(sql.SQL("select run_id::text from {}").format(sql.Identifier(GATE, f"{MADE_FOR}{suffix}")))
    found = cursor.fetchone()
    return found[0] if found else None


def same_as_before(
    cursor: Cursor, *, contract: Contract, registry: Iterable[EntityRules], night: date, since: date
) -> frozenset[str]:
    """The tables of keys and helpers that read nothing but rows of which none began or ended since."""
    unchanged = set()
    for entity in contract.entities:
        raw = sql.Identifier("raw_o7", entity.name)
        cursor.execute(sql.SQL(_ANY).format(raw=raw, since=sql.Literal(since), night=sql.Literal(night)))
        if cursor.fetchall() == [(False,)]:
            unchanged.add(entity.name)
    helpers = {
        helper_table(group.entity, helper).strings[-1]
        for group in registry
        for helper in group.helpers
        if unchanged.issuperset(NIGHT_OF.findall(helper.select)) and not MOVING.search(helper.select)
    }
    return frozenset({keys_of(entity).strings[-1] for entity in unchanged} | helpers)


def copy_steps(contract: Contract, same: Collection[str]) -> list[Callable[[Cursor], None]]:
    """What makes these tables of those of the earlier night."""
    parents = parents_of(contract)
    tables = dict.fromkeys((keys_of(parent).strings[-1] for parent in parents), "source_id")
    keys = {keys_of(entity.name).strings[-1]: entity.name for entity in contract.entities}
    steps: list[Callable[[Cursor], None]] = [
        partial(_copy, name=name, key=tables.get(name, "key"))
        for name in same
        if name in tables or name not in keys
    ]
    return [*steps, *(partial(_copy_repeated, entity=keys[name]) for name in same if name in keys)]


def _copy(cursor: Cursor, *, name: str, key: str) -> None:
    cursor.execute(
        sql.SQL(
            "create unlogged table {table} as table {before};"
            " alter table {table} add primary key ({key}); analyze {table}"
        ).format(
            table=sql.Identifier(GATE, name),
            before=sql.Identifier(GATE, f"{name}{BEFORE}"),
            key=sql.Identifier(key),
        )
    )


def _copy_repeated(cursor: Cursor, *, entity: str) -> None:
    cursor.execute(
        sql.SQL("insert into {} select * from {} where entity = {}").format(
            repeated(), repeated(suffix=BEFORE), sql.Literal(entity)
        )
    )
