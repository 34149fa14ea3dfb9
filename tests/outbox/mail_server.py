"""A real SMTP server on loopback that behaves, or misbehaves, as a test wants."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult

from tests.outbox.authority import ADDRESS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from email.message import EmailMessage

USER, PASSWORD = "outbox", "a-password-of-the-tests"
FOREVER = 60


@dataclass
class Taken:
    """A mail the server is answerable for: to whom, and its bytes."""

    address: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        """The same, read by somebody who trusts nothing of ours."""
        return message_from_bytes(self.content, policy=default)

    @property
    def files(self) -> dict[str, bytes]:
        """Its attachments by name."""
        return {
            str(part.get_filename()): part.get_payload(decode=True) for part in self.mail.iter_attachments()
        }


@dataclass
class MailServer:
    """What it has taken, what it was asked, and how it behaves; `faults` are used up one by one, then all is well."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    needs_login: bool = False

    def let_go(self) -> None:
        """End a silence."""
        self.released.set()

    def fault(self, *stages: str) -> str | None:
        """The next fault, if it belongs to one of these stages of a mail."""
        if self.faults and self.faults[0].split(":")[0] in stages:
            return self.faults.pop(0)
        return None

    async def handle_RCPT(self, *told: Any) -> str:  # noqa: N802 - as the library calls it
        """Take or refuse a recipient."""
        _, _, envelope, address, _ = told
        self.asked.append(address)
        match self.fault("refuse", "greylist", "hang"):
            case "refuse":
                return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
            case "greylist":
                return "451 4.7.1 Greylisting in action, please come back later"
            case "hang":
                self.reached.set()
                while not self.released.is_set():  # noqa: ASYNC110 - another thread sets it
                    await asyncio.sleep(0.1)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail whole; from here on it is the server's."""
        match self.fault("refuse_content", "later", "drop_after", "hang_after"):
            case "refuse_content":
                return "554 5.6.0 Message content rejected"
            case "later":
                return "452 4.3.1 Insufficient system storage"
            case "drop_after":
                self._take(envelope)
                server.transport.abort()
            case "hang_after":
                self._take(envelope)
                self.reached.set()
                await asyncio.sleep(FOREVER)
            case _:
                self._take(envelope)
        return f"250 2.0.0 Ok: queued as {len(self.taken):06}"

    def _take(self, envelope: Any) -> None:
        [address] = envelope.rcpt_tos
        self.taken.append(Taken(address, envelope.original_content))

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        """Know one user."""
        known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=known)


class _Breaking(SMTP):
    """A server that may break off while a mail is being written."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - as the library calls it
        fault = self.event_handler.fault("drop_within")
        if fault is None:
            await super().smtp_DATA(arg)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        await self._reader.readexactly(20_000)
        self.transport.abort()


@contextmanager
def serving(server: MailServer, tls: ssl.SSLContext | None) -> Iterator[MailServer]:
    """The server at work in a thread of its own."""
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        return _Breaking(
            server, hostname="mail.example", tls_context=tls, loop=loop, timeout=FOREVER, enable_SMTPUTF8=True,
            authenticator=server.authenticate if server.needs_login else None, auth_required=server.needs_login,
        )  # fmt: skip

    async def begin() -> asyncio.Server:
        return await loop.create_server(protocol, ADDRESS, 0)

    listening = loop.run_until_complete(begin())
    server.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_ended(listening), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended(listening: asyncio.Server) -> None:
    listening.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
