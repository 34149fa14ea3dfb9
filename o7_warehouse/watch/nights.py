"""Alarms about nights: late, stuck, failed, and why."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from o7_warehouse.editions.calendar import read_calendar
from o7_warehouse.night_outcome import STOPPED
from o7_warehouse.parameters import parameter
from o7_warehouse.report.formats import MOSCOW, instant_text
from o7_warehouse.watch.alarms import (
    DELIVERY_REFUSED,
    GATE_CLOSED,
    NIGHT_FAILED,
    NIGHT_MISSING,
    NIGHT_STUCK,
    SOURCE_SILENT,
    day,
    found,
)
from o7_warehouse.watch.words import reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.watch.alarms import Found
    from o7_warehouse.watch.facts import Facts

# Class of the error that stopped a night -> whose alarm it is; everything else is a failed night.
_WHOSE: Final = {
    "SourceUnavailableError": SOURCE_SILENT,
    "ContractError": DELIVERY_REFUSED,
    "DeliveryError": DELIVERY_REFUSED,
    "GateError": GATE_CLOSED,
}


def expected_night(root: Path, now: dt.datetime) -> dt.date:
    """The night that must be published by now: yesterday's, before its hour the one before. Raises CatalogueError."""
    here = now.astimezone(MOSCOW)
    hour = int(parameter(root, "alarm_night_hour", on=here.date()))
    return here.date() - dt.timedelta(days=1 if here.hour >= hour else 2)


def missing_days(root: Path, published: dt.date, expected: dt.date) -> int:
    """How many working days after the newest published night should have been published. Raises CatalogueError."""
    calendar = read_calendar(root)
    days = (published + dt.timedelta(days=one) for one in range(1, (expected - published).days + 1))
    return sum(calendar.is_working(one) for one in days)


def late_night(facts: Facts, root: Path, now: dt.datetime) -> Iterator[Found]:
    """The newest published night is older than the calendar allows. Raises CatalogueError."""
    expected = expected_night(root, now)
    if facts.published is None:
        yield found(NIGHT_MISSING, "Ни одна ночь еще не опубликована.")
        return
    allowed = int(parameter(root, "alarm_night_days", on=expected))
    missing = missing_days(root, facts.published, expected)
    if missing >= allowed:
        yield found(
            NIGHT_MISSING,
            f"Последняя опубликованная ночь – {day(facts.published)}, ожидается {day(expected)}; рабочих дней без "
            f"публикации: {missing}.",
        )


def stuck_night(facts: Facts, root: Path, now: dt.datetime) -> Iterator[Found]:
    """A run has not ended for longer than any night may take. Raises CatalogueError."""
    run = facts.newest
    if run is None or run.has_ended:
        return
    hours = int(parameter(root, "alarm_run_hours", on=now.astimezone(MOSCOW).date()))
    if now - run.started_at > dt.timedelta(hours=hours):
        yield found(
            NIGHT_STUCK,
            f"Ночь {day(run.night)} начата {instant_text(run.started_at)} и не завершена: она прервана или стоит.",
        )


def failed_night(facts: Facts) -> Iterator[Found]:
    """The night that ended last was not published, and why."""
    if not facts.outcomes or facts.outcomes[0].state not in STOPPED:
        return
    last = facts.outcomes[0]
    night = f"Ночь {day(last.night)}" if last.night else "Ночь (ее день не определен)"
    yield found(
        _WHOSE.get(last.reason, NIGHT_FAILED),
        f"{night}, шаг {last.step}, {last.reason}. {reason_text(last.reason, last.message)}",
    )
