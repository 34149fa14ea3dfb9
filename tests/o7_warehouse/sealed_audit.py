"""An audit of four runs with rows in every table it has, and what somebody with all rights may do to one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg2 import sql

from o7_warehouse import runs, warehouse
from tests.deliveries import NIGHT, opened

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

# The runs and their ends are written by the program itself, and so are seals and sign-offs.
BY_THE_PROGRAM = (
    "run", "run_outcome", "seal", "sign_off", "edition_event", "edition_file", "outbox_event", "outbox_message",
    "restatement", "restated_figure", "erasure", "erasure_proof", "erased_person", "erased_rows", "erased_keys",
)  # fmt: skip
# Written after the end of the run they speak of, and so under the seal of the one after it.
AFTERWARDS = frozenset(
    {
        "sign_off", "edition_event", "edition_file", "outbox_event", "outbox_message", "restatement", "restated_figure",
        "erasure", "erasure_proof", "erased_person", "erased_rows", "erased_keys",
    }
)  # fmt: skip
EDITION = """
    insert into audit.edition_event (
        edition_id, event_no, event, period, revision, night, run_id, manifest_sha256, by_whom, detail
    ) values ('2025-Q4-01', %s, %s, '2025-Q4', 1, %s, %s, repeat('0', 64), %s, '{}')
"""
EDITION_FILE = """
    insert into audit.edition_file (edition_id, event_no, path, run_id, bytes, sha256)
    values ('2025-Q4-01', 1, %s, %s, 1, 'x')
"""
RESTATEMENT = """
    insert into audit.restatement (
        edition_id, run_id, night, frozen_run_id, frozen_night, causes, deliveries, figures
    ) values (%s, %s, %s, gen_random_uuid(), %s, array['recounted'], '{}', 1)
"""
RESTATED_FIGURE = """
    insert into audit.restated_figure (
        edition_id, run_id, indicator, level, org_unit_code, old_numerator, old_denominator, old_value,
        new_numerator, new_denominator, new_value, causes
    ) values (%s, %s, '4.1', 'region', '83000000', 1, 2, 50, 2, 2, 100, array['recounted'])
"""
OUTBOX_MESSAGE = """
    insert into audit.outbox_message (
        edition_id, recipient_id, channel, run_id, manifest_sha256, audience, message_key, files
    ) values (
        '2025-Q4-01', %s, 'smtp', %s, repeat('0', 64), 'ministry', repeat(%s, 64),
        '[{"path": "a", "bytes": 1, "sha256": "x"}]'
    )
"""
OUTBOX_EVENT = """
    insert into audit.outbox_event (edition_id, recipient_id, channel, event_no, event, run_id)
    values ('2025-Q4-01', %s, 'smtp', 1, 'queued', %s)
"""
ERASED = (
    """
    insert into audit.erasure (erasure_id, run_id, students, staff, reason, by_whom, removed)
    values (%(act)s, %(run)s, 1, 0, 'Отзыв согласия', 'Автор', '{"raw_o7.person": 1}')
    """,
    "insert into audit.erasure_proof (erasure_id, run_id, searched) values (%(act)s, %(run)s, '{}')",
    """
    insert into audit.erased_person (run_id, erasure_id, kind, tombstone, key_check)
    values (%(run)s, %(act)s, 'student', md5(%(act)s)::uuid, 'x')
    """,
    """
    insert into audit.erased_rows (run_id, erasure_id, night, entity, batch_id, row_count)
    values (%(run)s, %(act)s, '2025-12-14', 'person', gen_random_uuid(), 1)
    """,
    """
    insert into audit.erased_keys (
        run_id, erasure_id, rules, keys_before, digest_before, keys_after, digest_after
    ) values (%(run)s, %(act)s, '{}', 1, 'x', 1, 'x')
    """,
)
ALLOWED = {
    ("contract_finding", "severity"): "notice",
    ("rule_result", "outcome"): "pass",
    ("rule_ground", "kind"): "helper",
    ("waiver_applied", "state"): "silent",
    ("access_event", "event"): "granted",
    ("backfill_event", "event"): "switched",
    ("night_outcome", "state"): "published",
    ("alarm_event", "event"): "opened",
}
# A value of the type, made of a number; and another value made of the one that is there.
VALUES = {
    "uuid": "md5('{n}')::uuid", "text": "'word {n}'", "bigint": "{n}", "integer": "{n}", "date": "date '2025-12-15'",
    "text[]": "array['a', 'b {n}']", "jsonb": "jsonb_build_object('n', {n})", "double precision": "{n} / 7.0",
    "numeric": "{n} / 7.0",
    "timestamp with time zone": "timestamptz '2025-12-16 00:00:00.123456+03' + interval '{n} ms'",
}  # fmt: skip
OTHERS = {
    "uuid": "md5({0}::text)::uuid", "text": "coalesce({0}, '') || 'x'", "bigint": "coalesce({0}, 0) + 1",
    "integer": "{0} + 90", "date": "{0} + 1", "text[]": "{0} || 'x'::text",
    "jsonb": "coalesce({0}, '{{}}') || '{{\"x\": 1}}'", "double precision": "{0} + 1e-9",
    "numeric": "coalesce({0}, 0) + 1e-9",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
}  # fmt: skip
COLUMNS = """
    select attribute.attname::text, format_type(attribute.atttypid, null)
    from pg_attribute as attribute
    where attribute.attrelid = ('audit.' || %s)::regclass and attribute.attnum > 0 and not attribute.attisdropped
    order by attribute.attnum
