"""Makes PostgreSQL servers that have the extension Citus one cluster, with the warehouse's database on each.

Between the servers every role of the warehouse connects as itself, with its password: Citus reads it from a table that
the servers' administrator alone may see (pg_dist_authinfo). docs/citus.md says what of the warehouse lies where.
"""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

import psycopg2
from psycopg2 import sql

from o7_warehouse.databases import ensure_roles
from o7_warehouse.errors import WarehouseUnavailableError
from o7_warehouse.server import ADMIN, Server
from o7_warehouse.warehouse import WAREHOUSE, WAREHOUSE_ROLES, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# A database of another encoding or another order of letters than on one server would give other files.
_DATABASE: Final = sql.SQL(
    "create database {} template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'"
)
# 0 is every node, the server itself too.
_LOGIN: Final = """
    insert into pg_catalog.pg_dist_authinfo (nodeid, rolename, authinfo) values (0, %s, %s)
    on conflict (rolename, nodeid) do update set authinfo = excluded.authinfo
"""
_TLS_COMES: Final = """
    select
        current_setting('ssl') = 'off'
        and exists (select from pg_catalog.pg_file_settings where name = 'ssl' and setting = 'on')
"""
_SLOWEST_TLS_SECONDS: Final = 30
_IS_NODE: Final = "select exists (select from pg_catalog.pg_dist_node where nodename = %s and nodeport = %s)"


def join(servers: Sequence[Server]) -> None:
    """Make the first server the coordinator of the others. Safe to repeat; a server that is new is added.

    A server that is no longer named stays a node, for its rows are nowhere else: citus_remove_node is the
    administrator's. Raises StatementError, WarehouseUnavailableError.
    """
    coordinator, *nodes = servers
    for server in servers:
        with _at(server, "postgres") as cursor:
            _ensure_database(cursor)
        with _at(server, WAREHOUSE) as cursor:
            cursor.execute("create extension if not exists citus")
            _know_login(cursor, server, ADMIN)
        _wait_for_tls(server)
    with _at(coordinator, WAREHOUSE) as cursor:
        cursor.execute("select citus_set_coordinator_host(%s, %s)", (coordinator.host, coordinator.port))
        for node in nodes:
            _ensure_node(cursor, node)
        # Citus makes them on the nodes as well, with the same passwords.
        roles = [role for role in WAREHOUSE_ROLES if role != ADMIN]
        ensure_roles(cursor.connection, {role: coordinator.secrets.role_password(role) for role in roles})
    for server in servers:
        with _at(server, WAREHOUSE) as cursor:
            for role in roles:
                _know_login(cursor, server, role)


@contextmanager
def _at(server: Server, database: str) -> Iterator[Cursor]:
    """The administrator in one database of a server; each statement is its own transaction."""
    with (
        translated(f"joining {server.host} to the cluster"),
        closing(psycopg2.connect(server.dsn(database, ADMIN))) as connection,
    ):
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _wait_for_tls(server: Server) -> None:
    """Until the server answers by TLS: the extension turns it on where it was off, and the other nodes ask for it."""
    patience = time.monotonic() + _SLOWEST_TLS_SECONDS
    while True:
        with _at(server, WAREHOUSE) as cursor:
            cursor.execute(_TLS_COMES)
            [(comes,)] = cursor.fetchall()
        if not comes:
            return
        if time.monotonic() > patience:
            raise WarehouseUnavailableError(
                f"{server.host} has been told by its extension to answer by TLS and does not after "
                f"{_SLOWEST_TLS_SECONDS} s, so the other servers of the cluster could not reach it. Read that server's "
                "log, and start the cluster again."
            )
        time.sleep(0.2)


def _ensure_database(cursor: Cursor) -> None:
    cursor.execute("select from pg_catalog.pg_database where datname = %s", (WAREHOUSE,))
    if cursor.rowcount == 0:
        cursor.execute(_DATABASE.format(sql.Identifier(WAREHOUSE)))


def _ensure_node(cursor: Cursor, node: Server) -> None:
    cursor.execute(_IS_NODE, (node.host, node.port))
    [(is_node,)] = cursor.fetchall()
    if not is_node:
        cursor.execute("select citus_add_node(%s, %s)", (node.host, node.port))


def _know_login(cursor: Cursor, server: Server, role: str) -> None:
    cursor.execute(_LOGIN, (role, f"password={server.secrets.role_password(role)}"))
