"""The channels by which a message can be sent, each opened when the first message needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from o7_warehouse.outbox.folder import make_own, place_of, put
from o7_warehouse.outbox.letter import LETTER, SUMS, letter_text, sums_text
from o7_warehouse.outbox.mail import as_mail
from o7_warehouse.outbox.recipients import Channel
from o7_warehouse.outbox.smtp import MailLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.outbox.answers import Answer
    from o7_warehouse.outbox.messages import Message
    from o7_warehouse.outbox.recipients import Recipient
    from o7_warehouse.settings import Settings


class Channels:
    """The ways out for the set of one edition, with its history; closed at the end of the block."""

    def __init__(self, settings: Settings, history: Sequence[Event], files: Mapping[str, bytes]) -> None:
        self._settings, self._history, self._files = settings, history, files
        self._line: MailLine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._line is not None:
            self._line.close()

    def send(self, message: Message, recipient: Recipient, before_end: Callable[[], None]) -> Answer:
        """Send the whole set of a message; ``before_end`` is called at the last moment at which nobody has it.

        Raises MailWaitsError, OutboxError and SettingsError where the mail server does not listen: no attempt was made.
        """
        if recipient.channel is Channel.folder:
            return self._lay_out(message, recipient.address, before_end)
        if self._line is None:
            self._line = MailLine(self._settings)
        self._line.open()
        content = as_mail(
            message, self._history, self._files,
            sender=self._settings.smtp_sender, address=recipient.address,
        )  # fmt: skip
        return self._line.send(content, address=recipient.address, before_end=before_end)

    def _lay_out(self, message: Message, address: str, before_end: Callable[[], None]) -> Answer:
        own = {one.path: self._files[one.path] for one in message.files}
        words = {LETTER: letter_text(message, self._history), SUMS: sums_text(message)}
        make_own(self._settings, address)
        return put(
            place_of(self._settings, address, message.edition),
            own | {name: text.encode() for name, text in words.items()},
            key=message.key, before_end=before_end,
        )  # fmt: skip
