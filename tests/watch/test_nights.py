"""By when a night is missing: after its hour, on working days, and in summer later."""

from __future__ import annotations

import datetime as dt

import pytest

from o7_warehouse.errors import CatalogueError
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.settings import ROOT
from o7_warehouse.watch.facts import Facts
from o7_warehouse.watch.nights import late_night


def facts(published: str | None) -> Facts:
    """A warehouse of which only the newest published night is known."""
    nights = [dt.date.fromisoformat(published)] if published else []
    return Facts(nights=nights, newest=None, is_held=False, steps=[], outcomes=[], editions=[], messages=[])


@pytest.mark.parametrize(
    ("published", "now", "is_late"),
    [
        pytest.param("2025-10-13", "2025-10-14 12:00", False, id="last night is there"),
        pytest.param("2025-10-13", "2025-10-15 06:59", False, id="before the hour"),
        pytest.param("2025-10-13", "2025-10-15 07:00", True, id="at the hour"),
        pytest.param("2025-10-10", "2025-10-13 12:00", False, id="a weekend is no working day"),
        pytest.param("2025-10-10", "2025-10-14 07:00", True, id="Monday's night after a weekend"),
        pytest.param("2025-12-30", "2026-01-09 12:00", False, id="the holidays of the New Year"),
        pytest.param("2026-10-12", "2026-10-15 12:00", True, id="two working days in October"),
        pytest.param("2026-07-13", "2026-07-16 12:00", False, id="the same in July"),
        pytest.param("2026-07-13", "2026-07-21 12:00", True, id="a week in July"),
        pytest.param(None, "2025-10-14 12:00", True, id="nothing was ever published"),
    ],
)
def test_a_night_is_missing_by_the_calendar(published, now, is_late):
    instant = dt.datetime.fromisoformat(now).replace(tzinfo=MOSCOW)

    assert [one.key.code for one in late_night(facts(published), ROOT, instant)] == [
        "night_missing"
    ] * is_late


def test_a_year_the_calendar_does_not_know_is_no_guess():
    with pytest.raises(CatalogueError, match="the year 2030"):
        list(late_night(facts("2030-12-30"), ROOT, dt.datetime(2031, 1, 15, tzinfo=MOSCOW)))
