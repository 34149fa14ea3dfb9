"""Editions by mail: each message once and whole, whatever the server does; and nothing where TLS is not sure."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest

from o7_warehouse.editions.folders import set_folder
from o7_warehouse.editions.ledger import events_of
from o7_warehouse.errors import EditionError, MailWaitsError, OutboxError
from o7_warehouse.outbox.mail import as_mail
from o7_warehouse.outbox.receipts import receipts, refuse_unfinished
from tests.editions.desk import FIRST
from tests.outbox.conftest import OFFICE
from tests.outbox.hours import NOW, later

# Seconds; enough for a busy machine to answer what it answers.
IMPATIENT = 5


def documents(post):
    """The documents of the edition, as they lie in its set."""
    return {
        path.name: path.read_bytes()
        for path in set_folder(post.settings, FIRST).iterdir()
        if not path.name.startswith("data_") and path.name != "manifest.json"
    }


def test_the_whole_set_is_sent_once_and_the_servers_word_is_the_receipt(post):
    post.issued()

    post.deliver()

    [taken] = post.server.taken
    assert taken.address == OFFICE["address"]
    assert taken.files == documents(post)
    assert len(taken.files) == 6
    assert post.states() == ["queued", "sending", "sent"]
    assert post.said() == "250 2.0.0 Ok: queued as 000001"


def test_another_pass_sends_nothing_again(post):
    post.issued()

    for retry in (False, True, False):
        post.deliver(retry=retry)

    assert len(post.server.taken) == 1
    assert post.states() == ["queued", "sending", "sent"]


@pytest.mark.parametrize("event", ["draft", "submitted", "approved", "rejected"])
def test_nothing_is_sent_of_an_edition_that_is_not_issued(post, event):
    post.recipients(OFFICE)
    post.desk.at(event)

    with pytest.raises(EditionError, match="not issued"):
        post.deliver()

    assert post.server.asked == []
    assert receipts(post.settings, FIRST) == []


def test_a_refused_recipient_is_given_up_and_keeps_nobody_waiting(post):
    post.server.faults = ["refuse"]
    post.issued(OFFICE | {"id": "a", "address": "gone@ministry.example"}, OFFICE)

    passed = post.deliver()

    assert post.states("a") == ["queued", "given_up"]
    assert post.said("a").startswith("550 5.1.1")
    assert [one.address for one in post.server.taken] == [OFFICE["address"]]
    with pytest.raises(OutboxError, match="1 message of 2025-Q4-01 given up or uncertain: a") as refused:
        refuse_unfinished(FIRST, passed.messages)
    assert "ministry.example" not in str(refused.value)


def test_what_was_given_up_is_sent_when_a_person_asks_for_it(post):
    post.server.faults = ["refuse"]
    post.issued(OFFICE | {"address": "gone@ministry.example"})
    post.deliver()
    post.deliver(now=later(60 * 24 * 30))
    assert post.server.taken == []

    post.recipients(OFFICE)
    post.deliver(retry=True)

    assert [one.address for one in post.server.taken] == [OFFICE["address"]]
    assert post.states() == ["queued", "given_up", "queued", "sending", "sent"]
    assert [one.address for one in receipts(post.settings, FIRST)[0].history] == [
        None, "gone@ministry.example", None, OFFICE["address"], OFFICE["address"],
    ]  # fmt: skip


def test_a_server_that_asks_to_come_again_is_asked_again_when_the_pause_is_over(post):
    post.server.faults = ["greylist", "greylist"]
    post.issued()

    assert [one.last.next_attempt_at for one in post.deliver().messages] == [later(30)]
    post.deliver(now=later(29))
    assert len(post.server.asked) == 1
    assert [one.last.next_attempt_at for one in post.deliver(now=later(30)).messages] == [later(90)]
    post.deliver(now=later(90))

    assert len(post.server.taken) == 1
    assert post.states() == ["queued", "failed", "failed", "sending", "sent"]


def test_while_something_waits_the_command_says_so(post):
    post.server.faults = ["greylist"]
    post.issued()

    with pytest.raises(MailWaitsError, match="1 message of 2025-Q4-01 not taken yet: office"):
        refuse_unfinished(FIRST, post.deliver().messages)


def test_after_the_last_attempt_a_message_is_given_up(post):
    post.server.faults = ["greylist"] * 12
    post.issued()

    for attempt in range(13):
        post.deliver(now=later(60 * 24 * attempt))

    assert post.states() == ["queued", *["failed"] * 11, "given_up"]
    assert post.said().startswith("попыток было 12, последняя: 451 4.7.1")
    assert post.server.taken == []


@pytest.mark.parametrize("fault", ["hang", "drop_within", "later", "greylist"])
def test_what_was_surely_not_taken_is_sent_again_and_so_taken_once(post, fault):
    post.server.faults = [fault]
    post.issued()
    patient = post.settings

    post.desk.settings = replace(patient, smtp_seconds=IMPATIENT if fault == "hang" else patient.smtp_seconds)
    post.deliver()
    assert post.states()[-1] == "failed"
    post.desk.settings = patient
    post.deliver(now=later(30))

    [taken] = post.server.taken
    assert taken.files == documents(post)
    assert post.states()[-1] == "sent"


def test_refused_content_is_given_up(post):
    post.server.faults = ["refuse_content"]
    post.issued()

    post.deliver()

    assert post.states() == ["queued", "sending", "given_up"]


@pytest.mark.parametrize("fault", ["drop_after", "hang_after"])
def test_silence_after_the_end_is_uncertain_and_never_sent_again_by_itself(post, fault):
    post.server.faults = [fault]
    post.issued()
    if fault == "hang_after":
        post.desk.settings = replace(post.settings, smtp_seconds=IMPATIENT)

    for minutes in (0, 30, 60 * 24 * 30):
        passed = post.deliver(now=later(minutes))

    assert len(post.server.taken) == 1
    assert post.states() == ["queued", "sending", "uncertain"], post.said()
    with pytest.raises(OutboxError, match="uncertain: office"):
        refuse_unfinished(FIRST, passed.messages)


def test_a_second_copy_that_a_person_asks_for_has_the_same_bytes_and_message_id(post):
    post.server.faults = ["drop_after"]
    post.issued()
    post.deliver()

    post.deliver(now=later(60), retry=True)

    one, other = post.server.taken
    assert one.content == other.content
    assert one.mail["Message-ID"] == f"<{receipts(post.settings, FIRST)[0].key}@ministry.example>"


def test_a_line_that_was_closed_between_two_messages_is_opened_anew(post):
    post.server.faults = ["drop_after"]
    post.issued(*(OFFICE | {"id": name, "address": f"{name}@ministry.example"} for name in ("a", "b", "c")))

    post.deliver()

    assert [one.address for one in post.server.taken] == [f"{name}@ministry.example" for name in "abc"]
    assert [post.states(name)[-1] for name in "abc"] == ["uncertain", "sent", "sent"]


def test_a_server_that_is_not_there_costs_no_attempt(post):
    post.issued()
    post.desk.settings = replace(post.settings, smtp_port=1)

    with pytest.raises(MailWaitsError, match="cannot be reached now"):
        post.deliver()

    assert post.states() == ["queued"]


def test_a_mail_is_the_same_bytes_whenever_it_is_made(post):
    post.issued()
    post.deliver(now=later(5))
    [message] = receipts(post.settings, FIRST)
    history = events_of(post.desk.cursor, FIRST)

    made = as_mail(
        message, history, documents(post), sender="editions@ministry.example", address=OFFICE["address"]
    )

    [taken] = post.server.taken
    assert taken.content == made
    assert taken.mail.get_boundary() == f"o7-{message.key[:32]}"
    sent = parsedate_to_datetime(taken.mail["Date"])
    assert sent == history[-1].recorded_at.replace(microsecond=0)


def test_a_damaged_set_is_not_sent(post):
    post.issued()
    [first, *_] = sorted(set_folder(post.settings, FIRST).iterdir())
    first.chmod(0o644)
    first.write_bytes(b"something else")

    with pytest.raises(EditionError, match="not what was drafted"):
        post.deliver(now=NOW)

    assert post.server.asked == []
