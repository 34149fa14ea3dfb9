"""The channel `smtp`: a line to the mail server, under TLS or not at all.

A server has a message once it has read the line that ends it. So `sending` is written immediately before that line:
what goes wrong earlier was surely not taken, and is tried again. After it only an answer decides: without one the
message is `uncertain`.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import MailWaitsError, OutboxError, SettingsError
from o7_warehouse.outbox.answers import Answer, spoken
from o7_warehouse.outbox.messages import State
from o7_warehouse.outbox.recipients import is_mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from o7_warehouse.settings import Settings

DONE, FORWARDED, GO_ON, PERMANENT = 250, 251, 354, 500
END: Final = b".\r\n"
# So little may be on its way that a server which breaks off in the middle is noticed before the end is written.
IN_FLIGHT: Final = 64 * 1024
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_BROKEN: Final = (OSError, smtplib.SMTPException)


class MailLine:
    """A line to the mail server of the settings: opened when it is needed, opened anew after a fault."""

    def __init__(self, settings: Settings) -> None:
        _refuse_unset(settings)
        self._settings = settings
        self._line: smtplib.SMTP | None = None

    def open(self) -> smtplib.SMTP:
        """A server that listens. Raises MailWaitsError, OutboxError, SettingsError; no message is concerned yet."""
        if self._line is not None and not _listens(self._line):
            self.close()
        if self._line is None:
            self._line = _opened(self._settings)
        return self._line

    def send(self, content: bytes, *, address: str, before_end: Callable[[], None]) -> Answer:
        """Hand over one mail to one address; ``before_end`` is called when all but its end is there.

        What ``before_end`` raises takes the mail back: the server never gets its end.
        """
        line = self.open()
        with ExitStack() as undone:
            # Whatever ends badly ends with this line: the next message begins on a fresh one.
            self._line = None
            undone.callback(line.close)
            try:
                answer = _begun(line, self._settings.smtp_sender, address, content)
            except _BROKEN as error:
                return Answer(State.failed, f"связь прервалась до конца передачи ({type(error).__name__})")
            if answer is None:
                before_end()
                answer = _ended(line, self._settings.smtp_seconds)
            if answer.state is not State.uncertain:
                undone.pop_all()
                self._line = line
        return answer

    def close(self) -> None:
        """Say good-bye, if anybody still listens."""
        line, self._line = self._line, None
        if line is not None:
            try:
                line.quit()
            except _BROKEN:
                line.close()


def _begun(line: smtplib.SMTP, sender: str, address: str, content: bytes) -> Answer | None:
    """Everything but the end of a mail; the answer of a server that will not have it."""
    size = [f"size={len(content)}"] if line.has_extn("size") else []
    steps: tuple[tuple[Callable[[], tuple[int, bytes]], set[int]], ...] = (
        (lambda: line.mail(sender, size), {DONE}),
        (lambda: line.rcpt(address), {DONE, FORWARDED}),
        (lambda: line.docmd("DATA"), {GO_ON}),
    )
    for step, agreed in steps:
        code, words = step()
        if code not in agreed:
            return _refused(code, words)
    line.send(_LEADING_DOT.sub(b"..", content))
    return None


def _ended(line: smtplib.SMTP, seconds: int) -> Answer:
    """The end of a mail, and the answer to it, for which a server has twice the time (RFC 5321, 4.5.3.2)."""
    try:
        line.send(END)
    except _BROKEN as error:
        # An end that could not be written was not read.
        return Answer(State.failed, f"связь прервалась до конца передачи ({type(error).__name__})")
    try:
        _give(line, 2 * seconds)
        code, words = line.getreply()
        _give(line, seconds)
    except _BROKEN as error:
        return Answer(State.uncertain, f"сервер не ответил на переданное сообщение ({type(error).__name__})")
    return Answer(State.sent, spoken(code, words)) if code == DONE else _refused(code, words)


def _give(line: smtplib.SMTP, seconds: int) -> None:
    if isinstance(line.sock, socket.socket):
        line.sock.settimeout(seconds)


def _refused(code: int, words: bytes) -> Answer:
    return Answer(State.given_up if code >= PERMANENT else State.failed, spoken(code, words))


def _listens(line: smtplib.SMTP) -> bool:
    try:
        return line.rset()[0] == DONE
    except _BROKEN:
        return False


def _opened(settings: Settings) -> smtplib.SMTP:
    """A greeted, encrypted and, where a user is set, logged-in line."""
    place, context = f"{settings.smtp_host}:{settings.smtp_port}", _context(settings)
    with ExitStack() as undone, _told(place):
        line = smtplib.SMTP(
            settings.smtp_host, settings.smtp_port, timeout=settings.smtp_seconds,
            local_hostname=settings.smtp_sender.rpartition("@")[2],
        )  # fmt: skip
        undone.callback(line.close)
        if isinstance(line.sock, socket.socket):
            line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, IN_FLIGHT)
        line.ehlo()
        if not line.has_extn("starttls"):
            raise OutboxError(
                f"The mail server {place} offers no STARTTLS, so everybody on the way could read an edition and the "
                "password. Nothing was sent. Let it offer STARTTLS, or name another with O7_SMTP_HOST."
            )
        line.starttls(context=context)
        line.ehlo()
        if settings.smtp_user:
            line.login(settings.smtp_user, settings.smtp_password)
        undone.pop_all()
    return line


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Turn what can go wrong before any message into the package's errors; without words that could hold a name."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise OutboxError(
            f"The certificate of the mail server {place} is not to be trusted: {error.verify_message}. Somebody else "
            "may be answering in its place, so nothing was sent. Correct O7_SMTP_HOST, or name the authority that "
            "signed it with O7_SMTP_CA_FILE."
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise OutboxError(
            f"The mail server {place} takes no login, and O7_SMTP_USER is set. Nothing was sent. Unset it, or name "
            "the server it belongs to."
        ) from None
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < PERMANENT:
            raise MailWaitsError(_silence(place, f"answered {error.smtp_code}")) from None
        raise OutboxError(
            f"The mail server {place} refused us with {error.smtp_code}"
            f"{' at the login' if isinstance(error, smtplib.SMTPAuthenticationError) else ''}. Nothing was sent. "
            "Correct O7_SMTP_USER and its password, or ask whoever runs the server."
        ) from None
    except _BROKEN as error:
        raise MailWaitsError(_silence(place, type(error).__name__)) from None


def _silence(place: str, found: str) -> str:
    return (
        f"The mail server {place} cannot be reached now ({found}). Nothing was sent and nothing is lost: the messages "
        "stay in the queue. Run ./o7 edition deliver again when it answers."
    )


def _context(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.smtp_ca_file)
    except OSError as error:
        raise SettingsError(
            f"O7_SMTP_CA_FILE cannot be used: {type(error).__name__}. Without it no certificate can be checked. Name a "
            "file of certificates in PEM, or unset it for the authorities of the machine."
        ) from None


def _refuse_unset(settings: Settings) -> None:
    missing = [
        name
        for name, value in (("O7_SMTP_HOST", settings.smtp_host), ("O7_SMTP_SENDER", settings.smtp_sender))
        if not value
    ]
    if settings.smtp_user and not settings.smtp_password:
        missing.append("O7_SMTP_PASSWORD")
    if settings.smtp_sender and not is_mailbox(settings.smtp_sender):
        raise SettingsError(
            "O7_SMTP_SENDER is not one mailbox, as editions@ministry.example. Servers refuse such a mail, and nobody "
            "could answer it. Correct it."
        )
    if missing:
        raise SettingsError(
            f"{', '.join(missing)} is not set, and a recipient has the channel smtp. Nothing can be sent by mail. Set "
            "it, or give the recipient a folder."
        )
