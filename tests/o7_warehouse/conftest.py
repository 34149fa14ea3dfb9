"""A warehouse as dbt leaves it, for the tests of what comes after dbt."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.warehouse import connect
from tests.o7_warehouse.built_warehouse import empty, make_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings


@pytest.fixture(scope="module")
def dbt_tables(warehouse_database: Settings) -> Iterator[Cursor]:
    """The administrator's cursor in a warehouse with the tables of dbt."""
    with closing(connect(warehouse_database, "o7_admin")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            make_tables(cursor)
            yield cursor


@pytest.fixture
def house(dbt_tables: Cursor) -> Cursor:
    """The same, with nothing delivered, built or published."""
    empty(dbt_tables)
    return dbt_tables
