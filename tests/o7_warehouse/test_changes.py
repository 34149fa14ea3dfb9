"""A night that reads changes leaves what one that reads everything leaves: rows, intervals, counts, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from o7_simulator import cli
from o7_simulator.clock import Clock
from o7_simulator.plan import Request
from o7_simulator.rates import profile
from tests.conftest import open_folder
from tests.deliveries import NIGHT, emptied
from tests.o7_warehouse.replicas import each_night, left_by, read_changes, read_whole, readings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NIGHTS = 5
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def drops() -> Iterator[list[Path]]:
    """Five eventful nights."""
    with open_folder() as folder:
        request = Request(60, 7, Clock(NIGHT, NIGHTS), profile("eventful"))
        cli.run(request, str(folder), truth_file=None, processes=1, form="contract")
        yield sorted(path for path in folder.iterdir() if path.is_dir())


@pytest.mark.full
def test_five_eventful_nights_read_by_changes_are_the_same_nights_read_whole(
    server, warehouse_database, drops
):
    for _ in each_night(server, read_whole(emptied(warehouse_database)), drops):
        pass
    whole = left_by(warehouse_database)

    for _ in each_night(server, read_changes(emptied(warehouse_database)), drops):
        pass

    assert left_by(warehouse_database) == whole
    found = readings(warehouse_database)
    assert [base is None for base, *_ in found] == [True, False, False, False, False]
    assert all(10 * read < rows for base, read, rows in found if base)
