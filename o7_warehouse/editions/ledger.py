"""The ledger of editions: what happened to each, in order. Rows are only added; the state is the last event.

Which event may follow which says the database (ddl/60_editions.sql), which refuses every other one by itself; here the
same is asked first, under the same lock, so that whoever is refused is told why.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.errors import CommandError, EditionError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

ROLE: Final = "o7_reporter"
_ID: Final = re.compile(
    r"(?P<period>\d{4}(?P<part>-Q[1-4]|-(?:0[1-9]|1[0-2]))?)(?P<year>-Y)?-(?P<revision>\d{2,})"
)
_COLUMNS: Final = """
    edition_id, event_no, event, night, run_id::text, manifest_sha256, by_whom, reason, detail, recorded_at
"""
_ALLOWED: Final = "select event from audit.edition_transitions() where state = %s"
_IS_SAME: Final = "select audit.edition_person(%s) = audit.edition_person(%s)"
_ADD: Final = """
    insert into audit.edition_event (
        edition_id, event_no, event, period, revision, night, run_id, manifest_sha256, by_whom, reason, detail
    ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True, order=True)
class EditionId:
    """Period and revision: ``2025-Q4-01``, of a year ``2025-Y-01``, of a month ``2025-12-01``."""

    period: Period
    revision: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The edition a code names. Raises CommandError."""
        found = _ID.fullmatch(text)
        if found and int(found["revision"]) and bool(found["year"]) != bool(found["part"]):
            one = cls(Period.parse(found["period"]), int(found["revision"]))
            if str(one) == text:
                return one
        raise CommandError(
            f"{text!r} names no edition, so nothing can be looked up. Write period and revision, as 2025-Q4-01 or "
            "2025-Y-01; ./o7 edition list shows those there are."
        )

    def __str__(self) -> str:
        """The code: what :meth:`parse` reads."""
        return f"{self.period}{'-Y' if self.period.kind is Kind.year else ''}-{self.revision:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to an edition; ``detail`` holds what the checklist said then."""

    edition: EditionId
    event_no: int
    event: str
    night: dt.date
    run_id: str
    manifest_sha256: str
    by_whom: str
    reason: str | None
    detail: Mapping[str, Any]
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody wants to happen to an edition; a draft brings a night, a build and a manifest of its own."""

    event: str
    by_whom: str
    reason: str | None = None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What an edition holds fast: a night, the run whose build stands for it, the hash of the manifest."""

    night: dt.date
    run_id: str
    manifest_sha256: str


def all_events(cursor: Cursor) -> list[Event]:
    """Every event of every edition, by edition in their order."""
    cursor.execute(f"select {_COLUMNS} from audit.edition_event")  # noqa: S608 - our own columns
    found = [_event(row) for row in cursor.fetchall()]
    return sorted(found, key=lambda one: (one.edition, one.event_no))


def events_of(cursor: Cursor, edition: EditionId) -> list[Event]:
    """What happened to an edition, in order; empty where it was never drafted."""
    return [one for one in all_events(cursor) if one.edition == edition]


def last_event(cursor: Cursor, edition: EditionId) -> Event:
    """The state of an edition. Raises EditionError where there is none."""
    events = events_of(cursor, edition)
    if not events:
        raise EditionError(
            f"There is no edition {edition}, so nothing can be done with it. "
            f"Draft it with ./o7 edition draft {edition.period}, or see ./o7 edition list."
        )
    return events[-1]


def next_edition(cursor: Cursor, period: Period) -> EditionId:
    """The edition a draft of the period would be: the one that is not issued yet, or the revision after the last."""
    of_period = [one for one in all_events(cursor) if one.edition.period == period]
    if not of_period:
        return EditionId(period, 1)
    last = of_period[-1]
    return EditionId(period, last.edition.revision + 1) if last.event == "issued" else last.edition


def hold(cursor: Cursor, period: Period) -> None:
    """Wait until nobody else changes an edition of the period, and keep others waiting until the transaction ends."""
    cursor.execute("select audit.edition_lock(%s)", (str(period),))


def refuse_impossible(cursor: Cursor, edition: EditionId, step: Step) -> Event | None:
    """The last event, if the step may follow it; None where the edition begins with it.

    Raises CommandError without a name or a needed reason, EditionError when the step may not follow.
    """
    if not step.by_whom.strip(" ."):
        raise CommandError(
            "--by is empty, so nobody would answer for the step. Give the name that stands under it."
        )
    needs_reason = step.event == "rejected" or (step.event == "draft" and edition.revision > 1)
    if needs_reason and not (step.reason or "").strip():
        raise CommandError(
            f"{edition}: {'a rejection' if step.event == 'rejected' else 'a further revision'} needs a reason, for "
            "whoever reads the ledger later. Give it with --reason."
        )
    events = events_of(cursor, edition)
    state = events[-1].event if events else ""
    cursor.execute(_ALLOWED, (state,))
    allowed = [event for (event,) in cursor.fetchall()]
    if step.event not in allowed:
        way = f"only {' or '.join(allowed)} may follow" if allowed else "it never changes again"
        raise EditionError(
            f"The edition {edition} is {state or 'not drafted'}, so it cannot become {step.event}: {way}. "
            f"See what happened with ./o7 edition show {edition}."
        )
    if step.event == "approved":
        _refuse_own_work(cursor, events, step.by_whom)
    return events[-1] if events else None


def add(cursor: Cursor, edition: EditionId, step: Step, frozen: Frozen) -> int:
    """Write a step that may follow; returns its number within the edition. The caller holds the period."""
    before = refuse_impossible(cursor, edition, step)
    number = before.event_no + 1 if before else 1
    cursor.execute(
        _ADD,
        (
            str(edition), number, step.event, str(edition.period), edition.revision, frozen.night, frozen.run_id,
            frozen.manifest_sha256, step.by_whom.strip(), (step.reason or "").strip() or None,
            json.dumps(step.detail, ensure_ascii=False),
        ),
    )  # fmt: skip
    return number


def _refuse_own_work(cursor: Cursor, events: list[Event], name: str) -> None:
    drafted = max(one.event_no for one in events if one.event == "draft")
    for one in events:
        if one.event_no < drafted:
            continue
        cursor.execute(_IS_SAME, (one.by_whom, name))
        if cursor.fetchall() == [(True,)]:
            raise EditionError(
                f"{name.strip()!r} has {'drafted' if one.event == 'draft' else one.event} the edition {one.edition} "
                "and cannot approve it: an edition needs two people. Let somebody else look at it and approve."
            )


def _event(row: tuple[Any, ...]) -> Event:
    return Event(
        edition=EditionId.parse(row[0]), event_no=row[1], event=row[2], night=row[3], run_id=row[4],
        manifest_sha256=row[5], by_whom=row[6], reason=row[7], detail=row[8], recorded_at=row[9],
    )  # fmt: skip
