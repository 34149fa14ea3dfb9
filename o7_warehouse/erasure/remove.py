"""The erasure in the database: one transaction in which every row of the persons goes, and the audit learns the counts.

The role ``o7_eraser`` may take rows away and add to the audit, nothing else. What the seals of the audit say of the keys
of failing rows stays checkable: count and digest before and after stand in ``audit.erased_keys``.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from o7_warehouse.erasure.keys import note_keys
from o7_warehouse.erasure.reach import TABLES, belongings, note_rows
from o7_warehouse.erasure.tombstones import are_any, key_check, tombstone
from o7_warehouse.pseudonyms import REGISTERS, pseudonym
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
    select distinct known.entity, encode(substr(
        sha256(pads.outer_pad || sha256(
            pads.inner_pad || convert_to(known.entity || ':' || known.source_id, 'UTF8')
        )), 1, 16
    ), 'hex')::uuid
    from (select distinct entity, source_id from pg_temp.erased_id) as known
    cross join pg_temp.gate_pads as pads
"""
_PERSONS: Final = "(select key from pg_temp.erased_key where kind in ('student', 'staff'))"
_ROW_KEYS_OF_ALL: Final = "(select key from pg_temp.erased_key where kind not in ('student', 'staff'))"
_IS_THEIRS: Final = """
    exists (
        select from pg_temp.erased_row as gone
        where
            gone.entity = line.entity and gone.row_hash = line.row_hash
            and gone.source_id is not distinct from line.source_id
    )
"""
# Table -> which of its rows go.
_HELD: Final = {
    "audit.failing_key": f"line.student_key in {_PERSONS} or line.row_key in {_ROW_KEYS_OF_ALL}",
    "published.profile_versions": f"line.student_key in {_PERSONS}",
    "published.pupil_reading_versions": f"line.student_key in {_PERSONS}",
    "published.staff_reading_versions": f"line.staff_key in {_PERSONS}",
    "published.issue_versions": f"line.student_key in {_PERSONS} or line.row_key in {_ROW_KEYS_OF_ALL}",
    "published.aside_versions": f"line.row_key in {_ROW_KEYS_OF_ALL}",
    "quarantine.entry": _IS_THEIRS,
    "quarantine.row_fault": _IS_THEIRS,
    # Whoever goes on from these must not: the next night examines every row and builds everybody.
    "quarantine.examined_state": "true",
    "rebuild.built_state": "true",
    "rebuild.touched_student": "true",
    "rebuild.touched_row": "true",
    "rebuild.touched_identity": "true",
    "raw_o7.student_keys": f"line.student_key in {_PERSONS}",
    "raw_o7.staff_keys": f"line.staff_key in {_PERSONS}",
}
_TONIGHT: Final = """
    select
        relation.relnamespace::regnamespace::text, relation.relname::text, array(
            select attribute.attname::text from pg_catalog.pg_attribute as attribute
            where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
                and attribute.attname in ('student_key', 'staff_key', 'holder_key', 'student_id', 'staff_id')
        )
    from pg_catalog.pg_class as relation
    where
        relation.relkind in ('r', 'p')
        and relation.relnamespace::regnamespace::text in ('landing', 'staging', 'intermediate', 'marts')
    order by 1, 2
"""
# What waits at the door goes whole.
EMPTIED: Final = "landing"
_NIGHTS: Final = """
    insert into audit.erased_rows (run_id, erasure_id, night, entity, batch_id, row_count)
    select %(run_id)s, %(erasure_id)s, loaded.night, loaded.entity, loaded.batch_id, count(*)
    from raw_o7.load_record as loaded
    inner join pg_temp.erased_row as gone
        on loaded.entity = gone.entity and loaded.night >= gone.night_from and loaded.night < gone.night_to
    group by loaded.night, loaded.entity, loaded.batch_id
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


def remove(
    cursor: Cursor,
    settings: Settings,
    contract: Contract,
    persons: Sequence[Person],
    *,
    run_id: str,
    erasure_id: str,
) -> Removed:
    """Take every row of the persons away, and write counts and tombstones; the caller commits."""
    removed = Removed()
    cursor.execute(f"{TABLES}; {_MADE}")
    _bring(cursor, persons)
    # Who was erased before gets no second tombstone; who comes with another key must not be erased beside the first.
    are_any(cursor, settings.secrets.erasure_key)
    for one in belongings(contract):
        _find(cursor, contract, one, removed)
    cursor.execute(_PSEUDONYMS)
    begin_keys(cursor, settings.pseudonym_key)
    cursor.execute(_ROW_KEYS)
    cursor.execute("select key::text from pg_temp.erased_key")
    removed.certain = {key for (key,) in cursor.fetchall()}
    removed.certain |= {str(pseudonym(settings.pseudonym_key, one.kind, one.identity)) for one in persons}
    removed.values |= {one.identity for one in persons}
    given = {"run_id": run_id, "erasure_id": erasure_id}
    cursor.execute(_NIGHTS, given)
    cursor.execute(
        "select count(distinct night) from audit.erased_rows where erasure_id = %(erasure_id)s", given
    )
    [(removed.nights,)] = cursor.fetchall()
    with note_keys(cursor, erasure_id=erasure_id, condition=_HELD["audit.failing_key"]):
        _take(cursor, removed)
    _write_tombstones(cursor, settings, persons, given)
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


def _take(cursor: Cursor, removed: Removed) -> None:
    for entity in sorted(removed.entities):
        statement = sql.SQL(
            "delete from {} where ctid = any(array(select place from pg_temp.erased_row where entity = {}))"
        )
        cursor.execute(statement.format(sql.Identifier("raw_o7", entity), sql.Literal(entity)))
        removed.tables[f"raw_o7.{entity}"] = cursor.rowcount
    for table, condition in _HELD.items():
        cursor.execute(f"delete from {table} as line where {condition}")  # noqa: S608 - constants of this module
        removed.tables[table] = cursor.rowcount
    cursor.execute(_TONIGHT)
    for schema, table, columns in cursor.fetchall():
        if schema == EMPTIED or columns:
            cursor.execute(_tonight(schema, table, columns))
            removed.tables[f"{schema}.{table}"] = cursor.rowcount
    removed.tables = Counter({table: count for table, count in removed.tables.items() if count})


def _tonight(schema: str, table: str, columns: Sequence[str]) -> sql.Composed:
    """Tonight's rows of the persons."""
    conditions = [
        sql.SQL("line.{} in {}").format(
            sql.Identifier(name),
            sql.SQL("(select identity from pg_temp.erased_person)" if name.endswith("_id") else _PERSONS),
        )
        for name in columns
    ]
    condition = sql.SQL("true") if schema == EMPTIED else sql.SQL(" or ").join(conditions)
    return sql.SQL("delete from {} as line where {}").format(sql.Identifier(schema, table), condition)


