"""A warehouse with the catalogue and the clean world, and a cursor whose work is undone after each test."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import connect
from tests.dq.catalogue import build_catalogue
from tests.expectations.world import clean_world, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings


@pytest.fixture(scope="module")
def clean_warehouse(warehouse_database: Settings) -> Settings:
    build_catalogue(warehouse_database)
    with (
        closing(connect(warehouse_database, "o7_loader")) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        for entity, rows in clean_world().items():
            write(cursor, entity, *rows)
    return warehouse_database


@pytest.fixture
def cursor(clean_warehouse: Settings) -> Iterator[Cursor]:
    with closing(connect(clean_warehouse, ADMIN)) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()
