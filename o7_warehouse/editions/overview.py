"""Which periods and editions there are on a day: what `./o7 edition list` and `show` tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.editions.calendar import due_days, has_edition
from o7_warehouse.editions.ledger import ROLE, all_events, events_of, last_event
from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.editions.states import state_of
from o7_warehouse.errors import CatalogueError
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from o7_warehouse.editions.calendar import DueDays
    from o7_warehouse.editions.ledger import EditionId, Event
    from o7_warehouse.editions.states import State
    from o7_warehouse.settings import Settings

_NIGHTS: Final = "select min(night), max(night) from published.night"


@dataclass(frozen=True, slots=True)
class Line:
    """A period on a day, and the last event of one of its editions; ``due`` None: the calendar does not know."""

    period: Period
    state: State
    due: DueDays | None
    event: Event | None


def overview(settings: Settings, *, today: dt.date) -> list[Line]:
    """Every period with an edition of its own from the first published night to today, newest first.

    A period without an edition has one line, any other one for each of its editions. Raises CatalogueError.
    """
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        events = all_events(cursor)
        cursor.execute(_NIGHTS)
        [(first, newest)] = cursor.fetchall()
    if first is None:
        return []
    lines = []
    for period in _periods(settings, first, max(newest, today)):
        last = {one.edition: one for one in events if one.edition.period == period}
        state, due = state_of(period, events, today=today), _due(settings, period)
        lines += [Line(period, state, due, one) for one in (last.values() or [None])]
    return sorted(lines, key=_order, reverse=True)


def history(settings: Settings, edition: EditionId) -> list[Event]:
    """What happened to an edition, in order. Raises EditionError where there is none."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        last_event(cursor, edition)
        return events_of(cursor, edition)


def _periods(settings: Settings, first: dt.date, last: dt.date) -> Iterator[Period]:
    for kind in Kind:
        period = Period.of(first, kind)
        while period.first_day <= last:
            if has_edition(settings.root, period):
                yield period
            period = period.next


def _due(settings: Settings, period: Period) -> DueDays | None:
    """The due days; of a period whose due days fall into a year nobody has entered, none: a list tells so."""
    try:
        return due_days(settings.root, period)
    except CatalogueError:
        return None


def _order(line: Line) -> tuple[dt.date, str, int]:
    return line.period.last_day, line.period.kind.value, line.event.edition.revision if line.event else 0