def _write_tombstones(
    cursor: Cursor, settings: Settings, persons: Sequence[Person], given: dict[str, str]
) -> None:
    key = settings.secrets.erasure_key
    execute_values(
        cursor,
        "insert into audit.erased_person (run_id, erasure_id, kind, tombstone, key_check) values %s on conflict do nothing",
        [
            (
                given["run_id"],
                given["erasure_id"],
                one.kind,
                str(tombstone(key, one.kind, one.identity)),
                key_check(key),
            )
            for one in persons
        ],
    )


def write_erasure(
    cursor: Cursor,
    removed: Removed,
    persons: Sequence[Person],
    *,
    run_id: str,
    erasure_id: str,
    reason: str,
    by_whom: str,
) -> None:
    """Write what was removed. Where an erasure that was broken off goes on, what it said then is taken up again."""
    kinds = Counter(one.kind for one in persons)
    cursor.execute(
        "insert into audit.erasure (run_id, erasure_id, students, staff, reason, by_whom, removed)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        (
            run_id, erasure_id, kinds["student"], kinds["staff"], reason, by_whom, Json(dict(removed.tables)),
        ),
    )  # fmt: skip
    cursor.execute("select removed from audit.erasure where erasure_id = %s", (erasure_id,))
    [(told,)] = cursor.fetchall()
    removed.tables |= Counter(told)
    keys = {f"{one.kind}_keys" for one in REGISTERS}
    removed.entities |= {name.removeprefix("raw_o7.") for name in told if name.startswith("raw_o7.")} - keys


def write_proof(cursor: Cursor, searched: dict[str, int], *, run_id: str, erasure_id: str) -> None:
    """Write that the erasure is finished and proved."""
    cursor.execute(
        "insert into audit.erasure_proof (run_id, erasure_id, searched) values (%s, %s, %s)",
        (run_id, erasure_id, Json(searched)),
    )
