"""A warehouse with three published nights for the tests of reports."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.report.render import render
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.reports import republic

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings


REPORT = "indicator_statement"


@pytest.fixture(scope="module")
def published(warehouse_database: Settings) -> Settings:
    """A warehouse that holds the republic."""
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        republic.make_tables(cursor)
        republic.publish(cursor, republic.QUARTER_END)
        republic.publish(cursor, republic.NIGHT)
        republic.publish(cursor, republic.INCOMPLETE, incomplete=True)
    return warehouse_database


@pytest.fixture(scope="module")
def full(published: Settings) -> dict[str, Path]:
    """The files of the full night by their ending, rendered once for tests that only read."""
    return {path.suffix: path for path in render(published, report_id=REPORT, night=republic.NIGHT)}


@pytest.fixture(scope="module")
def incomplete(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of the night without a source; copies, because a test renders that night anew."""
    folder = tmp_path_factory.mktemp("incomplete")
    paths = render(published, report_id=REPORT, night=republic.INCOMPLETE)
    return {path.suffix: shutil.copy(path, folder / path.name) for path in paths}
