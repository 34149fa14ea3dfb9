"""Who may do what with an edition, and when: refused in words by the program, and by the database itself."""

from __future__ import annotations

import psycopg2
import pytest

from o7_warehouse.editions.ledger import EditionId, all_events, last_event
from o7_warehouse.editions.states import State, state_of
from o7_warehouse.errors import CommandError, EditionError
from tests.editions.desk import (
    AUTHOR,
    CHIEF,
    FIRST,
    LAST,
    Q3,
    Q4,
    TODAY,
    added,
    at_once,
)

# What may be done in each state; everything else is refused.
ALLOWED = {
    "": {"draft"},
    "draft": {"draft", "submit"},
    "submitted": {"approve", "reject"},
    "rejected": {"draft"},
    "approved": {"issue"},
    "issued": set(),
}
STEPS = {
    "draft": "draft", "submit": "submitted", "approve": "approved", "reject": "rejected", "issue": "issued",
}  # fmt: skip


@pytest.mark.parametrize("state", ALLOWED)
def test_nothing_but_what_may_follow_a_state_follows_it(desk, state):
    desk.at(state)
    before = desk.events()

    for step, event in STEPS.items():
        if step in ALLOWED[state] or (step == "draft" and state == "issued"):
            continue
        with pytest.raises(EditionError):
            getattr(desk, step)()
        with pytest.raises(psycopg2.errors.CheckViolation, match="may not follow"):
            added(desk, event)

    assert desk.events() == before


@pytest.mark.parametrize(
    ("state", "step"), [(state, step) for state in ALLOWED for step in sorted(ALLOWED[state])]
)
def test_what_may_follow_a_state_follows_it(desk, state, step):
    desk.at(state)

    getattr(desk, step)()

    assert desk.events()[-1] == STEPS[step]


@pytest.mark.parametrize(
    "name",
    ["И. И. Иванова", " и.и.иванова ", "Иванова И. И.", "ИВАНОВА И.И.", "И.\N{NO-BREAK SPACE}И.\tИванова"],
)
def test_who_drafted_cannot_approve_however_the_name_is_written(desk, name):
    desk.at("draft")
    desk.submit(by="С. С. Сидоров")

    with pytest.raises(EditionError, match="an edition needs two people"):
        desk.approve(by=name)


def test_who_submitted_cannot_approve_either(desk):
    desk.at("draft")
    desk.submit(by=CHIEF)

    with pytest.raises(EditionError, match="has submitted the edition"):
        desk.approve(by=CHIEF)


def test_who_drafted_before_the_rejection_may_approve_the_work_of_another(desk):
    desk.at("rejected")
    desk.draft(by="С. С. Сидоров")
    desk.submit(by="С. С. Сидоров")

    desk.approve(by=AUTHOR)

    assert desk.events()[-1] == "approved"


def test_a_rejection_needs_a_reason_and_keeps_it(desk):
    desk.at("submitted")

    with pytest.raises(CommandError, match="a rejection needs a reason"):
        desk.reject(reason="  ")
    desk.reject(reason="Неверная подпись")

    assert last_event(desk.cursor, FIRST).reason == "Неверная подпись"


def test_nobody_is_no_name(desk):
    with pytest.raises(CommandError, match="--by is empty"):
        desk.draft(by=" . ")


def test_of_an_approval_and_a_rejection_at_once_one_is_refused(desk):
    desk.at("submitted")

    ended = at_once(desk, desk.approve, desk.reject)

    assert sorted(type(one).__name__ for one in ended) == ["EditionError", "NoneType"]
    assert len(desk.events()) == 3


def test_of_two_approvals_at_once_one_counts(desk):
    desk.at("submitted")

    ended = at_once(desk, desk.approve, lambda: desk.approve(by="С. С. Сидоров"))

    assert sorted(type(one).__name__ for one in ended) == ["EditionError", "NoneType"]
    assert desk.events() == ["draft", "submitted", "approved"]


def test_of_two_drafts_at_once_the_set_on_the_shelf_is_the_one_the_ledger_names_last(desk):
    ended = at_once(desk, desk.draft, lambda: desk.draft(by=CHIEF))

    assert ended == [None, None]
    assert desk.events() == ["draft", "draft"]
    assert desk.findings() == []


def test_an_approval_is_for_the_files_that_were_drafted(desk):
    desk.at("submitted")
    [page] = desk.folder().glob("*.html")
    page.write_bytes(page.read_bytes() + b" ")

    with pytest.raises(EditionError, match=f"not what was drafted: file_changed {page.name}"):
        desk.approve()
    assert desk.events()[-1] == "submitted"


def test_an_edition_whose_files_were_changed_after_the_approval_is_not_issued(desk):
    desk.at("approved")
    [page] = desk.folder().glob("*.pdf")
    page.unlink()

    with pytest.raises(EditionError, match="file_missing"):
        desk.issue()
    assert desk.events()[-1] == "approved"


def test_an_issued_set_is_closed_to_writers(desk):
    desk.issued()

    assert {path.stat().st_mode & 0o222 for path in [desk.folder().resolve(), *desk.folder().iterdir()]} == {
        0
    }


def test_an_issued_edition_stays_when_its_night_is_published_anew(desk):
    desk.issued()
    before = desk.files()
    desk.publish_anew()

    desk.draft(reason="Уточнены сведения школ")

    assert desk.files() == before
    assert desk.findings() == []
    assert desk.events() == ["draft", "submitted", "approved", "issued"]
    assert desk.events(EditionId(Q4, 2)) == ["draft"]
    assert desk.files(EditionId(Q4, 2)) != before


def test_a_further_revision_says_why(desk):
    desk.issued()

    with pytest.raises(CommandError, match="a further revision needs a reason"):
        desk.draft()
    with pytest.raises(psycopg2.errors.CheckViolation, match="edition_event_says_why"):
        added(desk, "draft", edition="2025-Q4-02", revision=2, reason=None)


def test_a_draft_whose_night_was_published_anew_says_so_and_goes_no_further(desk):
    desk.at("draft")
    desk.publish_anew()

    with pytest.raises(EditionError, match=r"опубликована заново\. Составьте проект ещё раз"):
        desk.submit()
    assert desk.events() == ["draft"]


def test_an_approved_edition_is_issued_as_it_was_approved_whatever_is_published_since(desk):
    desk.at("approved")
    before = desk.files()
    desk.publish_anew()

    desk.issue()

    assert desk.files() == before


@pytest.mark.parametrize(
    ("event", "today", "state"),
    [
        pytest.param("", LAST, State.open, id="its last day is not over"),
        pytest.param("", TODAY.replace(day=1), State.closing, id="the day after, nothing frozen"),
        pytest.param("draft", TODAY, State.closed, id="a night is frozen"),
        pytest.param("rejected", TODAY, State.closed, id="and stays so when the draft is rejected"),
        pytest.param("issued", TODAY, State.issued, id="issued"),
    ],
)
def test_a_period_is_in_the_state_its_days_and_its_ledger_give(desk, event, today, state):
    desk.at(event)

    assert state_of(Q4, all_events(desk.cursor), today=today) is state
    assert state_of(Q3, all_events(desk.cursor), today=today) is State.closing
