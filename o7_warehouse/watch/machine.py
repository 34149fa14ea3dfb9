"""Alarms about what the warehouse stands on: scheduler, disk, copies, calendar. None of them asks the database."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import urllib.error
import urllib.request
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from o7_warehouse.airflow_environment import airflow_home
from o7_warehouse.editions.calendar import read_calendar
from o7_warehouse.errors import SettingsError
from o7_warehouse.parameters import parameter
from o7_warehouse.report.formats import MOSCOW, decimal_text, instant_text
from o7_warehouse.scheduler import RUNNING
from o7_warehouse.upkeep.backup import NOTE, newest
from o7_warehouse.upkeep.outcome import BEGUN, FAILED, outcomes
from o7_warehouse.watch.alarms import (
    BACKUP_OLD,
    CALENDAR_MISSING,
    DISK_LOW,
    SCHEDULER_SILENT,
    UPKEEP_FAILED,
    found,
)
from o7_warehouse.watch.words import meaning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings
    from o7_warehouse.watch.alarms import Found

ANSWER_SECONDS: Final = 10
PARTS: Final = {"metadatabase": "база Airflow", "scheduler": "планировщик", "dag_processor": "разбор DAG"}
# A year of the calendar is needed when due days and nights begin to fall into it.
AHEAD: Final = dt.timedelta(days=31)
# What the DAG of upkeep may take as a whole.
LONGEST_STEP: Final = dt.timedelta(hours=6)


def silent_scheduler(settings: Settings) -> Iterator[Found]:
    """Nobody would begin the next night: Airflow does not answer, or says that a part of it is not well.

    Where nights are begun by hand and no Airflow was left running, nothing is expected.
    """
    address = airflow_address(settings)
    if address is None:
        if settings.timetable:
            yield found(SCHEDULER_SILENT, "Ночи должны начинаться по расписанию, а Airflow не запущен.")
        return
    health = _health(f"{address}/api/v2/monitor/health")
    if health is None:
        yield found(SCHEDULER_SILENT, f"Airflow не отвечает по адресу {address}.")
        return
    ill = [words for part, words in PARTS.items() if health.get(part) != "healthy"]
    if ill:
        yield found(SCHEDULER_SILENT, f"Airflow сообщает, что не работает: {', '.join(ill)}.")


def airflow_address(settings: Settings) -> str | None:
    """Where Airflow answers: as the settings say, or as `./o7 up` has left it; None where it never was started."""
    if settings.airflow_url:
        return settings.airflow_url.rstrip("/")
    kept = airflow_home(settings) / RUNNING
    if not kept.exists():
        return None
    return f"http://127.0.0.1:{json.loads(kept.read_text(encoding='utf-8'))['ports']['api']}"


def low_disk(settings: Settings, now: dt.datetime) -> Iterator[Found]:
    """Less of the state directory's disk is free than a night and its copy may need. Raises CatalogueError."""
    least = parameter(settings.root, "alarm_disk_share", on=now.astimezone(MOSCOW).date())
    disk = shutil.disk_usage(settings.state)
    if disk.free < least * disk.total:
        free, total = (decimal_text(Decimal(size) / 2**30) for size in (disk.free, disk.total))
        yield found(DISK_LOW, f"Свободно {free} ГиБ из {total} ГиБ, нужно не менее {least:.0%}.")


def backup_taken_at(settings: Settings) -> dt.datetime | None:
    """When the newest whole copy was taken; None where there is none."""
    folder = newest(settings)
    if folder is None:
        return None
    return dt.datetime.fromisoformat(json.loads((folder / NOTE).read_text(encoding="utf-8"))["taken_at"])


def old_backup(settings: Settings, now: dt.datetime) -> Iterator[Found]:
    """The newest copy is older than upkeep would leave it, or there is none. Raises CatalogueError."""
    days = int(parameter(settings.root, "alarm_backup_days", on=now.astimezone(MOSCOW).date()))
    taken = backup_taken_at(settings)
    if taken is None:
        yield found(BACKUP_OLD, "Резервных копий нет.")
    elif now - taken > dt.timedelta(days=days):
        yield found(BACKUP_OLD, f"Последняя резервная копия – {instant_text(taken)}.")


def failed_upkeep(settings: Settings, now: dt.datetime) -> Iterator[Found]:
    """A step of upkeep has failed, or began so long ago that it must have been killed."""
    for one in outcomes(settings):
        began = dt.datetime.fromisoformat(one.began_at)
        if one.outcome == FAILED:
            yield found(
                UPKEEP_FAILED, f"Начат {instant_text(began)} и не выполнен. {meaning(one.error)}", one.step
            )
        elif one.outcome == BEGUN and now - began > LONGEST_STEP:
            yield found(UPKEEP_FAILED, f"Начат {instant_text(began)} и не завершен.", one.step)


def unknown_year(root: Path, now: dt.datetime) -> Iterator[Found]:
    """The calendar does not know a year that is needed now or within a month."""
    today = now.astimezone(MOSCOW).date()
    known = read_calendar(root).years
    for year in sorted({today.year, (today + AHEAD).year} - known):
        yield found(CALENDAR_MISSING, f"Рабочие и нерабочие дни {year} года не внесены.", str(year))


def _health(url: str) -> dict[str, str] | None:
    """What each part of Airflow says of itself, None without an answer. Raises SettingsError for no address."""
    if not url.startswith(("http://", "https://")):
        raise SettingsError(
            f"O7_AIRFLOW_URL is no http:// or https:// address, so nobody can ask whether the scheduler lives: {url}. "
            "Correct it, or unset it for the Airflow of ./o7 up."
        )
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - http, as checked above
            told = json.load(answer)
            return {part: told[part]["status"] for part in PARTS}
    except (OSError, ValueError, KeyError):
        return None
