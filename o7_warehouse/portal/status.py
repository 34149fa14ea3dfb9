"""The page of the warehouse's state in the portal: the last nights, what is open, what is due. It tells no figure.

The portal of a night holds it without a state; the closing task and the watch put the present state in place.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.states import State as PeriodState
from o7_warehouse.editions.words import EVENTS, STATES
from o7_warehouse.errors import CatalogueError
from o7_warehouse.night_outcome import State
from o7_warehouse.report.formats import date_digits, instant_text, plain_yo
from o7_warehouse.report.sets import CLOSED
from o7_warehouse.report.templates import render_template
from o7_warehouse.watch.alarms import runbook_of, title_of
from o7_warehouse.watch.nights import expected_night

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.night_outcome import NightOutcome
    from o7_warehouse.settings import Settings
    from o7_warehouse.watch.facts import Facts
    from o7_warehouse.watch.memory import Memory

ADDRESS: Final = "status/index.html"
TEMPLATE: Final = "portal/status.html.j2"
# Beside what is written of the whole portal (portal/build.py).
PLACE: Final = f"portal/current/{ADDRESS}"
NIGHTS: Final = {
    State.published: "опубликована",
    State.held: "построена и придержана",
    State.failed: "не опубликована: ошибка",
    State.interrupted: "прервана",
}


def page_without_state() -> bytes:
    """The page of a portal that nobody keeps up to date."""
    return render_template(TEMPLATE, {"state": None}).encode()


def page_of(settings: Settings, facts: Facts | None, memory: Memory, *, now: dt.datetime) -> bytes:
    """The page of an instant; without facts it says that the warehouse did not answer."""
    state: dict[str, Any] = {
        "written": instant_text(now),
        "alarms": [(title_of(one.key), instant_text(one.at), runbook_of(one.code)) for one in memory.opened],
        "was_looked": bool(memory.passed_at),
        "expected": _expected(settings, now),
        "facts": None if facts is None else {
            "published": date_digits(facts.published) if facts.published else "нет",
            "nights": [_night(one) for one in facts.outcomes],
            "due": list(_due(facts)),
        },
    }  # fmt: skip
    return render_template(TEMPLATE, {"state": state}).encode()


def put_state(settings: Settings, facts: Facts | None, memory: Memory, *, now: dt.datetime) -> Path | None:
    """Put the present state in place in the pages of the state directory; None where there are no pages yet.

    Raises OSError.
    """
    place = settings.state / PLACE
    if not place.exists():
        return None
    fresh = place.with_suffix(".unfinished")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, CLOSED.file), "wb") as file:
        file.write(page_of(settings, facts, memory, now=now))
    fresh.replace(place)
    return place


def _expected(settings: Settings, now: dt.datetime) -> str:
    try:
        return date_digits(expected_night(settings.root, now))
    except CatalogueError:
        return "неизвестно: не заданы пороги"


def _night(one: NightOutcome) -> tuple[str, str, str, str]:
    """Night, how it ended, where and by which error, when."""
    where = f"{one.step}, {one.reason}" if one.reason else "–"
    return (
        date_digits(one.night) if one.night else "не открыта",
        NIGHTS[one.state],
        where,
        instant_text(one.ended_at),
    )


def _due(facts: Facts) -> Iterator[tuple[str, str, str, str]]:
    """Period, its state, by when draft and approval are due; of those that are not issued."""
    for line in facts.editions:
        if line.state is PeriodState.issued:
            continue
        draft = date_digits(line.due.draft) if line.due else "не известно"
        approval = date_digits(line.due.approval) if line.due and line.due.approval else "–"
        told = (
            f"{line.event.edition}: {EVENTS[line.event.event]}"
            if line.event
            else plain_yo(STATES[line.state])
        )
        yield line.period.name, told, draft, approval
