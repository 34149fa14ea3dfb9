"""The way of an edition as a scheduler goes it: each step does what is still to be done, so that it can be repeated."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.airflow_sign_in import ADMIN_USER
from o7_warehouse.editions import decide
from o7_warehouse.editions.calendar import due_days, has_edition, is_issued
from o7_warehouse.editions.draft import draft
from o7_warehouse.editions.ledger import ROLE, EditionId, all_events, events_of, next_edition
from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.editions.states import last_night
from o7_warehouse.editions.words import checklist_lines
from o7_warehouse.errors import EditionError
from o7_warehouse.outbox.deliver import deliver
from o7_warehouse.outbox.receipts import refuse_unfinished
from o7_warehouse.report.formats import date_digits
from o7_warehouse.schema_version import refuse_newer_warehouse
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# A quarter before the year that ends with it: its figures are asked for first. Nobody waits for a month.
KINDS = (Kind.quarter, Kind.year, Kind.month)


@dataclass(frozen=True, slots=True)
class Choice:
    """The edition to begin; None where nothing is due, and then ``why`` says so."""

    edition: EditionId | None
    why: str = ""


def choose(settings: Settings, *, period: str | None, today: dt.date) -> Choice:
    """The edition of a period somebody asks for, or the first that is due on a day in Moscow and nobody has begun.

    Raises CommandError for a period that is none, CatalogueError for a day the calendar does not know,
    SchemaVersionError where newer code has made the tables of the warehouse.
    """
    refuse_newer_warehouse(settings)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        if period is not None:
            return Choice(next_edition(cursor, Period.parse(period)))
        found = [_due(cursor, settings, Period.of(today, kind).previous, today) for kind in KINDS]
    for one in found:
        if one.edition is not None:
            return one
    return Choice(None, " ".join(one.why for one in found))


def draft_anew(
    settings: Settings, edition: EditionId, *, by_whom: str, reason: str | None, today: dt.date
) -> None:
    """Draft an edition that is not handed over yet, or was sent back; raises what :func:`draft` raises."""
    if _state(settings, edition) in {"", "draft", "rejected"}:
        draft(settings, edition.period, by_whom=by_whom, reason=reason, today=today)


def is_for_approval(settings: Settings, edition: EditionId) -> bool:
    """Whether anybody approves it: a month is frozen, and that is all. Raises CatalogueError."""
    return is_issued(settings.root, edition.period)


def hand_over(settings: Settings, edition: EditionId, *, by_whom: str, today: dt.date) -> list[str]:
    """Submit a draft; what the approver must know, in Russian. Raises EditionError, with what blocks it."""
    if _state(settings, edition) in {"", "draft", "rejected"}:
        decide.submit(settings, edition, by_whom=by_whom, today=today)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        kept = [one.detail["checklist"] for one in events_of(cursor, edition) if one.event == "submitted"]
    return list(checklist_lines(kept[-1]))


def decided(
    settings: Settings, edition: EditionId, *, is_approved: bool, by_whom: str, reason: str, today: dt.date
) -> None:
    """Write down what somebody has decided, unless it is known already. Raises EditionError, CommandError.

    Where people sign in by accounts of their own, an answer of the account this program itself uses is nobody's.
    """
    if settings.sign_in == "roles" and by_whom == ADMIN_USER:
        raise EditionError(
            f"{edition}: the answer was given by {ADMIN_USER}, the account of the program, so no person stands for it. "
            "Nothing was written down. Clear the run from 'approval' on, and let somebody of the role ministry answer."
        )
    known = _state(settings, edition)
    if is_approved and known not in {"approved", "issued"}:
        decide.approve(settings, edition, by_whom=by_whom, reason=reason, today=today)
    elif not is_approved and known != "rejected":
        decide.reject(settings, edition, by_whom=by_whom, reason=reason)


def issue_once(settings: Settings, edition: EditionId, *, by_whom: str) -> None:
    """Issue what was approved, unless it was. Raises EditionError."""
    if _state(settings, edition) != "issued":
        decide.issue(settings, edition, by_whom=by_whom)


def deliver_whole(settings: Settings, edition: EditionId, *, now: dt.datetime) -> None:
    """One pass over the outbox; ends only when everybody has the edition. Raises MailWaitsError, OutboxError."""
    refuse_unfinished(edition, deliver(settings, edition, now=now).messages)


def _state(settings: Settings, edition: EditionId) -> str:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        events = events_of(cursor, edition)
    return events[-1].event if events else ""


def _due(cursor: Cursor, settings: Settings, period: Period, today: dt.date) -> Choice:
    if not has_edition(settings.root, period):
        return Choice(None, f"{period}: редакция не выпускается.")
    begun = [one for one in all_events(cursor) if one.edition.period == period]
    if begun:
        return Choice(None, f"{period}: редакция {begun[-1].edition} уже начата.")
    due = due_days(settings.root, period)
    if due is not None and today < due.draft and not _is_whole(cursor, period):
        return Choice(
            None, f"{period}: последняя ночь еще не опубликована, срок проекта {date_digits(due.draft)}."
        )
    return Choice(EditionId(period, 1))


def _is_whole(cursor: Cursor, period: Period) -> bool:
    """Whether the night of the last day is published; until the draft is due it is waited for."""
    with suppress(EditionError):
        return last_night(cursor, period).night == period.last_day
    return False
