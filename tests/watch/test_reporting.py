"""Editions are late by their due days, which move to working days; a signature is asked for before."""

from __future__ import annotations

import datetime as dt

import pytest

from o7_warehouse.editions.calendar import due_days
from o7_warehouse.editions.ledger import EditionId, Event
from o7_warehouse.editions.overview import Line
from o7_warehouse.editions.periods import Period
from o7_warehouse.editions.states import State
from o7_warehouse.errors import CatalogueError
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.settings import ROOT
from o7_warehouse.watch.facts import Facts, Waiting
from o7_warehouse.watch.reporting import due_editions, stuck_messages

QUARTER = Period.parse("2025-Q4")
NIGHTS = (dt.date(2025, 12, 30), dt.date(2026, 1, 30))
# The third of January is a holiday, so the draft is due on Monday the 12th, and so is the approval.
CASES = [
    pytest.param("closing", None, "2026-01-12", [], id="on the last day for the draft"),
    pytest.param("closing", None, "2026-01-13", ["draft_late", "edition_late"], id="both days are one"),
    pytest.param("closed", "submitted", "2026-01-09", [], id="a signature is not urgent yet"),
    pytest.param("closed", "submitted", "2026-01-10", ["signature_waits"], id="two days before"),
    pytest.param("closed", "draft", "2026-01-12", ["signature_waits"], id="a draft on the last day"),
    pytest.param("closed", "approved", "2026-01-12", [], id="approved in time"),
    pytest.param("closed", "approved", "2026-01-13", ["edition_late"], id="approved and not issued"),
    pytest.param("issued", "issued", "2026-02-01", [], id="issued"),
    pytest.param("open", None, "2025-12-31", [], id="the period is not over"),
    pytest.param("closing", None, "2027-02-01", [], id="nobody has made it for a year"),
]


def facts(
    line: Line | None = None, messages: list[Waiting] | None = None, nights: tuple[dt.date, ...] = NIGHTS
) -> Facts:
    """A warehouse of which only one edition, or only its messages, are known."""
    return Facts(
        nights=nights, newest=None, is_held=False, steps=[], outcomes=[],
        editions=[line] if line else [], messages=messages or [],
    )  # fmt: skip


def line(period: Period, state: str, event: str | None) -> Line:
    """A period with the last event of its first edition."""
    last = None if event is None else Event(
        edition=EditionId(period, 1), event_no=1, event=event, night=period.last_day, run_id="", manifest_sha256="",
        by_whom="", reason=None, detail={}, recorded_at=dt.datetime(2026, 1, 2, tzinfo=MOSCOW),
    )  # fmt: skip
    return Line(period, State(state), due_days(ROOT, period), last)


@pytest.mark.parametrize(("state", "event", "day", "told"), CASES)
def test_an_edition_is_late_by_its_due_days(state, event, day, told):
    now = dt.datetime.fromisoformat(day).replace(hour=12, tzinfo=MOSCOW)

    found = list(due_editions(facts(line(QUARTER, state, event)), ROOT, now))

    assert sorted(one.key.code for one in found) == told
    assert {one.key.subject for one in found} <= {"2025-Q4"}


def test_a_month_that_is_kept_for_ourselves_is_never_late_with_an_approval():
    january = line(Period.parse("2026-01"), "closing", None)

    found = list(due_editions(facts(january), ROOT, dt.datetime(2026, 2, 20, tzinfo=MOSCOW)))

    assert [one.key.code for one in found] == ["draft_late"]


def test_a_period_without_a_published_night_cannot_be_drafted_and_is_late_only_as_a_report():
    never = facts(line(QUARTER, "closing", None), nights=(dt.date(2025, 9, 30), dt.date(2026, 1, 9)))

    found = list(due_editions(never, ROOT, dt.datetime(2026, 1, 20, tzinfo=MOSCOW)))

    assert [one.key.code for one in found] == ["edition_late"]


def test_a_due_day_nobody_knows_is_no_guess():
    unknown = Line(QUARTER, State.closing, None, None)

    with pytest.raises(CatalogueError, match="2025-Q4"):
        list(due_editions(facts(unknown), ROOT, dt.datetime(2026, 1, 20, tzinfo=MOSCOW)))


@pytest.mark.parametrize(
    ("event", "hours", "is_stuck"),
    [
        pytest.param("sent", 900, False, id="taken"),
        pytest.param("queued", 1, False, id="just queued"),
        pytest.param("failed", 23, False, id="tried again by itself"),
        pytest.param("failed", 25, True, id="tried for more than a day"),
        pytest.param("queued", 25, True, id="nobody tries"),
        pytest.param("given_up", 0, True, id="refused"),
        pytest.param("uncertain", 0, True, id="nobody knows"),
    ],
)
def test_a_message_that_does_not_arrive_is_told(event, hours, is_stuck):
    now = dt.datetime(2026, 1, 20, 12, tzinfo=MOSCOW)
    message = Waiting("2025-Q4-01", "office", "smtp", event, now - dt.timedelta(hours=hours))

    found = list(stuck_messages(facts(messages=[message]), ROOT, now))

    assert [(one.key.code, one.key.subject) for one in found] == [("outbox_stuck", "2025-Q4-01")] * is_stuck
    assert all("office" in one.said for one in found)
