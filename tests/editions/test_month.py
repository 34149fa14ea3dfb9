"""A month is frozen for ourselves: its last night is sealed, nobody approves it, and it does not move."""

from __future__ import annotations

import datetime as dt

import pytest

from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.editions import course
from o7_warehouse.editions.ledger import EditionId, all_events
from o7_warehouse.editions.overview import overview
from o7_warehouse.editions.periods import Period
from o7_warehouse.editions.states import State, state_of
from o7_warehouse.editions.verify import verify
from o7_warehouse.editions.words import row_of
from o7_warehouse.errors import CommandError, EditionError
from tests.editions.desk import AUTHOR, pass_gate
from tests.reports import republic

JANUARY, LAST_NIGHT, TODAY = Period.parse("2026-01"), dt.date(2026, 1, 31), dt.date(2026, 2, 2)
FROZEN = EditionId(JANUARY, 1)


@pytest.fixture
def january(desk):
    """The desk, with the last night of January published."""
    republic.publish(desk.cursor, LAST_NIGHT)
    pass_gate(desk.cursor, LAST_NIGHT)
    seal_ended(desk.cursor)
    return desk


def test_a_month_is_due_when_quarter_and_year_are_begun(january):
    for code in ("2025-Q4", "2025"):
        assert str(course.choose(january.settings, period=None, today=TODAY).edition).startswith(code)
        january.drafted(Period.parse(code))

    assert course.choose(january.settings, period=None, today=TODAY).edition == FROZEN


def test_a_month_is_frozen_by_its_draft_and_whole(january):
    checklist = january.draft(JANUARY, today=TODAY)

    assert [one.check for one in checklist.blocking] == []
    assert state_of(JANUARY, all_events(january.cursor), today=TODAY) is State.closed
    assert january.findings(FROZEN) == []
    assert {path.partition(".")[0] for path in january.files(FROZEN) if path.startswith("КБР")} == {
        "КБР_ЦЗ_образование_2026-01_рев01"
    }
    [line] = [one for one in overview(january.settings, today=TODAY) if one.period == JANUARY]
    assert row_of(line)[:5] == ("январь 2026 года", "закрыт", "03.02.2026", "–", "2026-01-01")


def test_nobody_is_asked_to_approve_it(january):
    january.draft(JANUARY, today=TODAY)

    assert not course.is_for_approval(january.settings, FROZEN)
    with pytest.raises(CommandError, match="nobody approves or issues it"):
        january.submit(FROZEN)
    assert january.events(FROZEN) == ["draft"]


def test_another_build_of_its_night_does_not_move_it(january):
    january.draft(JANUARY, today=TODAY)
    before = january.files(FROZEN)
    january.draft(JANUARY, today=TODAY)
    assert january.files(FROZEN) == before

    january.publish_anew(LAST_NIGHT)

    with pytest.raises(EditionError, match="A frozen month does not move"):
        january.draft(JANUARY, by=AUTHOR, today=TODAY)
    assert january.files(FROZEN) == before
    verdict = verify(january.settings, FROZEN)
    assert (verdict.is_sound, verdict.is_published) == (True, False)
