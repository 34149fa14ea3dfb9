"""The operator gets one letter about what has changed, and none about what has not."""

from __future__ import annotations

import pytest

from o7_warehouse.errors import SettingsError
from o7_warehouse.watch.memory import read_memory
from tests.outbox.authority import Authority
from tests.outbox.conftest import mail_settings
from tests.outbox.mail_server import MailServer, serving
from tests.watch.conftest import House


@pytest.fixture
def post(house, tmp_path):
    """A mail server that behaves, and a house whose operator is reached through it."""
    authority = Authority.made(tmp_path, "ours")
    with serving(MailServer(), authority.context(tmp_path)) as server:
        settings = mail_settings(house.settings, server, authority, tmp_path)
        yield server, House(settings), {"operator": "operator@ministry.example"}


def test_a_letter_tells_what_opened_and_what_to_do_and_comes_once(post):
    server, house, operator = post
    house.run(reason="GateError")

    house.pass_(**operator)
    house.pass_(1, **operator)

    [taken] = server.taken
    assert taken.address == "operator@ministry.example"
    assert taken.mail["Subject"] == "Хранилище О7: открыто тревог – 1, закрыто – 0"
    words = taken.mail.get_content()
    assert "Проверка остановила публикацию" in words
    assert "docs/runbook/gate_closed.md" in words
    told = "Проверка остановила ночь: показатели были бы неверны. Сообщение программы: What. Why. How."
    assert told in " ".join(words.split())


def test_a_letter_tells_the_end_too(post):
    server, house, operator = post
    house.run(reason="GateError")
    house.pass_(**operator)

    house.run()
    house.pass_(1, **operator)

    subjects = [one.mail["Subject"].partition(": ")[2] for one in server.taken]
    assert subjects == ["открыто тревог – 1, закрыто – 0", "открыто тревог – 0, закрыто – 1"]


def test_a_letter_nobody_takes_is_sent_by_the_next_look_and_is_an_alarm_meanwhile(post):
    server, house, operator = post
    server.faults.append("greylist")
    house.run(reason="GateError")

    assert house.pass_(**operator) == ["opened gate_closed", "opened letter_unsent"]
    assert server.taken == []

    assert house.pass_(1, **operator) == ["closed letter_unsent"]
    assert house.pass_(2, **operator) == []
    [taken] = server.taken
    assert "gate_closed" in taken.mail.get_content()


def test_a_dead_warehouse_is_written_to_the_operator(post):
    server, house, operator = post
    nobody = {"warehouse_dsn": "postgresql://o7_admin:secret@127.0.0.1:1/x", "warehouse_tls": "unguarded"}

    house.pass_(**operator, **nobody)
    house.pass_(1, **operator, **nobody)

    [taken] = server.taken
    assert "warehouse_silent" in taken.mail.get_content()
    assert "База данных хранилища не ответила" in taken.mail.get_content()
    assert "secret" not in taken.mail.get_content()


def test_an_operator_without_a_mail_server_is_an_alarm_and_not_a_silence(house):
    house.run(reason="GateError")

    assert house.pass_(operator="operator@ministry.example") == ["opened gate_closed", "opened letter_unsent"]
    said = read_memory(house.settings).opened[-1].said
    assert said.startswith("Настройки не заданы или противоречат друг другу. Сообщение программы: ")
    assert "O7_SMTP_HOST" in said


def test_an_operator_who_is_no_mailbox_is_refused_at_once(state):
    from o7_warehouse.settings import Settings  # noqa: PLC0415 - read anew, with this one variable

    with pytest.raises(SettingsError, match="O7_OPERATOR"):
        Settings.load(state, {"O7_OPERATOR": "the operator"})
