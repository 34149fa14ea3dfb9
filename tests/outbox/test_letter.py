"""The words that go with a set: official Russian, right in number and date, and enough to check every file."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from o7_warehouse.editions.folders import Listed
from o7_warehouse.editions.ledger import EditionId, Event
from o7_warehouse.outbox.letter import letter_text, subject_of, sums_text
from o7_warehouse.outbox.messages import Message, key_of
from o7_warehouse.outbox.recipients import Channel


def message(count=2, edition="2025-Q4-01"):
    """A message with so many files."""
    asked = EditionId.parse(edition)
    return Message(
        edition=asked, recipient="office", channel=Channel.smtp, run_id="x", manifest_sha256="b" * 64,
        audience="ministry", unit=None, key=key_of(asked, "b" * 64, "office", "smtp"),
        files=tuple(Listed(f"файл {number}.pdf", 1234567 + number, f"{number:064x}") for number in range(count)),
        history=(),
    )  # fmt: skip


def history(edition="2025-Q4-01", *, reason=None):
    """A draft, and its issue late in the evening of Greenwich, when in Moscow it is the next day."""
    hour = dt.datetime(2026, 1, 12, 21, 30, tzinfo=dt.UTC)
    return [
        Event(
            edition=EditionId.parse(edition), event_no=number, event=event, night=dt.date(2025, 12, 31), run_id="x",
            manifest_sha256="b" * 64, by_whom="И", reason=reason, detail={}, recorded_at=hour,
        )
        for number, event in enumerate(("draft", "issued"), start=1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("edition", "subject"),
    [
        ("2025-Q4-01", "Показатели цифровой зрелости общего образования: IV квартал 2025 года (редакция 2025-Q4-01)"),
        ("2025-Y-02", "Показатели цифровой зрелости общего образования: 2025 год (редакция 2025-Y-02)"),
    ],
)  # fmt: skip
def test_the_subject_names_period_and_edition(edition, subject):
    assert subject_of(message(edition=edition)) == subject


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "Приложен 1 файл:"),
        (2, "Приложены 2 файла:"),
        (5, "Приложено 5 файлов:"),
        (11, "Приложено 11 файлов:"),
        (21, "Приложен 21 файл:"),
    ],
)
def test_the_number_of_files_goes_with_its_word(count, said):
    assert said in letter_text(message(count), history())


def test_the_letter_says_who_what_of_when_and_when_it_was_issued_in_moscow():
    text = letter_text(message(), history())

    assert text.startswith("МИНИСТЕРСТВО ПРОСВЕЩЕНИЯ И НАУКИ\nКАБАРДИНО-БАЛКАРСКОЙ РЕСПУБЛИКИ\n")
    assert "редакция отчета 2025-Q4-01" in text
    assert "за период «IV квартал 2025 года» по состоянию на 31.12.2025" in text
    assert "дата выпуска – 13.01.2026" in text
    assert "заменяет" not in text


def test_every_file_stands_there_with_its_size_and_hash_and_how_to_check_it():
    asked = message(3)

    text = letter_text(asked, history())

    assert re.findall(r"SHA-256: (\w{64})$", text, re.MULTILINE) == [one.sha256 for one in asked.files]
    assert "1. файл 0.pdf\n   1\u00a0234\u00a0567 байт\n" in text.replace("\u00a0байт", " байт")
    assert "certutil -hashfile" in text
    assert asked.manifest_sha256 in text
    assert asked.key in text
    assert sums_text(asked).splitlines()[0] == f"{'0' * 64}  файл 0.pdf"


def test_a_further_revision_says_what_it_replaces_and_why():
    text = letter_text(
        message(edition="2025-Q4-02"), history("2025-Q4-02", reason="Уточнены сведения трёх школ")
    )

    assert "Редакция 02 заменяет редакцию 01 того же периода. Причина: Уточнены сведения трех школ" in text


def test_no_other_message_has_the_same_key():
    keys = {
        key_of(EditionId.parse(edition), manifest, recipient, channel)
        for edition in ("2025-Q4-01", "2025-Q4-02")
        for manifest in ("a", "b")
        for recipient in ("x", "y")
        for channel in Channel
    }

    assert len(keys) == 16
    assert key_of(EditionId.parse("2025-Q4-01"), "a", "x", "smtp") in keys
