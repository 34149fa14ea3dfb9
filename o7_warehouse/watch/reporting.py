"""Alarms about editions: due days by the calendar, approvals that are waited for, messages that did not arrive."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from o7_warehouse.editions.states import State
from o7_warehouse.errors import CatalogueError
from o7_warehouse.parameters import parameter
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.watch.alarms import DRAFT_LATE, EDITION_LATE, OUTBOX_STUCK, SIGNATURE_WAITS, day, found

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.editions.calendar import DueDays
    from o7_warehouse.editions.overview import Line
    from o7_warehouse.watch.alarms import Found
    from o7_warehouse.watch.facts import Facts

# What nobody has made for a year is no alarm of today.
LOOK_BACK: Final = dt.timedelta(days=366)
_WAITS: Final = frozenset({"draft", "submitted"})
_NEEDS_A_PERSON: Final = frozenset({"given_up", "uncertain"})
_GOES_ON: Final = frozenset({"queued", "sending", "failed"})


def due_editions(facts: Facts, root: Path, now: dt.datetime) -> Iterator[Found]:
    """Drafts and editions that are late by the calendar; drafts that wait for a signature. Raises CatalogueError."""
    today = now.astimezone(MOSCOW).date()
    patience = dt.timedelta(days=int(parameter(root, "alarm_signature_days", on=today)))
    for line in facts.editions:
        if line.state in {State.open, State.issued} or today - line.period.last_day > LOOK_BACK:
            continue
        if line.due is None:
            raise CatalogueError(
                f"The calendar does not know by when the report of {line.period} is due, so nobody can say whether it "
                "is late. Enter the days off of the year in calendar_days.csv, then the year in calendar_years.csv."
            )
        can_be_drafted = any(line.period.first_day <= one <= line.period.last_day for one in facts.nights)
        yield from _of_period(line, line.due, today, patience, can_be_drafted=can_be_drafted)


def _of_period(
    line: Line, due: DueDays, today: dt.date, patience: dt.timedelta, *, can_be_drafted: bool
) -> Iterator[Found]:
    name, period = line.period.name, str(line.period)
    # Without a night of the period there is nothing to freeze; that nights are missing is another alarm.
    if line.state is State.closing and can_be_drafted and today > due.draft:
        said = f"Проект отчета за период «{name}» должен был быть готов {day(due.draft)}."
        yield found(DRAFT_LATE, said, period)
    if due.approval is None:
        return
    if today > due.approval:
        said = f"Отчет за период «{name}» должен был быть утвержден {day(due.approval)} и не выпущен."
        yield found(EDITION_LATE, said, period)
    elif line.event is not None and line.event.event in _WAITS and today >= due.approval - patience:
        said = f"Редакция {line.event.edition} не утверждена, срок утверждения – {day(due.approval)}."
        yield found(SIGNATURE_WAITS, said, period)


def stuck_messages(facts: Facts, root: Path, now: dt.datetime) -> Iterator[Found]:
    """Editions a recipient has not got: given up, uncertain, or waiting too long. Raises CatalogueError."""
    hours = int(parameter(root, "alarm_outbox_hours", on=now.astimezone(MOSCOW).date()))
    late = now - dt.timedelta(hours=hours)
    stuck: dict[str, list[str]] = {}
    for one in facts.messages:
        if one.event in _NEEDS_A_PERSON or (one.event in _GOES_ON and one.since < late):
            stuck.setdefault(one.edition, []).append(one.recipient)
    for edition, recipients in sorted(stuck.items()):
        yield found(OUTBOX_STUCK, f"Не доставлено получателям: {', '.join(sorted(recipients))}.", edition)
