"""What the warehouse stands on: its disk, its copies, the calendar."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from typing import NamedTuple

import pytest

from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.settings import ROOT
from o7_warehouse.upkeep.outcome import noted, outcomes
from o7_warehouse.watch.machine import unknown_year
from tests.watch.conftest import NOON


class Disk(NamedTuple):
    """What a system says of a disk."""

    total: int
    used: int
    free: int


@pytest.mark.parametrize(("free", "is_low"), [(9, True), (10, False)], ids=["too little", "just enough"])
def test_a_disk_that_fills_up_is_told_before_it_is_full(house, monkeypatch, free, is_low):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(100 * 2**30, (100 - free) * 2**30, free * 2**30))

    assert house.pass_() == ["opened disk_low"] * is_low


def test_a_copy_is_old_after_its_days_and_another_one_closes_the_alarm(house):
    days = 24 * 8
    house.run(dt.date(2025, 12, 23))

    assert "opened backup_old" not in house.pass_(days)
    assert "opened backup_old" in house.pass_(days + 1)

    house.backup(NOON + dt.timedelta(hours=days + 1))
    assert "closed backup_old" in house.pass_(days + 2)


def test_no_copy_at_all_is_an_old_copy(house):
    shutil.rmtree(house.settings.state / "backups")

    assert house.pass_() == ["opened backup_old"]


def test_a_step_of_upkeep_that_failed_or_was_killed_is_told_until_it_is_done(house):
    settings = house.settings
    with pytest.raises(ZeroDivisionError), noted(settings, "drill"):
        raise ZeroDivisionError
    assert house.pass_() == ["opened upkeep_failed"]

    with noted(settings, "drill"):
        assert [one.outcome for one in outcomes(settings)] == ["begun"]
    assert house.pass_() == ["closed upkeep_failed"]

    note = settings.state / "upkeep" / "drill.json"
    told = json.loads(note.read_text("utf-8"))
    for hours, opened in ((5, []), (7, ["opened upkeep_failed"])):
        began = NOON - dt.timedelta(hours=hours)
        note.write_text(json.dumps(told | {"outcome": "begun", "began_at": began.isoformat()}), "utf-8")
        assert house.pass_() == opened


@pytest.mark.parametrize(
    ("day", "missing"),
    [
        pytest.param("2026-11-30", [], id="the next year is more than a month away"),
        pytest.param("2026-12-01", ["2027"], id="a month before"),
        pytest.param("2027-06-01", ["2027"], id="the year itself"),
    ],
)
def test_a_year_of_the_calendar_is_asked_for_in_time(day, missing):
    now = dt.datetime.fromisoformat(day).replace(tzinfo=MOSCOW)

    assert [one.key.subject for one in unknown_year(ROOT, now)] == missing
