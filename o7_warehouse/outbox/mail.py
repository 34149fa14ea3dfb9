"""A message as mail: the same bytes at every attempt, so that a second copy can be known by its Message-ID."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Final

from o7_warehouse.outbox.letter import letter_text, subject_of
from o7_warehouse.report.formats import MOSCOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.outbox.messages import Message

# What the machine's own table of types says must not change the bytes.
TYPES: Final = {
    "html": "text/html", "pdf": "application/pdf", "csv": "text/csv", "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def message_id(message: Message, sender: str) -> str:
    """`<key@domain of the sender>`: what a recipient is asked for when nobody knows whether a message was taken."""
    return f"<{message.key}@{sender.rpartition('@')[2]}>"


def as_mail(
    message: Message, history: Sequence[Event], files: Mapping[str, bytes], *, sender: str, address: str
) -> bytes:
    """The mail with the whole set of a message; nothing in it depends on the hour or the machine.

    ``files`` holds every file of the message by name.
    """
    issued = next(one for one in history if one.event == "issued")
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, address
    mail["Subject"] = subject_of(message)
    mail["Date"] = issued.recorded_at.astimezone(MOSCOW).replace(microsecond=0)
    mail["Message-ID"] = message_id(message, sender)
    # No holiday answer and no list takes a machine's mail for a person's (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter_text(message, history), cte="base64")
    for one in message.files:
        kind, _, form = TYPES[one.path.rpartition(".")[2]].partition("/")
        mail.add_attachment(files[one.path], maintype=kind, subtype=form, cte="base64", filename=one.path)
    mail.set_boundary(f"o7-{message.key[:32]}")
    return mail.as_bytes()
