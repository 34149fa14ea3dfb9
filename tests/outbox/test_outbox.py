"""The outbox is filled with the issue, and emptied by one pass at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from o7_warehouse.editions.folders import drafted_files
from o7_warehouse.errors import CatalogueError, CommandError, EditionError, MailWaitsError
from o7_warehouse.outbox import queue as queueing
from o7_warehouse.outbox.deliver import deliver
from o7_warehouse.outbox.receipts import STATES, receipts
from o7_warehouse.outbox.sharing import Sharable
from o7_warehouse.report.registry import load_report
from o7_warehouse.settings import ROOT
from tests.editions.desk import FIRST
from tests.outbox.conftest import OFFICE
from tests.outbox.hours import NOW, later

SCRIPT = """
import datetime as dt, json, sys
from dataclasses import replace
from pathlib import Path
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.outbox.deliver import deliver
from o7_warehouse.settings import Settings
state, port, authority, recipients = sys.argv[1:]
settings = replace(
    Settings.load(Path(state)), recipients=Path(recipients), smtp_host="127.0.0.1", smtp_port=int(port),
    smtp_sender="editions@ministry.example", smtp_ca_file=Path(authority),
)
deliver(settings, EditionId.parse("2025-Q4-01"), now=dt.datetime(2026, 1, 12, 12, tzinfo=dt.UTC))
"""


def test_the_queue_is_written_with_the_issue(post):
    post.recipients(OFFICE, post.folder_for())
    post.desk.at("approved")
    assert receipts(post.settings, FIRST) == []

    post.desk.issue()

    messages = receipts(post.settings, FIRST)
    assert [(one.recipient, [what.state.value for what in one.history]) for one in messages] == [
        ("folder", ["queued"]), ("office", ["queued"]),
    ]  # fmt: skip
    assert {len(one.files) for one in messages} == {6}


def test_an_edition_whose_recipients_cannot_be_read_is_not_issued(post):
    post.recipients(OFFICE | {"channel": "pigeon"})
    post.desk.at("approved")

    with pytest.raises(CatalogueError, match="no channel 'pigeon'"):
        post.desk.issue()

    assert post.desk.events()[-1] == "approved"
    assert receipts(post.settings, FIRST) == []


def test_whoever_joins_the_list_later_is_sent_the_edition_and_nobody_else_again(post):
    post.issued()
    post.deliver()
    post.recipients(OFFICE, OFFICE | {"id": "archive", "address": "archive@ministry.example"})

    post.deliver()

    assert [one.address for one in post.server.taken] == [OFFICE["address"], "archive@ministry.example"]


def test_whoever_has_left_the_list_is_not_sent_what_was_queued(post):
    post.issued()
    post.recipients()

    post.deliver()

    assert post.server.asked == []
    assert post.states() == ["queued", "given_up"]


def test_an_edition_whose_documents_nobody_would_get_is_not_issued(post, monkeypatch):
    monkeypatch.setattr(queueing, "sharable", lambda *_: [])
    post.recipients(OFFICE)
    post.desk.at("approved")

    with pytest.raises(
        EditionError, match="has indicator_statement for the audience 'ministry', and no file"
    ):
        post.desk.issue()

    assert post.desk.events()[-1] == "approved"


def test_a_unit_of_a_recipient_must_be_one_of_the_frozen_night(post, monkeypatch):
    monkeypatch.setattr("o7_warehouse.outbox.recipients.load_report", _for_schools)
    post.desk.at("approved")
    [file] = [one for one in drafted_files(post.desk.cursor, FIRST) if one.path.endswith(".pdf")]
    own = Sharable(file=file, report="x", audience="school", unit="83701000-1")
    monkeypatch.setattr(queueing, "sharable", lambda *_: [own])
    school = OFFICE | {"id": "s", "audience": "school", "unit": "83701000-999"}
    post.recipients(school)

    with pytest.raises(CatalogueError, match="the school '83701000-999', and the night 2025-12-31 has none"):
        post.desk.issue()

    post.recipients(school | {"unit": "83701000-1"}, school | {"id": "other", "unit": "83701000-2"})
    post.desk.issue()
    assert [one.unit for one in receipts(post.settings, FIRST)] == ["83701000-1"]
    assert post.deliver().without == ["other"]


def _for_schools(report_id):
    return replace(load_report(report_id), audience="school")


def test_a_mail_server_that_is_away_keeps_no_folder_waiting(post):
    post.issued(OFFICE | {"id": "a"}, post.folder_for())
    post.desk.settings = replace(post.settings, smtp_port=1)

    with pytest.raises(MailWaitsError):
        post.deliver()

    assert (post.states("a"), post.states("folder")[-1]) == (["queued"], "sent")


def test_a_person_can_ask_for_one_recipient_alone(post):
    post.server.faults = ["drop_after", "drop_after"]
    post.issued(*(OFFICE | {"id": name, "address": f"{name}@ministry.example"} for name in "ab"))
    post.deliver()

    deliver(post.settings, FIRST, now=NOW, retry=True, only="b")

    assert [one.address for one in post.server.taken] == [f"{name}@ministry.example" for name in "abb"]
    with pytest.raises(CommandError, match="no message to 'c'"):
        deliver(post.settings, FIRST, now=NOW, only="c")


def test_two_passes_at_once_are_one(post):
    post.issued()

    post.server.faults = ["hang"]

    with ThreadPoolExecutor(max_workers=1) as beside:
        first = beside.submit(post.deliver)
        assert post.server.reached.wait(120)
        with pytest.raises(MailWaitsError, match="is being delivered by somebody else"):
            post.deliver()
        post.server.let_go()
        first.result(timeout=120)

    assert len(post.server.asked) == 1
    assert len(post.server.taken) == 1


@pytest.mark.parametrize(
    ("fault", "after_kill", "at_the_end", "copies"),
    [
        pytest.param("hang", ["queued"], ["queued", "sending", "sent"], 1, id="before anybody had it"),
        pytest.param(
            "hang_after", ["queued", "sending"], ["queued", "sending", "uncertain"], 1, id="before the answer"
        ),
    ],
)
def test_a_killed_process_is_gone_on_with_and_sends_nothing_twice(
    post, authority, fault, after_kill, at_the_end, copies
):
    post.server.faults = [fault]
    post.issued()
    words = [
        str(one) for one in (post.settings.state, post.server.port, authority.file, post.settings.recipients)
    ]

    with subprocess.Popen(
        [sys.executable, "-P", "-c", SCRIPT, *words], env=os.environ | {"PYTHONPATH": str(ROOT)}
    ) as process:
        assert post.server.reached.wait(120)
        process.send_signal(signal.SIGKILL)
    assert post.states() == after_kill
    for minutes in (0, 60 * 24 * 30):
        post.deliver(now=later(minutes))

    assert post.states() == at_the_end
    assert len(post.server.taken) == copies


def test_every_state_has_its_words(desk):
    desk.cursor.execute("select event from audit.outbox_transitions()")

    assert {event for (event,) in desk.cursor.fetchall()} == {one.value for one in STATES}
