"""What the watch says: lines of the command, a letter to the operator, rows of the audit."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import OutboxError
from o7_warehouse.outbox.messages import State
from o7_warehouse.outbox.smtp import MailLine
from o7_warehouse.report.formats import MOSCOW, instant_text
from o7_warehouse.run_records import newest_run
from o7_warehouse.warehouse import transaction
from o7_warehouse.watch.alarms import runbook_of, title_of
from o7_warehouse.watch.memory import OPENED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o7_warehouse.settings import Settings
    from o7_warehouse.watch.memory import Event

ROLE: Final = "o7_reporter"
NO_RUN: Final = "00000000-0000-0000-0000-000000000000"
EVENTS: Final = {"opened": "ОТКРЫТА", "closed": "закрыта"}
_RECORD: Final = """
    insert into audit.alarm_event (alarm, subject, event, said, happened_at, run_id)
    values (%s, %s, %s, %s, %s, %s) on conflict do nothing
"""


def line_of(event: Event) -> str:
    """One line about a change, or about an alarm that is open."""
    return f"{EVENTS[event.event]} {instant_text(event.at)} {event.code}: {title_of(event.key)}. {event.said}"


def write_events(settings: Settings, events: Sequence[Event]) -> None:
    """Add changes to the audit; what is there already stays. Raises WarehouseUnavailableError, StatementError."""
    if not events:
        return
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        run = newest_run(cursor)
        for one in events:
            told = (one.code, one.subject, one.event, one.said, one.happened_at)
            cursor.execute(_RECORD, (*told, run.run_id if run else NO_RUN))


def send_letter(settings: Settings, events: Sequence[Event]) -> None:
    """One letter about all these changes to the operator's address.

    Raises SettingsError, MailWaitsError and OutboxError where it was not taken: it has to be sent again.
    """
    line = MailLine(settings)
    try:
        content = letter(settings, events)
        answer = line.send(content, address=settings.operator, before_end=lambda: None)
    finally:
        line.close()
    if answer.state is not State.sent:
        raise OutboxError(
            f"The letter about {len(events)} alarms was not taken by the mail server: {answer.said}. The operator may "
            "not know of them. Mend the address (O7_OPERATOR) or the server; the next pass sends it again."
        )


def letter(settings: Settings, events: Sequence[Event]) -> bytes:
    """The letter as mail; the same changes give the same Message-ID, so that a second copy can be known."""
    opened = sum(one.event == OPENED for one in events)
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = settings.smtp_sender, settings.operator
    mail["Subject"] = f"Хранилище О7: открыто тревог – {opened}, закрыто – {len(events) - opened}"
    mail["Date"] = max(one.at for one in events).astimezone(MOSCOW).replace(microsecond=0)
    mail["Message-ID"] = f"<{_digest(events)}@{settings.smtp_sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    parts = [f"{line_of(one)}\nЧто делать: {runbook_of(one.code)}" for one in events]
    parts.append("Письмо составлено автоматически: при открытии и при закрытии тревоги, один раз.")
    mail.set_content("\n\n".join(parts) + "\n", cte="base64")
    return mail.as_bytes()


def _digest(events: Sequence[Event]) -> str:
    told = "\n".join(f"{one.code} {one.subject} {one.event} {one.happened_at}" for one in events)
    return hashlib.sha256(told.encode()).hexdigest()
