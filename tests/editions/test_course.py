"""The way of an edition as a scheduler goes it: what is due is chosen, steps can be repeated, silence does nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from o7_warehouse.editions import course
from o7_warehouse.editions.ledger import EditionId, events_of
from o7_warehouse.errors import CommandError, EditionError
from tests.editions.desk import CHIEF, FIRST, LAST, TODAY

MACHINE = "Хранилище О7 (по календарю)"


def go(desk, *steps):
    """Take these steps of the first edition, each twice, as a task that is cleared is done twice."""
    ways = {
        "draft": lambda: course.draft_anew(desk.settings, FIRST, by_whom=MACHINE, reason=None, today=TODAY),
        "submit": lambda: course.hand_over(desk.settings, FIRST, by_whom=MACHINE, today=TODAY),
        "approve": lambda: decided(desk, is_approved=True),
        "reject": lambda: decided(desk, is_approved=False, reason="Нет подписи"),
        "issue": lambda: course.issue_once(desk.settings, FIRST, by_whom=MACHINE),
    }
    for step in steps:
        for _ in range(2):
            ways[step]()


def decided(desk, *, is_approved, by=CHIEF, reason=""):
    """Somebody's decision."""
    course.decided(desk.settings, FIRST, is_approved=is_approved, by_whom=by, reason=reason, today=TODAY)


def test_every_step_repeated_changes_nothing_but_a_draft_which_is_made_anew(desk):
    desk.drafted()

    go(desk, "submit", "approve", "issue")

    assert desk.events() == ["draft", "submitted", "approved", "issued"]
    go(desk, "draft", "submit", "approve", "issue")
    assert desk.events() == ["draft", "submitted", "approved", "issued"]


def test_after_a_rejection_the_same_steps_draft_anew(desk):
    desk.drafted()
    go(desk, "submit", "reject")

    course.draft_anew(desk.settings, FIRST, by_whom=MACHINE, reason=None, today=TODAY)
    go(desk, "submit", "approve")

    assert desk.events() == ["draft", "submitted", "rejected", "draft", "submitted", "approved"]
    rejected = events_of(desk.cursor, FIRST)[2]
    assert (rejected.by_whom, rejected.reason) == (CHIEF, "Нет подписи")


def test_a_rejected_draft_is_not_handed_over_again_as_it_is(desk):
    desk.at("rejected")

    with pytest.raises(EditionError, match="only draft may follow"):
        go(desk, "submit")


def test_a_remark_goes_with_an_approval(desk):
    desk.at("submitted")

    decided(desk, is_approved=True, reason="С замечанием о карантине")

    assert events_of(desk.cursor, FIRST)[-1].reason == "С замечанием о карантине"


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        pytest.param({"is_approved": False}, CommandError, "needs a reason", id="a rejection without a reason"),
        pytest.param({"is_approved": True, "by": MACHINE}, EditionError, "cannot approve", id="who has drafted"),
        pytest.param({"is_approved": True, "by": " "}, CommandError, "empty", id="nobody"),
    ],
)  # fmt: skip
def test_a_decision_that_is_none_leaves_the_edition_where_it_was(desk, answer, error, told):
    desk.drafted()
    course.hand_over(desk.settings, FIRST, by_whom=MACHINE, today=TODAY)

    # The drafter of the desk is a person; the one who handed over is the machine.
    with pytest.raises(error, match=told):
        decided(desk, **answer)

    assert desk.events()[-1] == "submitted"


@pytest.mark.parametrize("is_approved", [True, False])
def test_where_people_have_accounts_an_answer_of_the_programs_own_decides_nothing(desk, is_approved):
    desk.at("submitted")
    settings = dataclasses.replace(desk.settings, sign_in="roles")

    with pytest.raises(EditionError, match="no person stands for it"):
        course.decided(
            settings, FIRST, is_approved=is_approved, by_whom="admin", reason="Нет подписи", today=TODAY
        )

    assert desk.events()[-1] == "submitted"


def test_a_rejection_does_not_undo_an_approval(desk):
    desk.at("approved")

    with pytest.raises(EditionError, match="only issued may follow"):
        decided(desk, is_approved=False, reason="Поздно")


def test_the_approver_is_told_what_the_checklist_says(desk):
    desk.drafted()

    for _ in range(2):
        lines = course.hand_over(desk.settings, FIRST, by_whom=MACHINE, today=TODAY)
        assert "  • Ночь 31.12.2025 не подписана аудитором." in lines


def chosen(desk, today, period=None):
    """What a run of a day would make."""
    return course.choose(desk.settings, period=period, today=today)


def test_the_quarter_comes_first_and_then_the_year_that_ends_with_it(desk):
    assert str(chosen(desk, TODAY).edition) == "2025-Q4-01"
    desk.drafted()
    assert str(chosen(desk, TODAY).edition) == "2025-Y-01"


def test_what_somebody_has_begun_belongs_to_him(desk):
    desk.drafted()
    desk.drafted(EditionId.parse("2025-Y-01").period)

    choice = chosen(desk, TODAY)

    assert choice.edition is None
    assert "2025-Q4: редакция 2025-Q4-01 уже начата" in choice.why
    assert "2025: редакция 2025-Y-01 уже начата" in choice.why


def test_until_the_draft_is_due_the_last_night_is_waited_for(desk):
    desk.cursor.execute("delete from published.night where night = %s", (LAST,))

    assert chosen(desk, TODAY).edition is None
    assert "срок проекта 12.01.2026" in chosen(desk, TODAY).why
    assert str(chosen(desk, dt.date(2026, 1, 12)).edition) == "2025-Q4-01"


def test_a_period_that_is_asked_for_goes_before_everything(desk):
    assert str(chosen(desk, TODAY, "2025-Q3").edition) == "2025-Q3-01"
    desk.issued()
    assert str(chosen(desk, TODAY, "2025-Q4").edition) == "2025-Q4-02"
    with pytest.raises(CommandError, match="names no period"):
        chosen(desk, TODAY, "2025-Q5")
