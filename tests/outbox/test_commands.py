"""`./o7 edition deliver`, `receipts` and `confirm`: in Russian words, with the exit codes of the house."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from o7_warehouse import commands_edition
from o7_warehouse.commands_edition import app
from o7_warehouse.errors import CommandError, MailWaitsError, OutboxError
from o7_warehouse.settings import Settings
from tests.outbox.conftest import OFFICE
from tests.outbox.hours import NOW


@pytest.fixture
def o7(post, monkeypatch):
    """The command at noon of the twelfth of January 2026, with the settings of the test."""
    monkeypatch.setattr(commands_edition, "_now", lambda: NOW)
    monkeypatch.setattr(Settings, "load", lambda *_: post.settings)

    def run(*words):
        return CliRunner().invoke(app, [*words, "--state", str(post.settings.state)], terminal_width=300)

    return run


def test_an_edition_is_delivered_and_its_receipts_are_shown(post, o7):
    post.issued(OFFICE, post.folder_for())

    done = o7("deliver", "2025-Q4-01")

    assert done.exit_code == 0, done.exception
    assert done.stdout.count("принято") == 2
    shown = o7("receipts", "2025-Q4-01").stdout
    assert shown == done.stdout
    assert OFFICE["address"] not in shown
    told = json.loads(o7("receipts", "2025-Q4-01", "--format", "json").stdout)
    assert told["edition"] == "2025-Q4-01"
    [_, mail] = told["messages"]
    assert (mail["recipient"], mail["state"], mail["channel"]) == ("office", "sent", "smtp")
    assert [one["event"] for one in mail["events"]] == ["queued", "sending", "sent"]
    assert mail["events"][-1]["said"] == "250 2.0.0 Ok: queued as 000001"
    assert mail["events"][-1]["address"] == OFFICE["address"]
    assert len(mail["files"]) == 6


@pytest.mark.parametrize(
    ("fault", "error", "code", "said"),
    [
        pytest.param("greylist", MailWaitsError, 4, "будет повтор", id="it waits"),
        pytest.param("refuse", OutboxError, 3, "нужны действия", id="somebody must do something"),
    ],
)
def test_what_is_not_taken_is_an_error_with_its_exit_code(post, o7, fault, error, code, said):
    post.server.faults = [fault]
    post.issued()

    done = o7("deliver", "2025-Q4-01")

    assert isinstance(done.exception, error)
    assert done.exception.exit_code == code
    assert said in " ".join(done.stdout.split())


def test_what_waits_is_tried_at_once_when_a_person_asks_for_it(post, o7):
    post.server.faults = ["greylist"]
    post.issued()
    o7("deliver", "2025-Q4-01")

    assert o7("deliver", "2025-Q4-01", "--retry").exit_code == 0
    assert len(post.server.taken) == 1


def test_a_person_can_say_that_an_uncertain_mail_has_come(post, o7):
    post.server.faults = ["drop_after"]
    post.issued()
    o7("deliver", "2025-Q4-01")

    said = o7("confirm", "2025-Q4-01", "office", "--by", "И. И. Иванова")

    assert said.stdout == "Получение редакции 2025-Q4-01 подтверждено: office (И. И. Иванова).\n"
    assert o7("deliver", "2025-Q4-01").exit_code == 0
    assert post.states() == ["queued", "sending", "uncertain", "sent"]
    assert len(post.server.taken) == 1


@pytest.mark.parametrize(
    ("recipient", "by", "told"),
    [
        pytest.param("office", "И. И. Иванова", "is uncertain", id="nothing to confirm"),
        pytest.param("nobody", "И. И. Иванова", "is uncertain", id="no such recipient"),
        pytest.param("office", " . ", "--by is empty", id="nobody's word"),
    ],
)
def test_nothing_else_is_confirmed(post, o7, recipient, by, told):
    post.issued()

    done = o7("confirm", "2025-Q4-01", recipient, "--by", by)

    assert isinstance(done.exception, CommandError)
    assert told in str(done.exception)


def test_recipients_an_edition_has_nothing_for_are_named(post, o7):
    # Until 2026 a quarter has no report for the auditors.
    post.issued(post.folder_for(), post.folder_for("audit") | {"audience": "auditors"})

    done = o7("deliver", "2025-Q4-01")

    assert done.exit_code == 0, done.exception
    assert "нет документов для получателей: audit" in done.stdout
