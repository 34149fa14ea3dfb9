"""Transport T1: typed tables in a PostgreSQL replica, seen through the views of the contract (domain §5.4).

Tables are filled beside the standing ones and take their place in one transaction, so that a reader never
sees half a world. Whatever this package made carries its mark as a comment; nothing without it is dropped.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql

from o7_simulator.catalogues import Contract, read_contract
from o7_simulator.errors import TargetError
from o7_simulator.sinks import Part, measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from o7_simulator.plan import Plan

DATA = "o7_data"
_NEXT = "o7_data_next"
_MARK = "made by o7_simulator"
_READER = "o7_export_reader"
_LOCK = 7_022_101
# О7 moves the cursor of a row with every change of it; so does who changes this one by hand, beyond what was delivered.
_TOUCH = """
    CREATE FUNCTION {touch}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.modified_at IS NOT DISTINCT FROM old.modified_at THEN
            new.modified_at := greatest(
                old.modified_at + interval '1 second', (SELECT snapshot_at FROM {delivery})
            );
        END IF;
        RETURN new;
    END $$
"""
_TYPES = {
    "text": "text",
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "numeric",
    "date": "date",
    "instant": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class ReplicaSpec:
    """A database that takes one night, the last one."""

    dsn: str
    night: int

    def open(self) -> ReplicaSink:
        """The sink of this process."""
        return ReplicaSink(self.dsn, self.night)


@dataclass(slots=True)
class ReplicaSink:
    """Copies rows over a connection of its own, opened with the first rows."""

    dsn: str
    night: int
    connection: Connection | None = field(default=None)

    def wants(self, k: int) -> bool:
        """Only the state of the last night is kept."""
        return k == self.night

    def write(self, k: int, shard: int, lines: dict[str, list[str]]) -> dict[str, Part]:  # noqa: ARG002
        """Copy the rows of a shard in one transaction."""
        if self.connection is None:
            self.connection = connect(self.dsn)
        parts: dict[str, Part] = {}
        with _explained("while rows were copied"), self.connection, self.connection.cursor() as cursor:
            for entity, rows in lines.items():
                body = ("\n".join(rows) + "\n").encode()
                statement = sql.SQL("COPY {} FROM STDIN WITH (FORMAT csv, DELIMITER ';', NULL '')")
                cursor.copy_expert(statement.format(sql.Identifier(_NEXT, entity)), io.BytesIO(body))
                parts[entity] = measured(rows)
        return parts


def connect(dsn: str) -> Connection:
    """A connection to the replica.

    Raises:
        TargetError: the database does not answer or refuses the credentials.
    """
    try:
        connection = psycopg2.connect(dsn, connect_timeout=10, application_name="o7_simulator")
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise TargetError(
            f"The database of the synthetic О7 cannot be reached ({reason}); without it there is nowhere "
            f"to put the world. Start it, or correct host, port, name and credentials."
        ) from None
    with connection.cursor() as cursor:
        # The rows can be made again at any time, so a crash may lose the last moment.
        cursor.execute("SET synchronous_commit = off; SET lock_timeout = '60s'; SET client_encoding = 'UTF8'")
    connection.commit()
    return connection


@contextmanager
def prepared(dsn: str) -> Iterator[Connection]:
    """Empty tables for the next state, and the right to be the only simulator at work here.

    Raises:
        TargetError: another simulator is at work, or schemas of the same name hold something else.
    """
    contract = read_contract()
    connection = connect(dsn)
    try:
        with _explained("while its tables were made"), connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
            if cursor.fetchone() != (True,):
                raise TargetError(
                    "Another simulator is writing to this database; two worlds would mix. "
                    "Wait until it has finished."
                )
            for schema in (DATA, _NEXT, contract.export_schema):
                _refuse_foreign(cursor, schema)
            cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(_NEXT)))
            cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_NEXT)))
            _mark(cursor, _NEXT)
            for entity, columns in contract.entities.items():
                body = sql.SQL(", ").join(
                    sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(_TYPES[c.type])) for c in columns
                )
                # Unlogged: a synthetic source is made again, never recovered.
                cursor.execute(
                    sql.SQL("CREATE UNLOGGED TABLE {} ({})").format(sql.Identifier(_NEXT, entity), body)
                )
        yield connection
    finally:
        connection.close()


def finish(connection: Connection, plan: Plan, night: int) -> None:
    """Put the new state in place of the old one and show it through the views of the contract."""
    contract = read_contract()
    with _explained("while the new state took its place"), connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(DATA)))
        cursor.execute(
            sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(_NEXT), sql.Identifier(DATA))
        )
        cursor.execute(
            sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(contract.export_schema))
        )
        _mark(cursor, contract.export_schema)
        for entity, columns in contract.entities.items():
            names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
            query = sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(DATA, entity))
            _create_view(cursor, contract, contract.view_prefix + entity, query)
        delivery = sql.SQL(
            "SELECT {}::date AS night, {}::timestamptz AS snapshot_at, {}::text AS contract_version"
        )
        clock = plan.request.clock
        values = (clock.night(night).isoformat(), clock.snapshot_at(night), contract.version)
        _create_view(
            cursor,
            contract,
            contract.delivery_view,
            delivery.format(*(sql.Literal(value) for value in values)),
        )
        _keep_the_cursor(cursor, contract)
        _grant(cursor, contract)


def _keep_the_cursor(cursor: Cursor, contract: Contract) -> None:
    delivery = sql.Identifier(contract.export_schema, contract.delivery_view)
    touch = sql.Identifier(DATA, "touch")
    cursor.execute(sql.SQL(_TOUCH).format(touch=touch, delivery=delivery))
    for entity in contract.entities:
        trigger = sql.SQL("CREATE TRIGGER touch BEFORE UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {}()")
        cursor.execute(trigger.format(sql.Identifier(DATA, entity), touch))


def _create_view(cursor: Cursor, contract: Contract, name: str, query: sql.Composed) -> None:
    view = sql.Identifier(contract.export_schema, name)
    cursor.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(view))
    cursor.execute(sql.SQL("CREATE VIEW {} AS {}").format(view, query))


def _grant(cursor: Cursor, contract: Contract) -> None:
    """The reader sees the views and nothing else; where the role is missing nobody is granted anything."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (_READER,))
    if cursor.fetchone() is None:
        return
    schema, reader = sql.Identifier(contract.export_schema), sql.Identifier(_READER)
    cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, reader))
    cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, reader))


