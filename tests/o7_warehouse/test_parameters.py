"""A threshold holds from its first day to its last one, both included."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.errors import CatalogueError
from o7_warehouse.parameters import parameter

if TYPE_CHECKING:
    from pathlib import Path

ROWS = """parameter,value,unit,valid_from,valid_to,says,legal_place
volume_ceiling,1.5,share,2021-11-10,2026-08-31,,
volume_ceiling,20,share,2026-09-01,2026-09-30,,
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with these parameters alone."""
    path = tmp_path / "dbt_project" / "seeds" / "parameters.csv"
    path.parent.mkdir(parents=True)
    path.write_text(ROWS, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("day", "value"),
    [("2021-11-10", "1.5"), ("2026-08-31", "1.5"), ("2026-09-01", "20"), ("2026-09-30", "20")],
    ids=["its first day", "its last day", "the next one's first day", "the next one's last day"],
)
def test_the_value_in_force_is_taken(root, day, value):
    assert parameter(root, "volume_ceiling", on=dt.date.fromisoformat(day)) == Decimal(value)


@pytest.mark.parametrize("day", ["2021-11-09", "2026-10-01"])
def test_a_day_without_a_value_is_refused(root, day):
    with pytest.raises(CatalogueError, match=f"0 values of 'volume_ceiling' are in force on {day}"):
        parameter(root, "volume_ceiling", on=dt.date.fromisoformat(day))
