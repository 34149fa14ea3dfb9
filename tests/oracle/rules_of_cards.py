"""Twins of the rules about guardians, the family and the block of additional information."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import polars as pl

from tests.oracle.leaves_of_sections import WORDS
from tests.oracle.rule_words import (
    Delivered,
    among,
    bare,
    blank,
    c,
    codes,
    day,
    if_known,
    judged,
    on,
    plain,
    says,
    surely,
    yes,
)
from tests.oracle.words import is_filler, judge_name

YES = frozenset({"да"})
NO = frozenset({"нет", "не состоит", "не требуется"})


def guardians(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a legal representative."""
    last, first, middle = (judged(name, judge_name) for name in ("last_name", "first_name", "middle_name"))
    born = day("birth_date")
    ward = {pupil: _years_before(found, 14) for pupil, found in night.born.items()}
    return {
        "type": among("type_code", *codes("guardian_types")),
        "name": (last != "i") & (first != "i"),
        "name_given": (last != "e") & (first != "e"),
        "name_placeholder": (last != "p") & (first != "p"),
        "middle_name": middle != "i",
        "birth_date": if_known(born.is_between(dt.date(1900, 1, 2), night.night)),
        "older_than_ward": if_known(born <= on("student_id", ward)),
    }


def _years_before(found: dt.date, years: int) -> dt.date:
    is_leap_day = (found.month, found.day) == (2, 29)
    return found.replace(year=found.year - years, day=28 if is_leap_day else found.day)


def family(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a social status."""
    none = frozenset({"категорий нет", "нет"})
    stated: dict[str, set[bool]] = defaultdict(set)
    for pupil, status in (
        night["family_status"].select("student_id", plain("status").str.to_lowercase()).iter_rows()
    ):
        if pupil is not None and status:
            stated[pupil].add(status in none)
    contrary = [pupil for pupil, kinds in stated.items() if len(kinds) > 1]
    return {
        "words": says("status", lambda text: _is_word(text, 3)),
        "none_alone": ~surely(c("student_id").is_in(contrary)),
    }


def _is_word(text: str | None, letters: int) -> bool:
    value = bare(text)
    return value is None or (not is_filler(value) and sum(map(str.isalpha, value)) >= letters)


def answer(text: str | None) -> str:
    """Status of a yes-no answer in words."""
    value = bare(text)
    if value is None:
        return "e"
    lowered = value.lower()
    return "f" if lowered in YES else "n" if lowered in NO else "p" if is_filler(value) else "i"


def _told(text: str | None) -> str:
    value = bare(text)
    return "e" if value is None else WORDS.get(value, "i")


def _is_meal(text: str | None) -> bool:
    value = bare(text)
    return value is None or value.lower() in {"платное", "бесплатное", "льготное", "не питается", "нет"}


def information(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of the block of additional information."""
    told = {
        name: judged(f"{name}_status", _told)
        for name in (
            "long_term_treatment_study",
            "adapted_program_need",
            "health_limitation",
            "health_group",
            "disability",
        )
    }
    form, extern = on("student_id", dict(_forms(night)), pl.String), judged("externship", answer)
    found: dict[str, pl.Expr] = {}
    for name in ("school_register", "pdn_register"):
        said, since = judged(name, answer), day(f"{name}_since")
        found[name] = ~said.is_in(["i", "p"]) & (
            plain(name).str.to_lowercase().fill_null("") != "не требуется"
        )
        found[f"{name}_since"] = (said != "f") | surely(since <= night.night)
        found[f"{name}_since_stray"] = blank(f"{name}_since") | (said == "f")
    for name in ("individual_study", "externship"):
        found[name] = ~judged(name, answer).is_in(["i", "p"]) & (
            plain(name).str.to_lowercase().fill_null("") != "не состоит"
        )
    return found | {
        "single": c("student_id").is_null() | (c("student_id").count().over("student_id") == 1),
        "meal_provision": says("meal_provision", _is_meal),
        "health_words": pl.all_horizontal(one != "i" for one in told.values())
        & (told["health_group"] != "n"),
        "pdn_needs_school_register": (judged("pdn_register", answer) != "f")
        | ~judged("school_register", answer).is_in(["e", "p"]),
        "adapted_need_is_a_limitation": (told["adapted_program_need"] != "f")
        | (told["health_limitation"] == "f"),
        "adapted_flag_agrees": ~told["adapted_program_need"].is_in(["f", "n"])
        | (yes("has_adapted_program") == (told["adapted_program_need"] == "f")),
        "disability_needs_limitation_answer": (told["disability"] != "f")
        | (told["health_limitation"] != "e"),
        "extern_is_not_full_time": (extern != "f") | form.is_null() | surely(form.is_in(["21", "22"])),
    }


def _forms(night: Delivered) -> list[tuple[str, str]]:
    """Pupil and the form of study on his card."""
    cards = night["student"].drop_nulls("source_id").group_by("source_id").agg(c("study_form_code").min())
    return [(pupil, form) for pupil, form in cards.iter_rows() if form is not None]
