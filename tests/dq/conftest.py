"""One warehouse with the functions of the schema dq and the classifiers, for all tests of this folder."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from o7_warehouse.warehouse import connect
from tests.conftest import empty_warehouse
from tests.dq.catalogue import build_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings


class Ask(Protocol):
    """Evaluate one SQL expression."""

    def __call__(self, expression: str, *values: object) -> Any:
        """The value of the expression with its placeholders filled."""


@pytest.fixture(scope="session")
def functions(settings: Settings, server: Server, _warehouse_template: None) -> Settings:
    """Nothing here writes, and the room is run on end, so all its modules ask one warehouse."""
    warehouse = empty_warehouse(settings, server)
    build_catalogue(warehouse)
    return warehouse


@pytest.fixture(scope="module")
def cursor(functions: Settings) -> Iterator[Cursor]:
    with closing(connect(functions, "o7_gate")) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.fixture(scope="module")
def ask(cursor: Cursor) -> Ask:
    def evaluate(expression: str, *values: object) -> Any:
        cursor.execute(f"select {expression}", values)
        return cursor.fetchone()[0]

    return evaluate
