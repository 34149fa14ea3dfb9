"""A warehouse with the catalogue and the clean world, and a cursor whose work is undone after each test."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse.databases import ensure_databases
from o7_warehouse.server import ADMIN, Server
from o7_warehouse.warehouse import connect
from tests.dq.catalogue import build_catalogue
from tests.expectations.world import clean_world, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

KEPT = "warehouse_of_rules"


@pytest.fixture(scope="session")
def _clean_template(settings: Settings, server: Server, _warehouse_template: None) -> None:
    """A database with catalogue and clean world, to be copied: dbt makes the catalogue once for all modules."""
    _copy(server, "warehouse", "warehouse_template")
    build_catalogue(settings)
    with closing(connect(settings, "o7_loader")) as connection, connection, connection.cursor() as cursor:
        for entity, rows in clean_world().items():
            write(cursor, entity, *rows)
    _copy(server, KEPT, "warehouse")


@pytest.fixture(scope="module")
def clean_warehouse(settings: Settings, server: Server, _clean_template: None) -> Settings:
    _copy(server, "warehouse", KEPT)
    return settings


@pytest.fixture
def cursor(clean_warehouse: Settings) -> Iterator[Cursor]:
    with closing(connect(clean_warehouse, ADMIN)) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


def _copy(server: Server, database: str, template: str) -> None:
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {database} with (force)")
            cursor.execute(f"create database {database} template {template}")
    # Who may enter a database is not copied with it.
    ensure_databases(server)
