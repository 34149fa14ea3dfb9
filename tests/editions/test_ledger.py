"""The ledger of editions guards itself, whoever writes to it."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from o7_warehouse import bootstrap
from o7_warehouse.warehouse import WAREHOUSE_ROLES, connect
from tests.editions.desk import (
    LAST,
    added,
    at_once,
    run_of,
    words,
    write,
)


@pytest.mark.parametrize(
    ("event", "changed", "said"),
    [
        pytest.param("approved", {"by": "иванова и.И."}, "cannot approve", id="the author under another spelling"),
        pytest.param("approved", {"manifest": "1" * 64}, "not what was drafted", id="another manifest"),
        pytest.param("approved", {"run_id": "00000000-0000-0000-0000-000000000001"}, "not what", id="another build"),
        pytest.param("approved", {"night": LAST.replace(day=30)}, "not what was", id="another night"),
        pytest.param("rejected", {"reason": None}, "edition_event_says_why", id="a rejection without a reason"),
        pytest.param("rejected", {"reason": " "}, "edition_event_reason_check", id="a reason of nothing"),
        pytest.param("approved", {"by": " . "}, "edition_event_by_whom_check", id="nobody"),
        pytest.param("approved", {"period": "2025-Q3"}, "not what|of_its_period", id="another period"),
    ],
)  # fmt: skip
def test_the_database_itself_refuses(desk, event, changed, said):
    desk.at("submitted")

    with pytest.raises(psycopg2.errors.CheckViolation, match=said):
        added(desk, event, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"run_id": "00000000-0000-0000-0000-000000000001"}, "not published by this run", id="a build"),
        pytest.param(
            {"edition": "2025-Q4-02", "revision": 2}, "revision before is not issued", id="a revision too early"
        ),
    ],
)  # fmt: skip
def test_the_database_itself_refuses_a_draft_of(desk, changed, said):
    with pytest.raises(psycopg2.errors.CheckViolation, match=said):
        added(desk, "draft", **changed)


def test_the_definitions_can_be_applied_again_and_change_nothing(desk, server):
    desk.at("submitted")

    bootstrap.ensure(desk.settings, server)

    assert desk.events() == ["draft", "submitted"]
    assert desk.findings() == []
    with pytest.raises(psycopg2.errors.CheckViolation, match="may not follow"):
        added(desk, "issued")


def test_a_file_is_added_to_nothing_but_the_draft_just_made(desk):
    desk.at("submitted")

    with (
        closing(connect(desk.settings, "o7_reporter")) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.CheckViolation, match="a file needs the draft"),
    ):
        cursor.execute(
            "insert into audit.edition_file values ('2025-Q4-01', 1, 'x.pdf', %s, 1, 'x')", (run_of(LAST),)
        )


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {"o7_admin"}))
def test_only_the_reporter_writes_to_the_ledger(desk, role):
    desk.cursor.execute(
        f"select has_table_privilege('{role}', 'audit.edition_event', 'insert'),"
        f" has_table_privilege('{role}', 'audit.edition_file', 'insert')"
    )

    assert desk.cursor.fetchone() == (role == "o7_reporter",) * 2


def test_two_who_write_past_the_program_at_once_cannot_both(desk):
    desk.at("submitted")

    approval, rejection = words(desk, "approved"), words(desk, "rejected")

    ended = at_once(desk, lambda: write(desk, approval), lambda: write(desk, rejection))

    assert sum(one is None for one in ended) == 1
    assert len(desk.events()) == 3