"""
TABLES = """
    select relation.relname::text from pg_class as relation
    where relation.relnamespace = 'audit'::regnamespace and relation.relkind in ('r', 'p')
    order by 1
"""


@dataclass
class Audit:
    """The settings of the warehouse, and its runs in their order."""

    settings: Settings
    done: str = ""
    killed: str = ""
    failed: str = ""
    last: str = ""
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def fill(self, run_id: str, *, rows: int = 3) -> None:
        """Write rows of a run into every table that is not written by the program itself here."""
        with warehouse.transaction(self.settings, "o7_admin") as connection, connection.cursor() as cursor:
            for table in tables(cursor):
                if table not in BY_THE_PROGRAM:
                    for _ in range(rows):
                        insert(cursor, table, run_id, next(self.numbers))

    def run(self, outcome: str | None) -> str:
        """A run from its opening to its end; without an outcome it is killed before."""
        run_id = opened(self.settings)
        self.fill(run_id)
        if outcome is not None:
            runs.close_run(self.settings, run_id, outcome=outcome, message="")
        return run_id

    def publish(self, run_id: str) -> None:
        """Let the night be the run's in what is published."""
        with warehouse.transaction(self.settings, "o7_gate") as connection, connection.cursor() as cursor:
            cursor.execute(
                "insert into published.night"
                " (night, build_id, run_id, snapshot_at, transport, contract_version, code_revision)"
                " values (%s, %s, %s, now(), 'T2', '1.0', 'revision')",
                (NIGHT, run_id, run_id),
            )


def make_edition(audit: Audit, run_id: str) -> None:
    """An issued edition of the night the run has published, with three files and three recipients."""
    with warehouse.transaction(audit.settings, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute(EDITION, (1, "draft", NIGHT, run_id, "Автор"))
        cursor.executemany(EDITION_FILE, [(path, run_id) for path in ("a", "b", "c")])
        cursor.execute(EDITION, (2, "submitted", NIGHT, run_id, "Автор"))
        cursor.execute(EDITION, (3, "approved", NIGHT, run_id, "Начальник"))
        for edition in ("2025-Q3-01", "2025-Q4-01", "2025-Y-01"):
            cursor.execute(RESTATEMENT, (edition, run_id, NIGHT, NIGHT))
            cursor.execute(RESTATED_FIGURE, (edition, run_id))
        cursor.execute(EDITION, (4, "issued", NIGHT, run_id, "Автор"))
        cursor.executemany(OUTBOX_MESSAGE, [(name, run_id, name) for name in ("a", "b", "c")])
        cursor.executemany(OUTBOX_EVENT, [(name, run_id) for name in ("a", "b", "c")])


def make_erasures(audit: Audit, run_id: str) -> None:
    """Three acts, and all that the audit keeps of an erasure."""
    with warehouse.transaction(audit.settings, "o7_eraser") as connection, connection.cursor() as cursor:
        for act in ("act-1", "act-2", "act-3"):
            for statement in ERASED:
                cursor.execute(statement, {"act": act, "run": run_id})


def tables(cursor: Any) -> list[str]:
    """Every table of the audit, as the catalogue of the database has them."""
    cursor.execute(TABLES)
    return [table for (table,) in cursor.fetchall()]


def columns(cursor: Any, table: str) -> dict[str, str]:
    """The columns of a table with their types."""
    cursor.execute(COLUMNS, (table,))
    return dict(cursor.fetchall())


def insert(cursor: Any, table: str, run_id: str, number: int, **given: str) -> None:
    """Add a row of the run; what is not given is made of the number, the instant is the clock's."""
    values = {
        name: sql.Literal(given[name])
        if name in given
        else sql.Literal(run_id)
        if name == "run_id"
        else sql.Literal(ALLOWED[table, name])
        if (table, name) in ALLOWED
        else sql.SQL(VALUES[kind].format(n=number))
        for name, kind in columns(cursor, table).items()
        if name != "recorded_at" or name in given
    }
    cursor.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("audit", table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(values.values()),
        )
    )


def lift(cursor: Any) -> None:
    """Take every fence away that an administrator can: constraints, identities, triggers."""
    cursor.execute("set local session_replication_role = replica")
    cursor.execute(
        """
        select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
        where connamespace = 'audit'::regnamespace and contype in ('c', 'f')
        """
    )
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    cursor.execute("alter table audit.run alter column run_no drop identity if exists")


def one_row(cursor: Any, table: str, run_id: str) -> str:
    """The physical address of one row of the run, neither the first nor the last where there are several."""
    cursor.execute(f"select ctid::text from audit.{table} where run_id = %s order by ctid", (run_id,))
    found = [at for (at,) in cursor.fetchall()]
    return str(found[len(found) // 2])


def edit(cursor: Any, table: str, at: str, column: str, kind: str) -> None:
    """Give one column of one row another value."""
    other = OTHERS[kind].format(f'"{column}"')
    cursor.execute(f'update audit.{table} set "{column}" = {other} where ctid = %s', (at,))
    assert cursor.rowcount == 1
