"""`./o7 edition`: the whole way of an edition by command, in Russian words, with the exit codes of the house."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from typer.testing import CliRunner

from o7_warehouse import commands_edition
from o7_warehouse.commands_edition import app
from o7_warehouse.editions.overview import overview
from o7_warehouse.editions.words import EVENTS, STATES, row_of
from o7_warehouse.errors import CommandError, EditionError
from tests.editions.desk import AUTHOR, CHIEF, FIRST, LAST, TODAY, run_of


@pytest.fixture
def o7(desk, monkeypatch):
    """The command on the second of January 2026."""
    monkeypatch.setattr(commands_edition, "_today", lambda: TODAY)

    def run(*words):
        return CliRunner().invoke(app, [*words, "--state", str(desk.settings.state)])

    return run


def test_an_edition_goes_its_whole_way_by_command(desk, o7):
    way = [
        (("draft", "2025-Q4", "--by", AUTHOR), "Проект редакции 2025-Q4-01 составлен: "),
        (("submit", "2025-Q4-01", "--by", AUTHOR), "передана на утверждение"),
        (("reject", "2025-Q4-01", "--by", CHIEF, "--reason", "Нет подписи аудитора"), "отклонена: Нет подписи"),
        (("draft", "2025-Q4", "--by", AUTHOR), "составлен"),
        (("submit", "2025-Q4-01", "--by", AUTHOR), "передана"),
        (("approve", "2025-Q4-01", "--by", CHIEF), "утверждена: А. А. Петров"),
        (("issue", "2025-Q4-01", "--by", AUTHOR), "выпущена: "),
        (("verify", "2025-Q4-01"), "Редакция 2025-Q4-01 цела"),
    ]  # fmt: skip

    for words, said in way:
        done = o7(*words)
        assert (done.exit_code, said in done.stdout) == (0, True), (words, done.stdout, done.exception)
        if words[0] in {"draft", "submit", "approve"}:
            assert "  • Ночь 31.12.2025 не подписана аудитором." in done.stdout
    assert desk.events()[-1] == "issued"


def test_the_history_tells_the_frozen_night_and_every_step(desk, o7):
    desk.at("rejected")

    lines = o7("show", "2025-Q4-01").stdout.splitlines()

    assert lines[0] == "Редакция 2025-Q4-01: IV квартал 2025 года, отклонена"
    assert lines[1] == f"Заморожена ночь 31.12.2025, запуск {run_of(LAST)}"
    assert re.fullmatch(r"Опись \(SHA-256\): [0-9a-f]{64}", lines[2])
    assert [line.partition("  ")[2] for line in lines[4:7]] == [
        "проект составлен — И. И. Иванова",
        "передана на утверждение — И. И. Иванова",
        "отклонена — А. А. Петров: Опечатка",
    ]
    assert "Предупреждения:" in lines


def test_damage_is_named_in_words_and_as_json_and_ends_with_three(desk, o7):
    desk.at("draft")
    [page] = desk.folder().glob("*.html")
    page.write_bytes(b"")

    told, as_json = o7("verify", "2025-Q4-01"), o7("verify", "2025-Q4-01", "--format", "json")

    assert isinstance(told.exception, EditionError)
    assert told.exception.exit_code == 3
    assert f"  • файл изменён: {page.name}" in told.stdout
    answer = json.loads(as_json.stdout)
    assert not answer["is_sound"]
    assert [(one["kind"], one["file"]) for one in answer["findings"]] == [("file_changed", page.name)]


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        pytest.param(("show", "2025-Q4-01"), EditionError, "There is no edition 2025-Q4-01", id="nothing drafted"),
        pytest.param(("show", "2025-Q4"), CommandError, "names no edition", id="a period is no edition"),
        pytest.param(("draft", "2025-12", "--by", "x"), CommandError, "no night was frozen", id="a month before 2026"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(o7, words, error, said):
    done = o7(*words)

    assert isinstance(done.exception, error)
    assert said in str(done.exception)


def test_words_of_the_ledger_are_shown_and_not_obeyed(desk, o7):
    desk.at("submitted")
    desk.reject(reason="[bold]\x1b[2J")

    assert "А. А. Петров: [bold]�[2J" in o7("show", "2025-Q4-01").stdout


def test_the_list_tells_each_period_on_a_day(desk):
    desk.at("submitted")

    rows = {row[0]: row[1:7] for row in map(row_of, overview(desk.settings, today=TODAY))}

    assert rows == {
        "III квартал 2025 года": ("закончился, проекта нет", "03.10.2025", "08.10.2025", "–", "–", "–"),
        "2025 год": ("закончился, проекта нет", "12.01.2026", "12.01.2026", "–", "–", "–"),
        "IV квартал 2025 года": (
            "закрыт", "12.01.2026", "12.01.2026", "2025-Q4-01", "передана на утверждение", "31.12.2025",
        ),
        "январь 2026 года": ("идёт", "03.02.2026", "–", "–", "–", "–"),
        "I квартал 2026 года": ("идёт", "03.04.2026", "08.04.2026", "–", "–", "–"),
        "2026 год": ("идёт", *["календарь не внесён"] * 2, "–", "–", "–"),
    }  # fmt: skip


def test_a_list_has_a_line_for_each_revision(desk, o7):
    desk.issued()
    desk.draft(reason="Уточнены сведения школ")

    lines = [one for one in overview(desk.settings, today=TODAY) if one.period == FIRST.period]

    assert [str(one.event.edition) for one in lines] == ["2025-Q4-02", "2025-Q4-01"]
    assert "2025-Q4-02" in o7("list").stdout


def test_the_day_is_the_one_in_moscow(monkeypatch):
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2025, 12, 31, 22, 30, tzinfo=dt.UTC).astimezone(tz)

    monkeypatch.setattr(commands_edition, "datetime", Clock)

    assert commands_edition._today() == dt.date(2026, 1, 1)  # noqa: SLF001 - the one place that asks the clock


def test_every_state_and_event_has_its_words(desk):
    desk.cursor.execute("select event from audit.edition_transitions()")

    assert {event for (event,) in desk.cursor.fetchall()} == set(EVENTS)
    assert len(STATES) == 4
