"""The verb `deliver`: one pass over the outbox of an issued edition. What is due is sent, once and whole."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from psycopg2 import errors

from o7_warehouse.editions.folders import read_set, refuse_changed_set
from o7_warehouse.editions.ledger import ROLE, events_of, last_event
from o7_warehouse.errors import CommandError, EditionError, MailWaitsError
from o7_warehouse.outbox.answers import Answer
from o7_warehouse.outbox.channels import Channels
from o7_warehouse.outbox.messages import Happening, Message, State, add_event, hold_outbox, messages_of
from o7_warehouse.outbox.pauses import pauses_on
from o7_warehouse.outbox.queue import queue
from o7_warehouse.outbox.recipients import Channel, Recipient, read_recipients
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.warehouse import connect, transaction, translated

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import EditionId, Event
    from o7_warehouse.outbox.pauses import Pauses
    from o7_warehouse.settings import Settings

# A killed process holds it until its server notices.
_PATIENCE: Final = "10s"
_ALONE: Final = """
    select set_config('lock_timeout', %s, false);
    select pg_advisory_lock(hashtextextended('outbox at work ' || %s, 0))
"""
_ASKED_AGAIN: Final = frozenset({State.given_up, State.uncertain})


@dataclass(frozen=True, slots=True)
class Passed:
    """The outbox of an edition after a pass, and the recipients it has nothing for."""

    messages: list[Message]
    without: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What a pass works with: the edition's set and history, who is on the list, the hour it began."""

    history: Sequence[Event]
    files: Mapping[str, bytes]
    recipients: Mapping[tuple[str, Channel], Recipient]
    without: list[str]
    pauses: Pauses
    now: dt.datetime


def deliver(
    settings: Settings, edition: EditionId, *, now: dt.datetime, retry: bool = False, only: str | None = None
) -> Passed:
    """Queue what is missing and send what is due at an instant; safe to repeat, and to go on with after a crash.

    ``retry`` tries at once what waits, and queues anew what was given up or is uncertain; ``only`` keeps a pass to one
    recipient. Raises CommandError for a recipient there is not, EditionError for an edition that is not issued or was
    damaged, CatalogueError for the list of recipients, MailWaitsError while somebody else is delivering it, and this or
    OutboxError where the mail server will not listen at all. What became of each message stands in the outbox.
    """
    with _alone(settings, edition):
        work = _prepared(settings, edition, now=now, retry=retry, only=only)
        with Channels(settings, work.history, work.files) as channels:
            # Folders first: no mail server can keep them waiting.
            for message in sorted(_outbox(settings, edition), key=lambda one: one.channel):
                if only in {None, message.recipient} and _is_due(message, now=now, retry=retry):
                    _attempt(settings, work, channels, message)
        return Passed(_outbox(settings, edition), work.without)


@contextmanager
def _alone(settings: Settings, edition: EditionId) -> Iterator[None]:
    """No second pass over the same outbox while this one lasts; a killed one ends with its connection."""
    with translated("the outbox"), closing(connect(settings, ROLE)) as keeper, keeper.cursor() as cursor:
        keeper.autocommit = True
        try:
            cursor.execute(_ALONE, (_PATIENCE, str(edition)))
        except errors.LockNotAvailable:
            raise MailWaitsError(
                f"The edition {edition} is being delivered by somebody else at this moment. Two at once could send "
                f"something twice. Wait, then see what was sent: ./o7 edition receipts {edition}."
            ) from None
        yield


def _prepared(
    settings: Settings, edition: EditionId, *, now: dt.datetime, retry: bool, only: str | None
) -> _Work:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        issued = last_event(cursor, edition)
        if issued.event != "issued":
            raise EditionError(
                f"The edition {edition} is {issued.event} and not issued, so nobody outside may see it. Nothing was "
                f"sent. Bring it there with ./o7 edition issue {edition}, after its approval."
            )
        files = read_set(settings, edition)
        refuse_changed_set(cursor, issued, files)
        without = queue(cursor, settings, issued, files or {})
        _take_up(cursor, edition, retry=retry, only=only)
        history = events_of(cursor, edition)
    return _Work(
        history=history, files=files or {}, without=without, now=now,
        recipients={(one.id, one.channel): one for one in read_recipients(settings)},
        pauses=pauses_on(settings.root, now.astimezone(MOSCOW).date()),
    )  # fmt: skip


def _take_up(cursor: Cursor, edition: EditionId, *, retry: bool, only: str | None) -> None:
    """What a killed pass was sending is uncertain; a folder can be looked into, mail only a person can ask after."""
    hold_outbox(cursor, edition)
    messages = messages_of(cursor, edition)
    if only is not None and only not in {one.recipient for one in messages}:
        raise CommandError(
            f"The edition {edition} has no message to {only!r}, so nothing was sent. See the ids with "
            f"./o7 edition receipts {edition}."
        )
    for message in messages:
        state = message.last.state
        if state is State.sending:
            said = "передача прервана до ответа получателя"
            add_event(cursor, message, replace(message.last, state=State.uncertain, said=said))
            state = State.uncertain
        can_look = state is State.uncertain and message.channel is Channel.folder
        is_asked = retry and only in {None, message.recipient} and state in _ASKED_AGAIN
        if can_look or is_asked:
            add_event(cursor, message, Happening(state=State.queued))


def _outbox(settings: Settings, edition: EditionId) -> list[Message]:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        return messages_of(cursor, edition)


def _is_due(message: Message, *, now: dt.datetime, retry: bool) -> bool:
    last = message.last
    if last.state is State.failed:
        return retry or last.next_attempt_at is None or last.next_attempt_at <= now
    return last.state is State.queued


def _attempt(settings: Settings, work: _Work, channels: Channels, message: Message) -> None:
    recipient = work.recipients.get((message.recipient, message.channel))
    address = recipient.address if recipient else None

    def note(what: Happening) -> None:
        with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
            add_event(cursor, message, what)

    if recipient is None or (recipient.audience, recipient.unit) != (message.audience, message.unit):
        answer = Answer(State.given_up, "получателя больше нет в списке, или он теперь другой организации")
    else:
        answer = channels.send(
            message, recipient, lambda: note(Happening(state=State.sending, address=address))
        )
    pause = work.pauses.after(message.failures + 1) if answer.state is State.failed else None
    if answer.state is State.failed and pause is None:
        answer = Answer(State.given_up, f"попыток было {message.failures + 1}, последняя: {answer.said}")
    note(Happening(
        state=answer.state, said=answer.said, address=address or "–",
        next_attempt_at=work.now + pause if pause else None,
    ))  # fmt: skip
