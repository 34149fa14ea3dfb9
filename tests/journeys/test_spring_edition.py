"""A quarter of 2026 from О7's delivery to every mailbox: ministry, auditors and each municipality get their own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from o7_warehouse import server
from o7_warehouse.editions import decide
from o7_warehouse.editions.draft import draft
from o7_warehouse.editions.periods import Period
from o7_warehouse.editions.verify import verify
from o7_warehouse.outbox.deliver import deliver
from o7_warehouse.report.units import name_of
from tests.conftest import open_folder
from tests.journeys.conftest import arrived, simulate
from tests.journeys.states import State
from tests.outbox.authority import Authority
from tests.outbox.conftest import mail_settings
from tests.outbox.mail_server import MailServer, Taken, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.editions.ledger import EditionId
    from o7_warehouse.settings import Settings

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
DAY_BEFORE, LAST_DAY, TODAY = "2026-03-30", "2026-03-31", dt.date(2026, 4, 3)
NOON = dt.datetime(2026, 4, 3, 12, 0, tzinfo=dt.UTC)
QUARTER = Period.parse("2026-Q1")
AUTHOR, CHIEF = "И. И. Иванова", "А. А. Петров"


@dataclass
class Office:
    """A warehouse, its settings with a mail server behind them, and the nights it can be given."""

    state: State
    settings: Settings
    server: MailServer
    world: Path

    def receive(self, night: str) -> None:
        """О7 delivers a night."""
        arrived(self.state.walk(O7_DROP=str(self.world / night)))

    def issue(self, reason: str | None = None) -> EditionId:
        """Draft, submit, approve and issue the edition the quarter waits for."""
        edition, _ = draft(self.settings, QUARTER, by_whom=AUTHOR, reason=reason, today=TODAY)
        decide.submit(self.settings, edition, by_whom=AUTHOR, today=TODAY)
        decide.approve(self.settings, edition, by_whom=CHIEF, today=TODAY)
        decide.issue(self.settings, edition, by_whom=AUTHOR)
        return edition

    def mailed(self, edition: EditionId) -> dict[str, Taken]:
        """Send it; what each mailbox got."""
        before = len(self.server.taken)
        deliver(self.settings, edition, now=NOON)
        deliver(self.settings, edition, now=NOON)
        taken = self.server.taken[before:]
        assert len({one.address for one in taken}) == len(taken)
        return {one.address: one for one in taken}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The ministry, the auditors, thirteen municipalities and the state organisations, each with a mailbox."""
    authority = Authority.made(tmp_path_factory.mktemp("authority"), "ours")
    with (
        open_folder() as folder,
        serving(MailServer(), authority.context(tmp_path_factory.mktemp("mail"))) as mail,
    ):
        state = State(folder / "state")
        state.folder.mkdir(mode=0o755)
        settings = mail_settings(state.settings(), mail, authority, folder)
        with server.running(settings):
            office = Office(state, settings, mail, folder / "world")
            two_nights = (
                "--nights",
                "2",
                "--first-night",
                DAY_BEFORE,
                "--profile",
                "eventful",
                "--pupils",
                "6000",
            )
            simulate(*two_nights, "--to", str(office.world))
            office.receive(DAY_BEFORE)
            recipients(office)
            yield office


def recipients(office: Office) -> None:
    entries: list[dict[str, Any]] = [
        {"id": audience, "audience": audience, "channel": "smtp", "address": f"{audience}@kbr.example"}
        for audience in ("ministry", "auditors")
    ]
    entries += [
        {"id": f"unit_{code.lower()}", "audience": "municipality", "unit": code, "channel": "smtp",
         "address": f"unit-{code}@kbr.example"}
        for code in units(office)
    ]  # fmt: skip
    office.settings.recipients.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")


def units(office: Office) -> list[str]:
    return [
        code
        for (code,) in office.state.execute(
            "select org_unit_code from published.org_units where night = %s and level = 'municipality' order by 1",
            DAY_BEFORE,
        )
    ]


def test_everybody_gets_his_own_documents_and_after_a_late_night_what_it_changes(office: Office) -> None:
    first = office.issue()
    sent = office.mailed(first)
    office.receive(LAST_DAY)
    second = office.issue("Поздняя выгрузка за 31.03.2026")
    sent_again = office.mailed(second)

    for edition, mails in ((first, sent), (second, sent_again)):
        assert mails.keys() == {
            "ministry@kbr.example", "auditors@kbr.example", *(f"unit-{code}@kbr.example" for code in units(office))
        }  # fmt: skip
        for code in units(office):
            own = mails[f"unit-{code}@kbr.example"].files
            assert len(own) == 4
            assert all(f"_{name_of(code)}_" in name for name in own)
        assert verify(office.settings, edition).findings == []
    assert office.mailed(first) == {}
    assert any("перечень_изменений" in name for name in sent_again["ministry@kbr.example"].files)
    assert not any("перечень_изменений" in name for name in sent["ministry@kbr.example"].files)
