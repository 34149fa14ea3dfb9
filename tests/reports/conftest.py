"""One warehouse with three published nights for all tests of reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from o7_warehouse import bootstrap
from o7_warehouse.server import ADMIN, running
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import transaction
from tests.reports import republic


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
