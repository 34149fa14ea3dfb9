"""An approved edition, a list of recipients and a real mail server for each test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from o7_warehouse.outbox.deliver import deliver
from o7_warehouse.outbox.receipts import receipts
from tests.editions.conftest import desk, published
from tests.editions.desk import FIRST
from tests.outbox.authority import ADDRESS, Authority
from tests.outbox.hours import NOW
from tests.outbox.mail_server import MailServer, serving

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.outbox.deliver import Passed
    from o7_warehouse.settings import Settings
    from tests.editions.desk import Desk

__all__ = ["desk", "published"]
OFFICE = {
    "id": "office", "audience": "ministry", "channel": "smtp", "address": "office@ministry.example",
}  # fmt: skip


@dataclass
class Post:
    """A desk whose editions are sent: by a mail server, or into folders of the test."""

    desk: Desk
    server: MailServer
    folder: Path

    @property
    def settings(self) -> Settings:
        """The settings with which everything is sent."""
        return self.desk.settings

    def recipients(self, *entries: dict[str, Any]) -> None:
        """Write the list of recipients."""
        self.settings.recipients.write_text(
            yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8"
        )

    def folder_for(self, name: str = "folder") -> dict[str, Any]:
        """An entry of the ministry with a folder that stands for a mounted one."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        return {"id": name, "audience": "ministry", "channel": "folder", "address": str(place)}

    def issued(self, *entries: dict[str, Any]) -> None:
        """Issue the first edition of the quarter with these recipients."""
        self.recipients(*entries or (OFFICE,))
        self.desk.at("issued")

    def deliver(self, *, now: dt.datetime = NOW, retry: bool = False) -> Passed:
        """One pass over its outbox."""
        return deliver(self.settings, FIRST, now=now, retry=retry)

    def states(self, recipient: str = "office") -> list[str]:
        """What happened to the message of a recipient, in order."""
        [message] = [one for one in receipts(self.settings, FIRST) if one.recipient == recipient]
        return [one.state.value for one in message.history]

    def said(self, recipient: str = "office") -> str | None:
        """What the other side said last."""
        [message] = [one for one in receipts(self.settings, FIRST) if one.recipient == recipient]
        return message.last.said


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority whose certificates are trusted."""
    return Authority.made(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture
def post(desk: Desk, authority: Authority, tmp_path: Path) -> Iterator[Post]:
    """A mail server that behaves, and settings that know it."""
    with serving(MailServer(), authority.context(tmp_path)) as server:
        desk.settings = mail_settings(desk.settings, server, authority, tmp_path)
        yield Post(desk, server, tmp_path)


def mail_settings(settings: Settings, server: MailServer, authority: Authority, folder: Path) -> Settings:
    """Settings that know a mail server; this machine may be busy."""
    return replace(
        settings, recipients=folder / "recipients.yml", smtp_host=ADDRESS, smtp_port=server.port,
        smtp_sender="editions@ministry.example", smtp_ca_file=authority.file, smtp_seconds=60,
    )  # fmt: skip
