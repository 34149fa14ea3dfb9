"""The erasure in the database: one transaction in which every row of the persons goes, and the audit learns the counts.

The role ``o7_eraser`` may take rows away and add to the audit, nothing else. What the seals of the audit say of the
keys of failing rows stays checkable: count and digest before and after stand in ``audit.erased_keys``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from o7_warehouse.erasure.find import find
from o7_warehouse.erasure.keys import note_keys
from o7_warehouse.erasure.tombstones import are_any, key_check, tombstone
from o7_warehouse.pseudonyms import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.erasure.find import Removed
    from o7_warehouse.erasure.persons import Person
    from o7_warehouse.settings import Settings

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
_HAD_ROWS: Final = "line.entity in (select gone.entity from pg_temp.erased_row as gone)"
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
    # A note of what raw adds up to would miss their rows and doubt the source for it, night after night.
    "raw_o7.fingerprint": _HAD_ROWS,
    "raw_o7.fingerprint_state": _HAD_ROWS,
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
    # Who was erased before gets no second tombstone; who comes with another key must not be erased beside the first.
    are_any(cursor, settings.secrets.erasure_key)
    removed = find(cursor, settings, contract, persons)
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
        "insert into audit.erased_person (run_id, erasure_id, kind, tombstone, key_check) values %s"
        " on conflict do nothing",
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
