"""The database guards the outbox, whoever writes to it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest

from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.audit.verify import verify
from o7_warehouse.editions.folders import drafted_files
from o7_warehouse.editions.ledger import last_event
from o7_warehouse.outbox.messages import State, add_event, add_message
from o7_warehouse.outbox.receipts import receipts
from o7_warehouse.outbox.recipients import Channel, Recipient
from o7_warehouse.warehouse import WAREHOUSE_ROLES, connect
from tests.editions.desk import FIRST
from tests.outbox.hours import NOW

RECIPIENT = Recipient(id="x", audience="ministry", channel=Channel.smtp, address="x@ministry.example")


@pytest.mark.parametrize("state", ["draft", "submitted", "approved", "rejected"])
def test_the_database_itself_refuses_a_message_of_an_edition_that_is_not_issued(post, state):
    post.recipients()
    post.desk.at(state)
    event = last_event(post.desk.cursor, FIRST)

    with (
        closing(connect(post.settings, "o7_reporter")) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.CheckViolation, match="this edition is not issued"),
    ):
        add_message(cursor, event, RECIPIENT, drafted_files(cursor, FIRST))


@pytest.mark.parametrize("changed", [{"path": "x.pdf"}, {"sha256": "0" * 64}, {"bytes": 1}])
def test_the_database_itself_refuses_a_file_that_is_not_the_editions(post, changed):
    post.recipients()
    post.desk.at("issued")
    event = last_event(post.desk.cursor, FIRST)
    first, *others = drafted_files(post.desk.cursor, FIRST)
    files = [replace(first, **changed), *others]

    with (
        closing(connect(post.settings, "o7_reporter")) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.CheckViolation, match="a file is not one of the issued"),
    ):
        add_message(cursor, event, RECIPIENT, files)


def test_the_database_itself_refuses_a_second_message_to_the_same(post):
    post.issued()
    event = last_event(post.desk.cursor, FIRST)

    with (
        closing(connect(post.settings, "o7_reporter")) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.UniqueViolation, match="outbox_message_key"),
    ):
        add_message(cursor, event, replace(RECIPIENT, id="office"), drafted_files(cursor, FIRST))


WAYS = {
    "queued": [], "failed": ["failed"], "sending": ["sending"], "sent": ["sending", "sent"],
    "uncertain": ["sending", "uncertain"], "given_up": ["given_up"],
}  # fmt: skip


@pytest.mark.parametrize("state", WAYS)
def test_the_database_itself_refuses_what_may_not_follow(post, state):
    post.issued()
    for event in WAYS[state]:
        [message] = receipts(post.settings, FIRST)
        _added(post, message, event)
    [message] = receipts(post.settings, FIRST)
    post.desk.cursor.execute("select event from audit.outbox_transitions() where state = %s", (state,))
    allowed = {event for (event,) in post.desk.cursor.fetchall()}

    for event in State:
        if event not in allowed:
            with pytest.raises(psycopg2.errors.CheckViolation, match="may not follow"):
                _added(post, message, event)

    assert (state == "sent") == (allowed == set())


def happened(message, event):
    """An event that holds everything any event needs."""
    return replace(
        message.last, state=State(event), address="x@ministry.example", said="x",
        next_attempt_at=NOW if event == "failed" else None,
    )  # fmt: skip


def _added(post, message, event):
    with closing(connect(post.settings, "o7_reporter")) as connection, connection.cursor() as cursor:
        add_event(cursor, message, happened(message, event))
        connection.commit()


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {"o7_admin"}))
def test_only_the_reporter_writes_to_the_outbox(desk, role):
    desk.cursor.execute(
        f"select has_table_privilege('{role}', 'audit.outbox_event', 'insert'),"
        f" has_table_privilege('{role}', 'audit.outbox_message', 'insert')"
    )

    assert desk.cursor.fetchone() == (role == "o7_reporter",) * 2


def test_the_outbox_is_under_the_seals_of_the_audit(post):
    post.issued()
    post.deliver()
    post.desk.publish_anew()
    seal_ended(post.desk.cursor)
    assert verify(post.settings).findings == []

    post.desk.cursor.execute("alter table audit.outbox_event disable trigger all")
    post.desk.cursor.execute("update audit.outbox_event set said = 'x' where event = 'sent'")
    post.desk.cursor.execute("alter table audit.outbox_event enable trigger all")

    [finding] = verify(post.settings).findings
    assert "outbox_event" in json.dumps(str(finding))
