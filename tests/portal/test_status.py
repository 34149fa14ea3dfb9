"""The page of the state: whatever becomes of nights and alarms stands there, and a portal of its own has none."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from dataclasses import replace

import pytest

from o7_warehouse.portal.build import publish_portal
from o7_warehouse.portal.status import page_of
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.settings import Settings
from o7_warehouse.watch.look import watch_once
from o7_warehouse.watch.memory import Memory
from tests.portal.test_portal import content, text

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=MOSCOW)


@pytest.fixture
def page(published):
    """Where the page lies, beside a portal that was just written."""
    shutil.rmtree(published.state / "watch", ignore_errors=True)
    shutil.rmtree(published.state / "portal", ignore_errors=True)
    publish_portal(published)
    yield published.state / "portal" / "current" / "status" / "index.html"
    shutil.rmtree(published.state / "watch")
    shutil.rmtree(published.state / "portal")


def test_a_portal_that_nobody_keeps_says_so(portal):
    assert "Состояние здесь не записано" in text(portal / "status" / "index.html")


def test_a_look_puts_nights_alarms_and_due_days_in_place(published, page):
    watch_once(published, now=NOW)

    told = text(page).replace("\u00a0", " ")
    assert "составлено 20.01.2026 12:00 МСК" in told
    assert "Последняя опубликованная ночь: 31.12.2025" in told
    assert "должна быть опубликована ночь 19.01.2026" in told
    assert "Данные устарели" in told
    assert "docs/runbook/night_missing.md" in told
    assert re.search(r"IV квартал 2025 года закончился, проекта нет 12\.01\.2026 12\.01\.2026", told)
    assert page.stat().st_mode & 0o077 == 0
    assert page.stat().st_size < 20_000


def test_alarms_that_nobody_has_looked_for_are_not_called_none():
    looked = Memory(passed_at=NOW.isoformat())

    said = [page_of(Settings.load(), None, memory, now=NOW).decode() for memory in (Memory(), looked)]

    assert ["Проверок еще не было" in one for one in said] == [True, False]
    assert ["Открытых тревог нет" in one for one in said] == [False, True]


def test_a_dead_warehouse_is_said_and_not_an_empty_table(published, page):
    dead = replace(
        published, warehouse_dsn="postgresql://o7_admin:x@127.0.0.1:1/x", warehouse_tls="unguarded"
    )
    watch_once(dead, now=NOW)

    told = text(page)
    assert "База данных хранилища не ответила" in told
    assert "Последние ночи" not in told


def test_a_portal_written_anew_keeps_what_was_said_of_the_present(published, page):
    watch_once(published, now=NOW)
    before = content(page.parent.parent)

    publish_portal(published)

    assert content(page.parent.parent) == before
