"""Attacks between the ministry and its mail server: on the line, in the server's place, within a mail."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import ssl
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from o7_warehouse.editions.folders import Listed
from o7_warehouse.editions.ledger import EditionId, Event
from o7_warehouse.errors import OutboxError, SettingsError
from o7_warehouse.outbox import mail, smtp
from o7_warehouse.outbox.messages import Message
from o7_warehouse.outbox.recipients import Channel
from o7_warehouse.settings import Settings
from tests.attacks.catalogue import Attack, having, put, without
from tests.outbox.authority import ADDRESS, Authority
from tests.outbox.mail_server import MailServer, Taken, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

EDITION: Final = EditionId.parse("2025-Q4-01")
OFFICE: Final = "office@ministry.example"
KEY: Final = "0" * 64
HISTORY: Final = [
    Event(
        edition=EDITION, event_no=number, event=event, night=dt.date(2025, 12, 31), run_id="x", manifest_sha256=KEY,
        by_whom="Иванова", reason=None, detail={}, recorded_at=dt.datetime(2026, 1, 9, tzinfo=dt.UTC),
    )
    for number, event in enumerate(("draft", "submitted", "approved", "issued"), start=1)
]  # fmt: skip


@dataclass
class Line:
    """The authority whose servers are trusted, and a folder for what a server shows."""

    folder: Path
    authority: Authority

    def settings(self, port: int) -> Settings:
        """Settings that know a mail server at this port."""
        return replace(
            Settings.load(self.folder, {}), smtp_host=ADDRESS, smtp_port=port, smtp_sender="editions@ministry.example",
            smtp_ca_file=self.authority.file, smtp_seconds=20,
        )  # fmt: skip

    def sent(self, tls: ssl.SSLContext | None, content: bytes) -> list[Taken]:
        """What a server that shows this gets of a mail."""
        with serving(MailServer(), tls) as server:
            line = smtp.MailLine(self.settings(server.port))
            try:
                line.send(content, address=OFFICE, before_end=lambda: None)
            except OutboxError:
                return []
            finally:
                line.close()
        return server.taken


def made(folder: Path) -> Line:
    """A line in a folder of its own."""
    return Line(folder, Authority.made(folder, "ours"))


def letter(content: bytes = b"x") -> bytes:
    """A mail with one file of this content."""
    digest = hashlib.sha256(content).hexdigest()
    message = Message(
        edition=EDITION, recipient="office", channel=Channel.smtp, run_id="x", manifest_sha256=KEY, audience="ministry",
        unit=None, key=KEY, files=(Listed("a.html", len(content), digest),), history=(),
    )  # fmt: skip
    return mail.as_mail(
        message, HISTORY, {"a.html": content}, sender="editions@ministry.example", address=OFFICE
    )


def taken_by(show: Callable[[Line], ssl.SSLContext | None]) -> Callable[[Line], bool]:
    """Whether a server that shows this gets the mail."""
    return lambda line: line.sent(show(line), letter()) != []


def trusting(_: object) -> AbstractContextManager[None]:
    """A line that takes any certificate for the right one."""
    return put(smtp, "_context", lambda _: ssl._create_unverified_context())  # noqa: S323, SLF001 - what is attacked


def clear(_: object) -> AbstractContextManager[object]:
    """A line that goes on where no TLS is offered."""
    return without(
        smtp, "_opened", 'if not line.has_extn("starttls"):',
        'if not line.has_extn("starttls"):\n            undone.pop_all()\n            return line\n        if False:',
    )(None)  # fmt: skip


def smuggles(line: Line) -> bool:
    """Whether a server takes a second mail out of the middle of the first."""
    second = b"\r\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<evil@b.example>\r\nDATA\r\nSubject: forged\r\n\r\nx\r\n"
    taken = line.sent(line.authority.context(line.folder), b"Subject: x\r\n\r\nfirst" + second)
    return (
        any("evil" in one.address for one in taken) or len(taken) > 1 or b"MAIL FROM" not in taken[0].content
    )


def adds_a_file(line: Line) -> bool:
    """Whether what stands in a file becomes another file of the mail."""
    del line
    inner = (
        f'x\r\n--o7-{KEY[:32]}\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename="forged.html"'
        "\r\n\r\nforged\r\n"
    )
    return "forged.html" in Taken(OFFICE, letter(inner.encode())).files


def sender(line: Line) -> bool:
    """Whether the sender of the settings may bring a line of its own into the head of a mail."""
    settings = replace(line.settings(25), smtp_sender="a@b.example\r\nBcc: evil@b.example")
    try:
        smtp.MailLine(settings)
    except SettingsError:
        return False
    return True


_TRUST: Final = "the certificate of the server is looked at"
_LISTED: Final[list[tuple[str, str, Callable[[Line], bool], Any]]] = [
    ("a server in the middle that offers no TLS", "nothing is sent in the clear", taken_by(lambda _: None), clear),
    ("a server with a certificate of another authority", _TRUST,
     taken_by(lambda line: Authority.made(line.folder, "theirs").context(line.folder)), trusting),
    ("a server with a certificate of another name", _TRUST,
     taken_by(lambda line: line.authority.context(line.folder, names=[x509.DNSName("mail.example")])), trusting),
    ("a server with a certificate that has ended", _TRUST,
     taken_by(lambda line: line.authority.context(line.folder, days=-1)), trusting),
    ("a second mail smuggled in by a dot", "a dot that begins a line is doubled", smuggles,
     having(smtp, "_LEADING_DOT", re.compile(rb"(?!)"))),
    ("a file that ends its own part of a mail", "files are in base64", adds_a_file,
     without(mail, "as_mail", 'cte="base64", filename=one.path', 'cte="8bit", filename=one.path')),
    ("a sender with a line of its own", "the sender is one mailbox", sender,
     without(smtp, "_refuse_unset", "not is_mailbox(settings.smtp_sender)", "False")),
]  # fmt: skip
ATTACKS: Final = [
    Attack(code=f"POST-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
    for number, (name, defence, attempt, removed) in enumerate(_LISTED, start=1)
]
