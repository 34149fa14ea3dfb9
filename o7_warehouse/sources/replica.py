"""О7's read replica as a delivery (T1): versioned views, read in one snapshot as canonical text.

One transaction, REPEATABLE READ and read only, lasts for the whole extraction: all entities show the same
instant.
"""

from __future__ import annotations

import io
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql

from o7_warehouse.errors import ContractError, DeliveryError
from o7_warehouse.sources.delivery import Part, check_version
from o7_warehouse.sources.dialect import CANONICAL, Dialect
from o7_warehouse.sources.replica_form import ViewForm, canonical, is_of_type, read_forms
from o7_warehouse.sources.replica_session import explained, opened_session
from o7_warehouse.sources.watchdog import Watchdog, WatchedWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.sources.choice import SourceChoice

# The watchdog hears of every full buffer: small, so that a slow source is not taken for a silent one.
BUFFER_BYTES = 2**17


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaDelivery:
    """A delivery in the views of a replica, inside one open snapshot."""

    connection: Connection
    watchdog: Watchdog
    contract: Contract
    forms: dict[str, ViewForm]
    night: date
    snapshot_at: datetime
    contract_version: str
    transport: str = "T1"
    base: None = None
    dialect: Dialect = CANONICAL
    copy_options: str = "format binary"

    @property
    def unknown_entities(self) -> tuple[str, ...]:
        """Views of our version that the contract does not name."""
        known = {*self.contract.entity_names, "delivery"}
        return tuple(sorted(set(self.forms) - known))

    def columns(self, entity: str) -> list[str] | None:
        """The names of the view's columns, None when there is no such view."""
        return list(self.forms[entity].types) if entity in self.forms else None

    def retyped(self, entity: str) -> list[str]:
        """Columns of the contract whose type in the view is another one."""
        types = self.forms[entity].types
        columns = self.contract.entity(entity).columns
        return [
            one.name for one in columns if one.name in types and not is_of_type(one.type, types[one.name])
        ]

    def parts(self, entity: str, columns: list[str]) -> list[Part]:
        """One view, of which a query takes exactly the columns asked for."""
        return [Part(name=entity, label=entity, columns=columns)]

    def copy_out(self, entity: str, part: Part, writer: io.RawIOBase) -> int:
        """Stream the rows of a view; returns how many the replica says it sent.

        Raises SourceUnavailableError, DeliveryError; BrokenPipeError when nobody reads any more.
        """
        return self.copy_query(entity, self.selected(entity, part.columns), writer)

    def view(self, entity: str) -> sql.Identifier:
        """The view of an entity."""
        return sql.Identifier(self.contract.view_schema, self.contract.view_prefix + entity)

    def selected(self, entity: str, columns: list[str]) -> sql.Composed:
        """The query that gives columns of an entity as canonical text."""
        contract, types = self.contract.entity(entity), self.forms[entity].types
        expressions = [canonical(name, contract.column(name).type, types[name]) for name in columns]
        return sql.SQL("select {} from {}").format(sql.SQL(", ").join(expressions), self.view(entity))

    def copy_query(self, entity: str, query: sql.Composable, writer: io.RawIOBase) -> int:
        """Stream what a query about an entity gives; returns how many rows the replica says it sent.

        Raises as :meth:`copy_out` does.
        """
        statement = sql.SQL("copy ({}) to stdout (format binary)").format(query)
        with (
            explained(self.watchdog, f"reading {entity}"),
            self.connection.cursor() as cursor,
            self.watchdog.listening(),
            io.BufferedWriter(WatchedWriter(writer, self.watchdog), BUFFER_BYTES) as buffered,
        ):
            cursor.copy_expert(statement, buffered)
            buffered.flush()
            return int(cursor.rowcount)


@contextmanager
def open_replica(choice: SourceChoice, contract: Contract) -> Iterator[ReplicaDelivery]:
    """The delivery that the chosen replica shows now, in one snapshot.

    Raises SourceUnavailableError, SettingsError, ContractError, DeliveryError.
    """
    with (
        closing(opened_session(choice.dsn)) as connection,
        Watchdog(connection, choice.silence_seconds) as watchdog,
    ):
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with explained(watchdog, "reading the views' form"), watchdog.listening():
            forms = read_forms(connection, contract)
        night, snapshot_at, version = _header(connection, watchdog, contract)
        yield ReplicaDelivery(
            connection=connection,
            watchdog=watchdog,
            contract=contract,
            forms=forms,
            night=night,
            snapshot_at=snapshot_at,
            contract_version=check_version(version, contract, said_by=_header_view(contract)),
        )


def _header(
    connection: Connection, watchdog: Watchdog, contract: Contract
) -> tuple[date, datetime, str | None]:
    view = sql.Identifier(contract.view_schema, contract.delivery_view)
    query = sql.SQL("select night::date, snapshot_at::timestamptz, contract_version::text from {}").format(
        view
    )
    with explained(watchdog, f"reading {contract.delivery_view}"), watchdog.listening():
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                rows = cursor.fetchall()
        except psycopg2.errors.UndefinedColumn:
            raise ContractError(
                f"{_header_view(contract)} lacks one of night, snapshot_at, contract_version. Without them "
                "nobody "
                "knows which night the rows show. Ask О7's operator for the view as the contract describes "
                "it."
            ) from None
    if len(rows) != 1 or None in rows[0][:2]:
        raise DeliveryError(
            f"{_header_view(contract)} has {len(rows)} rows with a night and an instant; it must have one. "
            "It is not "
            "known which night the rows show. Ask О7's operator whether the replica is complete."
        )
    return rows[0]


def _header_view(contract: Contract) -> str:
    return f"{contract.view_schema}.{contract.delivery_view}"
