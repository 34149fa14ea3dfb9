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
_RELATIONS: Final = """
    select relation.relname, relation.relkind = 'r' from pg_catalog.pg_class as relation
    where relation.relnamespace = 'gate'::regnamespace and relation.relkind in ('r', 'v') order by relation.relname
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
        cursor.execute(_RELATIONS)
        is_table = dict(cursor.fetchall())
        made = [
            name for name in is_table if is_table[name] and not name.endswith((BEFORE, "__touched", "__rows"))
        ]
        # That night took these as they were, under a view: they are its own.
        taken = [
            f"{name}{BEFORE}" for name in is_table if not is_table[name] and f"{name}{BEFORE}" in is_table
        ]
        forget_relations(cursor, keeping={*made, *taken}.__contains__)
        for name in made:
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


def take_steps(contract: Contract, same: Collection[str]) -> list[Callable[[Cursor], None]]:
    """What makes these tables of those of the earlier night: a view, for nothing in them is another."""
    parents = parents_of(contract)
    tables = {keys_of(parent).strings[-1] for parent in parents}
    keys = {keys_of(entity.name).strings[-1]: entity.name for entity in contract.entities}
    steps: list[Callable[[Cursor], None]] = [
        partial(_take, name=name) for name in same if name in tables or name not in keys
    ]
    return [*steps, *(partial(_copy_repeated, entity=keys[name]) for name in same if name in keys)]


def _take(cursor: Cursor, *, name: str) -> None:
    cursor.execute(
        sql.SQL("create view {} as table {}").format(
            sql.Identifier(GATE, name), sql.Identifier(GATE, f"{name}{BEFORE}")
        )
    )


def _copy_repeated(cursor: Cursor, *, entity: str) -> None:
    cursor.execute(
        sql.SQL("insert into {} select * from {} where entity = {}").format(
            repeated(), repeated(suffix=BEFORE), sql.Literal(entity)
        )
    )
