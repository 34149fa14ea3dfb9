"""Which rows, pseudonyms and words belong to the persons of an erasure: gathered in tables of its transaction."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.erasure.reach import TABLES, belongings, note_rows
from o7_warehouse.pseudonyms import hashed, key_in_force, pseudonym
from o7_warehouse.quarantine import begin_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.erasure.persons import Person
    from o7_warehouse.erasure.reach import Belonging
    from o7_warehouse.settings import Settings

# Shorter texts are codes and initials: they stand everywhere and find nobody.
SHORTEST: Final = 5
_MADE: Final = """
    create temporary table erased_row (
        entity text not null, place tid not null, source_id text, row_hash bigint not null,
        night_from date not null, night_to date not null
    ) on commit drop;
    create temporary table erased_key (kind text not null, key uuid not null) on commit drop
"""
_ROWS: Final = """
    insert into pg_temp.erased_row (entity, place, source_id, row_hash, night_from, night_to)
    select {name}, row.ctid, row.source_id, row._row_hash, row._night_from, row._night_to
    from {table} as row where {condition}
"""
_PSEUDONYMS: Final = """
    insert into pg_temp.erased_key (kind, key)
    select 'student', known.student_key from raw_o7.student_keys as known
    inner join pg_temp.erased_person as person on person.kind = 'student' and known.student_id = person.identity
    union all
    select 'staff', known.staff_key from raw_o7.staff_keys as known
    inner join pg_temp.erased_person as person on person.kind = 'staff' and known.staff_id = person.identity
"""
# As the gate makes the keys of failing rows (quarantine.py).
_ROW_KEYS: Final = """
    insert into pg_temp.erased_key (kind, key)
    select distinct known.entity, {key}
    from (select distinct entity, source_id from pg_temp.erased_id) as known
    cross join pg_temp.gate_pads as pads
"""


@dataclass(kw_only=True)
class Removed:
    """What went: rows by table, nights that lost rows, and words to look for afterwards, which no message may show.

    ``certain`` stand for the persons alone; ``values`` may be other people's as well.
    """

    tables: Counter[str] = field(default_factory=Counter)
    entities: set[str] = field(default_factory=set)
    nights: int = 0
    certain: set[str] = field(default_factory=set, repr=False)
    values: set[str] = field(default_factory=set, repr=False)

    @property
    def rows(self) -> int:
        """Rows of О7's entities, in all their versions."""
        return sum(self.tables[f"raw_o7.{entity}"] for entity in self.entities)


def find(cursor: Cursor, settings: Settings, contract: Contract, persons: Sequence[Person]) -> Removed:
    """Gather what belongs to the persons; nothing is taken yet, so nothing is counted but the words to look for."""
    removed = Removed()
    cursor.execute(f"{TABLES}; {_MADE}")
    _bring(cursor, persons)
    for one in belongings(contract):
        _find(cursor, contract, one, removed)
    cursor.execute(_PSEUDONYMS)
    secret = key_in_force(cursor, settings)
    begin_keys(cursor, secret)
    of_row = hashed(sql.SQL("known.entity || ':' || known.source_id"), "pads")
    cursor.execute(sql.SQL(_ROW_KEYS).format(key=of_row))
    cursor.execute("select key::text from pg_temp.erased_key")
    removed.certain = {key for (key,) in cursor.fetchall()}
    removed.certain |= {str(pseudonym(secret, one.kind, one.identity)) for one in persons}
    removed.values |= {one.identity for one in persons}
    return removed


def _bring(cursor: Cursor, persons: Sequence[Person]) -> None:
    """By COPY, which no log shows."""
    lines = "".join(f"{one.kind}\t{_copied(one.identity)}\n" for one in persons)
    cursor.copy_expert("copy pg_temp.erased_person (kind, identity) from stdin", io.StringIO(lines))


def _copied(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r")


def _find(cursor: Cursor, contract: Contract, one: Belonging, removed: Removed) -> None:
    """Find the persons' rows of an entity, their identities and what they say of them."""
    note_rows(cursor, one, "raw_o7")
    names = {
        "name": sql.Literal(one.entity), "table": sql.Identifier("raw_o7", one.entity), "condition": one.condition
    }  # fmt: skip
    cursor.execute(sql.SQL(_ROWS).format(**names))
    if cursor.rowcount:
        removed.entities.add(one.entity)
    texts = [
        sql.Identifier("row", column.name)
        for column in contract.entity(one.entity).columns
        if column.type == "text" and column.sensitivity != "N"
    ]
    cursor.execute(
        sql.SQL(
            "select distinct told.value from {table} as row cross join lateral unnest(array[{texts}]) as told (value)"
            " where ({condition}) and length(told.value) >= {least}"
        ).format(texts=sql.SQL(", ").join(texts), least=sql.Literal(SHORTEST), **names)
    )
    removed.values |= {value for (value,) in cursor.fetchall()}
