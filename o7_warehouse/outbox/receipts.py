"""What became of the messages of an edition, for people and for programs, and a person's word for one of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.ledger import ROLE, last_event
from o7_warehouse.errors import CommandError, MailWaitsError, OutboxError
from o7_warehouse.outbox.messages import Happening, Message, State, add_event, hold_outbox, messages_of
from o7_warehouse.report.formats import instant_text
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from o7_warehouse.editions.ledger import EditionId
    from o7_warehouse.settings import Settings

HEADINGS: Final = (
    "Получатель",
    "Кому",
    "Канал",
    "Состояние",
    "Когда",
    "Квитанция или причина",
    "Следующая попытка",
)
STATES: Final = {
    State.queued: "в очереди",
    State.sending: "передается",
    State.sent: "принято",
    State.failed: "не принято, будет повтор",
    State.uncertain: "неизвестно, принято ли",
    State.given_up: "не принято, нужны действия",
}
CHANNELS: Final = {"smtp": "почта", "folder": "папка"}
AUDIENCES: Final = {
    "ministry": "министерство", "auditors": "аудиторы", "municipality": "муниципальное образование", "school": "школа",
}  # fmt: skip
_NAMED: Final = 5


def receipts(settings: Settings, edition: EditionId) -> list[Message]:
    """Every message of an edition with all that happened to it. Raises EditionError where there is no edition."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        last_event(cursor, edition)
        return messages_of(cursor, edition)


def confirm(settings: Settings, edition: EditionId, recipient: str, *, by_whom: str) -> None:
    """Write down that a recipient has a mail nobody knew to be taken. Raises CommandError where there is none such."""
    if not by_whom.strip(" ."):
        raise CommandError(
            "--by is empty, so nobody would answer for the receipt. Give the name of who has asked."
        )
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        hold_outbox(cursor, edition)
        uncertain = [
            one
            for one in messages_of(cursor, edition)
            if one.recipient == recipient and one.last.state is State.uncertain
        ]
        if not uncertain:
            raise CommandError(
                f"No message of {edition} to {recipient!r} is uncertain, so none needs a person's word. Nothing was "
                f"changed. See ./o7 edition receipts {edition}."
            )
        said = "получение подтверждено получателем"
        for message in uncertain:
            add_event(cursor, message, Happening(state=State.sent, said=said, by_whom=by_whom.strip()))


def row_of(message: Message) -> tuple[str, ...]:
    """A line of the table, under HEADINGS; the address stands only in the outbox."""
    last = message.last
    audience = AUDIENCES[message.audience] + (f" {message.unit}" if message.unit else "")
    return (
        message.recipient, audience, CHANNELS[message.channel], STATES[last.state],
        instant_text(last.recorded_at) if last.recorded_at else "–",
        (last.said or "–") + (f" ({last.by_whom})" if last.by_whom else ""),
        instant_text(last.next_attempt_at) if last.next_attempt_at else "–",
    )  # fmt: skip


def as_json(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """The same for programs, with every event, file and address."""
    return [
        {
            "recipient": one.recipient, "audience": one.audience, "unit": one.unit, "channel": one.channel.value,
            "state": one.last.state.value, "message_key": one.key, "files": [asdict(file) for file in one.files],
            "events": [_event(what) for what in one.history],
        }
        for one in messages
    ]  # fmt: skip


def refuse_unfinished(edition: EditionId, messages: Iterable[Message]) -> None:
    """Raise MailWaitsError while something waits for an attempt, else OutboxError while something needs a person."""
    by_state: dict[State, list[str]] = {}
    for one in messages:
        by_state.setdefault(one.last.state, []).append(one.recipient)
    see = f"See ./o7 edition receipts {edition}"
    waiting = [*by_state.get(State.failed, []), *by_state.get(State.queued, [])]
    if waiting:
        raise MailWaitsError(
            f"{_count(waiting)} of {edition} not taken yet: {_some(waiting)}. The others are not held up by it. Run "
            f"./o7 edition deliver {edition} again after the next attempt is due. {see}."
        )
    stuck = [*by_state.get(State.given_up, []), *by_state.get(State.uncertain, [])]
    if stuck:
        raise OutboxError(
            f"{_count(stuck)} of {edition} given up or uncertain: {_some(stuck)}. Nothing is sent there again by "
            f"itself. {see}; mend the address or ask the recipient, then ./o7 edition deliver {edition} --retry, or "
            "./o7 edition confirm if it has come."
        )


def _event(what: Happening) -> dict[str, Any]:
    instants = {"next_attempt_at": what.next_attempt_at, "recorded_at": what.recorded_at}
    told: Iterator[tuple[str, Any]] = (
        (name, at.isoformat() if at else None) for name, at in instants.items()
    )
    return {
        "event": what.state.value,
        "address": what.address,
        "said": what.said,
        "by_whom": what.by_whom,
    } | dict(told)


def _count(recipients: list[str]) -> str:
    return "1 message" if len(recipients) == 1 else f"{len(recipients)} messages"


def _some(recipients: list[str]) -> str:
    more = len(recipients) - _NAMED
    return ", ".join(recipients[:_NAMED]) + (f" and {more} more" if more > 0 else "")
