"""A warehouse in which nothing is wrong on a Tuesday at noon: last night is published, and a copy was taken."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.warehouse import transaction
from o7_warehouse.watch.look import watch_once
from tests.deliveries import asked, emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.settings import Settings

LAST_NIGHT = dt.date(2025, 12, 15)
NOON = dt.datetime(2025, 12, 16, 12, tzinfo=MOSCOW)
RUN = """
    insert into audit.run (run_id, night, mode, trigger, contract_version, snapshot_at, code_revision, started_at)
    values (%s, %s, 'extract', 'test', '1.0', %s, 'revision', %s)
"""
OUTCOME = """
    insert into audit.night_outcome (
        run_id, night, state, step, reason, message, started_at, ended_at,
        rows_in, rows_quarantined, rules_failed, rules_unchecked
    ) values (%s, %s, %s, %s, %s, 'What. Why. How.', %s, %s, 1000, 3, 2, 1)
"""
PUBLISH = """
    insert into published.night (night, build_id, run_id, snapshot_at, transport, contract_version, code_revision)
    values (%s, %s, %s, now(), 'T2', '1.0', 'revision')
"""


@dataclass
class House:
    """The settings with which it is watched, and what can happen in it."""

    settings: Settings

    def run(
        self, night: dt.date = LAST_NIGHT, *, reason: str = "", started: dt.datetime = NOON, over: bool = True
    ) -> str:
        """A run of a night that was published, or stopped for a reason; or one that nobody has ended."""
        run_id = str(uuid.uuid4())
        with transaction(self.settings, "o7_admin") as connection, connection.cursor() as cursor:
            cursor.execute(RUN, (run_id, night, started, started))
            if over:
                ended = "failed" if reason else "success"
                cursor.execute("insert into audit.run_outcome values (%s, %s, '')", (run_id, ended))
                state, step = ("failed", "extract") if reason else ("published", "")
                cursor.execute(OUTCOME, (run_id, night, state, step, reason, started, started))
            if over and not reason:
                cursor.execute("delete from published.night where night = %s", (night,))
                cursor.execute(PUBLISH, (night, run_id, run_id))
        return run_id

    def backup(self, taken: dt.datetime = NOON) -> None:
        """A copy of the warehouse, as far as its note tells."""
        folder = self.settings.state / "backups" / f"{taken:%Y-%m-%dT%H%M%SZ}"
        folder.mkdir(parents=True)
        (folder / "note.json").write_text(json.dumps({"taken_at": taken.isoformat()}), encoding="utf-8")

    def pass_(self, hours: float = 0, **changed: Any) -> list[str]:
        """One look, so many hours after noon, with settings that differ: what it changed, as `opened code`."""
        passed = watch_once(replace(self.settings, **changed), now=NOON + dt.timedelta(hours=hours))
        return [f"{one.event} {one.code}" for one in passed.changes]

    def rows(self) -> list[tuple[Any, ...]]:
        """What the audit says of alarms, in order."""
        return asked(
            self.settings,
            "select event, alarm, happened_at from audit.alarm_event order by happened_at, alarm",
        )


@pytest.fixture
def house(warehouse_database: Settings) -> Iterator[House]:
    """The house; whatever a test does to it is gone afterwards."""
    settings = emptied(warehouse_database)
    house = House(settings)
    house.run()
    house.backup()
    yield house
    asked(settings, "delete from published.night returning night")
    for folder in ("watch", "backups", "metrics", "upkeep"):
        shutil.rmtree(settings.state / folder, ignore_errors=True)
