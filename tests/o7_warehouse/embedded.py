"""Asking the embedded server, whoever else uses it."""

from __future__ import annotations

from contextlib import closing

import psycopg2

from o7_warehouse.server import ADMIN


def ask(server, statement):
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None


def data_of(settings):
    return settings.state / "postgres" / "data"
