"""A warehouse with three published nights for the tests of reports."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.report.render import render
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.reports import republic, small_republic

if TYPE_CHECKING:
    import datetime as dt

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
def few(warehouse_database: Settings) -> Settings:
    """A warehouse that holds the small republic."""
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        republic.make_tables(cursor)
        small_republic.publish(cursor)
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


@pytest.fixture(scope="module")
def dictionary(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of the data dictionary of the full night by their ending."""
    return copied(published, "data_dictionary", republic.NIGHT, tmp_path_factory.mktemp("dictionary"))


@pytest.fixture(scope="module")
def rules(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of the business rules of the full night by their ending."""
    return copied(published, "business_rules", republic.NIGHT, tmp_path_factory.mktemp("rules"))


def copied(settings: Settings, report_id: str, night: dt.date, folder: Path) -> dict[str, Path]:
    """Render a report that no night renders by itself, keep copies by their ending, and leave none behind."""
    paths = render(settings, report_id=report_id, night=night)
    copies = {path.suffix: Path(shutil.copy(path, folder / path.name)) for path in paths}
    forget(settings, report_id, night)
    return copies


def forget(settings: Settings, report_id: str, night: dt.date) -> None:
    """Take a report of a night away, so that another module finds only what a night renders."""
    shelf = settings.state / "reports" / night.isoformat()
    (shelf / report_id).unlink()
    for files in (shelf / ".sets").glob(f"{report_id}-*"):
        shutil.rmtree(files)
