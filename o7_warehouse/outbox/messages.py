"""The messages of the outbox and what happened to each, in order. Rows are only added; the state is the last event.

Which event may follow which says the database (ddl/65_outbox.sql), which refuses every other one by itself.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.folders import Listed
from o7_warehouse.outbox.recipients import Channel

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import EditionId, Event
    from o7_warehouse.outbox.recipients import Recipient

_ADD_MESSAGE: Final = """
    insert into audit.outbox_message (
        edition_id, recipient_id, channel, run_id, manifest_sha256, audience, unit_code, message_key, files
    ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_ADD_EVENT: Final = """
    insert into audit.outbox_event (
        edition_id, recipient_id, channel, event_no, event, run_id, address, said, next_attempt_at, by_whom
    )
    select
        %(edition)s, %(recipient)s, %(channel)s, coalesce(max(event_no), 0) + 1, %(event)s, %(run_id)s, %(address)s,
        %(said)s, %(next_attempt_at)s, %(by_whom)s
    from audit.outbox_event
    where edition_id = %(edition)s and recipient_id = %(recipient)s and channel = %(channel)s
"""
_MESSAGES: Final = """
    select recipient_id, channel, run_id::text, manifest_sha256, audience, unit_code, message_key, files
    from audit.outbox_message where edition_id = %s order by recipient_id collate "C", channel
"""
_EVENTS: Final = """
    select recipient_id, channel, event, address, said, next_attempt_at, by_whom, recorded_at
    from audit.outbox_event where edition_id = %s order by event_no
"""


class State(StrEnum):
    """Where a message is; each is also the event that brought it there."""

    queued = "queued"  # nobody has tried
    sending = "sending"  # handed over; the answer is awaited, or whoever awaited it is gone
    sent = "sent"  # the other side has taken it, and said so
    failed = "failed"  # the other side has it not; it is tried again
    uncertain = "uncertain"  # handed over, and nobody knows whether it was taken
    given_up = "given_up"  # the other side will not have it; a person must do something


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to a message: where it went, what the other side said, when it is tried again."""

    state: State
    address: str | None = None
    said: str | None = None
    next_attempt_at: dt.datetime | None = None
    by_whom: str | None = None
    recorded_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The set of one recipient of an edition by one channel, and all that happened to it."""

    edition: EditionId
    recipient: str
    channel: Channel
    run_id: str
    manifest_sha256: str
    audience: str
    unit: str | None
    key: str
    files: tuple[Listed, ...]
    history: tuple[Happening, ...]

    @property
    def last(self) -> Happening:
        """What happened last; a message is never without its first event."""
        return self.history[-1]

    @property
    def failures(self) -> int:
        """How often it was tried in vain since it was queued, or queued again."""
        queued = max(place for place, one in enumerate(self.history) if one.state is State.queued)
        return sum(one.state is State.failed for one in self.history[queued:])


def hold_outbox(cursor: Cursor, edition: EditionId) -> None:
    """Wait until nobody else writes to the outbox of an edition, and keep others waiting until the transaction ends."""
    cursor.execute("select audit.outbox_lock(%s)", (str(edition),))


def key_of(edition: EditionId, manifest_sha256: str, recipient: str, channel: str) -> str:
    """The idempotency key: the same message has it at every attempt, and no other message ever."""
    return hashlib.sha256("\n".join((str(edition), manifest_sha256, recipient, channel)).encode()).hexdigest()


def add_message(cursor: Cursor, issued: Event, recipient: Recipient, files: Sequence[Listed]) -> None:
    """Queue the set of a recipient. The caller holds the outbox and knows that there is no such message yet."""
    message = Message(
        edition=issued.edition, recipient=recipient.id, channel=recipient.channel, run_id=issued.run_id,
        manifest_sha256=issued.manifest_sha256, audience=recipient.audience, unit=recipient.unit,
        key=key_of(issued.edition, issued.manifest_sha256, recipient.id, recipient.channel),
        files=tuple(files), history=(),
    )  # fmt: skip
    cursor.execute(
        _ADD_MESSAGE,
        (
            str(message.edition), message.recipient, message.channel, message.run_id, message.manifest_sha256,
            message.audience, message.unit, message.key,
            json.dumps([asdict(one) for one in files], ensure_ascii=False),
        ),
    )  # fmt: skip
    add_event(cursor, message, Happening(state=State.queued))


def add_event(cursor: Cursor, message: Message, what: Happening) -> None:
    """Write what happened to a message; the database refuses what may not follow."""
    cursor.execute(
        _ADD_EVENT,
        {
            "edition": str(message.edition), "recipient": message.recipient, "channel": message.channel,
            "event": what.state, "run_id": message.run_id, "address": what.address, "said": what.said,
            "next_attempt_at": what.next_attempt_at, "by_whom": what.by_whom,
        },
    )  # fmt: skip


def messages_of(cursor: Cursor, edition: EditionId) -> list[Message]:
    """Every message of an edition by recipient and channel."""
    cursor.execute(_EVENTS, (str(edition),))
    histories: dict[tuple[str, str], list[Happening]] = {}
    for recipient, channel, state, *rest in cursor.fetchall():
        told = zip(("address", "said", "next_attempt_at", "by_whom", "recorded_at"), rest, strict=True)
        histories.setdefault((recipient, channel), []).append(Happening(state=State(state), **dict(told)))
    cursor.execute(_MESSAGES, (str(edition),))
    return [_message(edition, row, histories[row[0], row[1]]) for row in cursor.fetchall()]


def _message(edition: EditionId, row: tuple[Any, ...], history: list[Happening]) -> Message:
    recipient, channel, run_id, manifest_sha256, audience, unit, key, files = row
    return Message(
        edition=edition, recipient=recipient, channel=Channel(channel), run_id=run_id,
        manifest_sha256=manifest_sha256, audience=audience, unit=unit, key=key,
        files=tuple(Listed(**one) for one in files), history=tuple(history),
    )  # fmt: skip
