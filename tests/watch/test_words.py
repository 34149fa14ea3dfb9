"""Whatever stops a night has its sentence in Russian, before what the program itself said."""

from __future__ import annotations

import inspect
import re

from o7_warehouse import errors
from o7_warehouse.errors import GateError, O7Error
from o7_warehouse.night_outcome import KILLED
from o7_warehouse.report.formats import plain_yo
from o7_warehouse.watch.words import REASONS, error_text, reason_text

CLASSES = {
    name
    for name, one in inspect.getmembers(errors, inspect.isclass)
    if issubclass(one, O7Error) and one is not O7Error
}


def test_every_class_of_error_and_every_end_without_one_has_its_sentence() -> None:
    assert len(CLASSES) > 20
    assert set(REASONS) == CLASSES | {KILLED.error, "unknown"}


def test_a_sentence_is_russian_and_ends() -> None:
    for reason, sentence in REASONS.items():
        assert re.fullmatch(r"[^A-Za-z]+\.", re.sub("Redis|PostgreSQL", "", sentence)), reason
        assert plain_yo(sentence) == sentence


def test_the_program_s_own_words_come_after_what_they_mean() -> None:
    words = error_text(GateError("What. Why. How."))

    assert words == f"{REASONS['GateError']} Сообщение программы: What. Why. How."
    assert reason_text("GoneError", "What.") == "Причина: GoneError. Сообщение программы: What."
