"""One warehouse with three published nights for all tests of reports."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import bootstrap
from o7_warehouse.report.render import render
from o7_warehouse.server import ADMIN, running
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import transaction
from tests.reports import republic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


REPORT = "indicator_statement"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a state directory whose warehouse holds the republic."""
    state: Path = tmp_path_factory.mktemp("reports")
    settings = Settings.load(state, environment={})
    with running(settings) as server:
        bootstrap.ensure(settings, server)
        with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
            republic.make_tables(cursor)
            republic.publish(cursor, republic.QUARTER_END)
            republic.publish(cursor, republic.NIGHT)
            republic.publish(cursor, republic.INCOMPLETE, incomplete=True)
        yield settings


@pytest.fixture(scope="session")
def full(settings: Settings) -> dict[str, Path]:
    """The files of the full night by their ending, rendered once for tests that only read."""
    return {path.suffix: path for path in render(settings, report_id=REPORT, night=republic.NIGHT)}


@pytest.fixture(scope="session")
def incomplete(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of the night without a source; copies, because a test renders that night anew."""
    folder = tmp_path_factory.mktemp("incomplete")
    paths = render(settings, report_id=REPORT, night=republic.INCOMPLETE)
    return {path.suffix: shutil.copy(path, folder / path.name) for path in paths}