def _refuse_foreign(cursor: Cursor, schema: str) -> None:
    """A schema that is not ours must be absent or empty."""
    cursor.execute(
        """
        SELECT coalesce(obj_description(n.oid, 'pg_namespace'), ''), count(c.oid)
        FROM pg_namespace AS n LEFT JOIN pg_class AS c ON c.relnamespace = n.oid
        WHERE n.nspname = %s GROUP BY n.oid
        """,
        (schema,),
    )
    found = cursor.fetchone()
    if found is not None and found[0] != _MARK and (found[1] or schema != read_contract().export_schema):
        raise TargetError(
            f"The database holds a schema {schema!r} that the simulator did not make; it could be a real "
            f"source, so nothing is replaced. Name another database."
        )


def _mark(cursor: Cursor, schema: str) -> None:
    cursor.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(schema), sql.Literal(_MARK)))


@contextmanager
def _explained(when: str) -> Iterator[None]:
    """Turn a database error into one that carries no row: its text could hold values."""
    try:
        yield
    except psycopg2.Error as error:
        state = error.pgcode or type(error).__name__
        raise TargetError(
            f"The database of the synthetic О7 stopped {when} (SQLSTATE {state}); the state before it still "
            f"stands. Look into its log, then start the simulator again."
        ) from None
