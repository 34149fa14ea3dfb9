"""Entering the warehouse as one of its roles."""

from __future__ import annotations

from o7_warehouse.warehouse import transaction


def ask(settings, role, statement):
    with transaction(settings, role) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None
