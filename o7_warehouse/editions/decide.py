"""What people decide about a drafted edition: submit, approve, reject, issue. Every decision is about one manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from o7_warehouse.editions.calendar import is_issued
from o7_warehouse.editions.checklist import Checklist, examine
from o7_warehouse.editions.folders import close_set, read_set, refuse_changed_set
from o7_warehouse.editions.ledger import (
    ROLE,
    EditionId,
    Event,
    Frozen,
    Step,
    add,
    hold,
    last_event,
    refuse_impossible,
)
from o7_warehouse.editions.restate import note
from o7_warehouse.editions.states import LastNight
from o7_warehouse.errors import CommandError, EditionError
from o7_warehouse.outbox.queue import queue
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings


def submit(settings: Settings, edition: EditionId, *, by_whom: str, today: dt.date) -> Checklist:
    """Hand a draft over for approval. Raises EditionError when it is no draft, was changed, or a check blocks it.

    Raises CommandError for a period whose edition is kept for ourselves.
    """
    if not is_issued(settings.root, edition.period):
        raise CommandError(
            f"{edition} is kept for ourselves: a {edition.period.kind.value} is frozen, and nobody approves or issues "
            "it (reporting_deadlines.csv). Hand over the edition of its quarter."
        )
    return _examined(settings, edition, Step(event="submitted", by_whom=by_whom, detail={}), today=today)


def approve(
    settings: Settings, edition: EditionId, *, by_whom: str, reason: str | None = None, today: dt.date
) -> Checklist:
    """Approve what was submitted, as somebody who neither drafted nor submitted it; a remark may go with it.

    Raises EditionError for the same person, when the set is not the one that was drafted, and when a check blocks it.
    """
    step = Step(event="approved", by_whom=by_whom, reason=reason, detail={})
    return _examined(settings, edition, step, today=today)


def reject(settings: Settings, edition: EditionId, *, by_whom: str, reason: str) -> None:
    """Send what was submitted back, with the reason. Raises CommandError without one, EditionError."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        hold(cursor, edition.period)
        event = last_event(cursor, edition)
        _add(cursor, event, Step(event="rejected", by_whom=by_whom, reason=reason, detail={}))


def issue(settings: Settings, edition: EditionId, *, by_whom: str) -> None:
    """Issue what was approved, queue it for its recipients and close its set to writers; it never changes again.

    A night that was published anew since the approval changes nothing: the edition tells what was approved. Raises
    EditionError, and CatalogueError for a list of recipients that cannot be used.
    """
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        hold(cursor, edition.period)
        event = last_event(cursor, edition)
        step = Step(event="issued", by_whom=by_whom, detail={})
        refuse_impossible(cursor, edition, step)
        files = read_set(settings, edition)
        refuse_changed_set(cursor, event, files)
        _add(cursor, event, step)
        # The night may have been published anew since the draft: then what is issued is restated from its first day on.
        note(cursor, edition.period)
        queue(cursor, settings, last_event(cursor, edition), files or {})
        close_set(settings, edition)


def _examined(settings: Settings, edition: EditionId, step: Step, *, today: dt.date) -> Checklist:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        hold(cursor, edition.period)
        event = last_event(cursor, edition)
        refuse_impossible(cursor, edition, step)
        refuse_changed_set(cursor, event, read_set(settings, edition))
        checklist = examine(cursor, settings, edition, LastNight(event.night, event.run_id), today=today)
        _refuse_blocked(edition, checklist)
        _add(cursor, event, step, checklist.as_detail())
    return checklist


def _add(cursor: Cursor, event: Event, step: Step, detail: dict[str, Any] | None = None) -> None:
    told = Step(event=step.event, by_whom=step.by_whom, reason=step.reason, detail=detail or {})
    frozen = Frozen(night=event.night, run_id=event.run_id, manifest_sha256=event.manifest_sha256)
    add(cursor, event.edition, told, frozen)


def _refuse_blocked(edition: EditionId, checklist: Checklist) -> None:
    if checklist.blocking:
        raise EditionError(
            f"The release checklist blocks the edition {edition}: "
            f"{' '.join(one.found or '' for one in checklist.blocking)} "
            "Nobody may put a name under such figures. Mend what it names, then draft it again."
        )
