"""Roles and empty databases: what must be there before the warehouse's own tables can be made."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import extensions, sql

from o7_warehouse.server import ADMIN, Server
from o7_warehouse.warehouse import (
    EMBEDDED_DATABASES,
    UNITS_GROUP,
    WAREHOUSE,
    WAREHOUSE_ROLES,
    WRITERS,
    connect,
    translated,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from o7_warehouse.settings import Settings

# Any number; it keeps two processes from making the same role or database at once.
BOOTSTRAP_LOCK = 7_022_001
# Every server has them, open to everybody; nobody but its administrator has anything to do there.
MAINTENANCE = ("postgres", "template1")


def prepare(settings: Settings, server: Server | None) -> None:
    """Make the roles and databases that are missing, in the embedded server and in the warehouse a DSN names.

    Idempotent. Raises SettingsError, WarehouseUnavailableError, StatementError.
    """
    if server is not None:
        ensure_databases(server)
    if settings.warehouse_dsn:
        # There the administrator is whoever the address names, and keeps the name and the password.
        others = [role for role in WAREHOUSE_ROLES if role != ADMIN]
        passwords = {role: settings.secrets.role_password(role) for role in others}
        with translated("making the roles"), closing(connect(settings, ADMIN)) as connection, connection:
            ensure_roles(connection, passwords)
            _, guests = EMBEDDED_DATABASES[WAREHOUSE]
            _close_to_others(connection, connection.info.dbname, guests)


def ensure_databases(server: Server) -> None:
    """Make the embedded server's roles and databases where they are missing; close each to all others."""
    roles = {role for owner, guests in EMBEDDED_DATABASES.values() for role in (owner, *guests)} - {
        UNITS_GROUP
    }
    with translated("making the databases"), _maintenance(server) as connection:
        ensure_roles(connection, {role: server.secrets.role_password(role) for role in sorted(roles)})
        for database, (owner, guests) in EMBEDDED_DATABASES.items():
            _ensure_database(connection, database, owner)
            _close_to_others(connection, database, guests)
        for database in MAINTENANCE:
            _close_to_others(connection, database, ())


@contextmanager
def _maintenance(server: Server) -> Iterator[extensions.connection]:
    """A connection outside a transaction, where alone databases can be made; one holder at a time."""
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", (BOOTSTRAP_LOCK,))
        yield connection


def ensure_roles(connection: extensions.connection, passwords: Mapping[str, str]) -> None:
    """Make each role that is missing, able to log in with its password and to do nothing else yet.

    ``connection`` is an administrator's. A role that is there gets the password anew, for it may have been
    made from another state directory. Passwords leave this process only as SCRAM verifiers.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (BOOTSTRAP_LOCK,))
        cursor.execute("select rolname from pg_catalog.pg_roles")
        known = {name for (name,) in cursor.fetchall()}
        cursor.execute("select session_user::text, current_setting('is_superuser') = 'on'")
        [(me, is_superuser)] = cursor.fetchall()
        for role, password in passwords.items():
            if role == me:
                continue
            if role not in known:
                cursor.execute(sql.SQL("create role {} with login").format(sql.Identifier(role)))
            verifier = extensions.encrypt_password(
                password, role, scope=connection, algorithm="scram-sha-256"
            )
            cursor.execute(
                sql.SQL("alter role {} with password {}").format(sql.Identifier(role), sql.Literal(verifier))
            )
            if not is_superuser:
                # Only a member may give a schema to its owner.
                cursor.execute(sql.SQL("grant {} to session_user").format(sql.Identifier(role)))
            if role in WAREHOUSE_ROLES and role != ADMIN:
                # Every name says its schema, also where somebody logs in by hand.
                cursor.execute(sql.SQL("alter role {} set search_path = ''").format(sql.Identifier(role)))
        if UNITS_GROUP not in known:
            cursor.execute(sql.SQL("create role {} nologin").format(sql.Identifier(UNITS_GROUP)))


def _ensure_database(connection: extensions.connection, database: str, owner: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_catalog.pg_database where datname = %s", (database,))
        if cursor.fetchone() is None:
            names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner)}
            cursor.execute(sql.SQL("create database {database} owner {owner}").format(**names))


def _close_to_others(connection: extensions.connection, database: str, guests: tuple[str, ...]) -> None:
    name = sql.Identifier(database)
    statements = [sql.SQL("revoke all on database {} from public").format(name)]
    for right, roles in (("connect", guests), ("temporary", [role for role in guests if role in WRITERS])):
        if roles:
            names = sql.SQL(", ").join(map(sql.Identifier, roles))
            statements.append(sql.SQL("grant {} on database {} to {}").format(sql.SQL(right), name, names))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
