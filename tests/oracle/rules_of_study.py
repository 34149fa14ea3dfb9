"""Twins of the rules about classes, enrolments, the sections of the profile, and what indicator 4.2 is made of."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter

import polars as pl

from tests.oracle.rule_words import (
    Delivered,
    after,
    among,
    answered,
    bare,
    c,
    codes,
    day,
    given,
    if_known,
    instant,
    moscow_day,
    number,
    on,
    plain,
    seed,
    surely,
    yes,
)
from tests.oracle.words import is_filler, letters_in, read_class_name

COUNTED = frozenset(row["category_code"] for row in seed("portfolio_categories") if row["counts"] == "true")
DECLARABLE = (*(f"P{leaf}" for leaf in range(21, 29)), "P30", "P31", *(f"P{leaf}" for leaf in (40, 41, 42, 43)),
              *(f"P{leaf}" for leaf in range(45, 52)))  # fmt: skip


def classes(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a class."""
    table = night["class"]
    read = [
        read_class_name(name, is_adapted=adapted == "true")[1]
        for name, adapted in table.select("name", "is_adapted").iter_rows()
    ]
    # «1 доп.» and a twelfth are names all the same, whether the class is adapted or not.
    called = [_called(name) for name in table["name"]]
    keys = [
        None if None in key else key
        for key in zip(table["org_id"], table["academic_year_id"], called, strict=True)
    ]
    times = Counter(key for key in keys if key is not None)
    return {
        "name": pl.lit(pl.Series([parallel is not None for parallel in read], dtype=pl.Boolean)),
        "single": pl.lit(pl.Series([key is None or times[key] == 1 for key in keys], dtype=pl.Boolean)),
        "adapted_flag": answered("is_adapted"),
    }


def _called(name: str | None) -> str | None:
    shown, parallel = read_class_name(name, is_adapted=True)
    return shown if parallel is not None else None


def enrolments(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of an enrolment."""
    starts, left = day("starts_on"), day("left_on")
    groups = night["class"].drop_nulls("source_id").group_by("source_id")
    school = dict(groups.agg(c("org_id").min()).iter_rows())
    years = night.least("academic_year", day("ends_on"))
    ends = dict(
        night["class"].drop_nulls("source_id").select("source_id", on("academic_year_id", years)).iter_rows()
    )
    gaps, overlaps = _broken_histories(night)
    class_school, class_ends = on("class_id", school, pl.String), on("class_id", ends)
    return {
        "starts": starts.is_not_null(),
        "order_of_days": if_known(left >= starts),
        "order_given": given("order_no") & day("order_date").is_not_null(),
        "order_date_known": if_known(day("order_date") <= night.night),
        "no_gap": ~surely(c("source_id").is_in(gaps)),
        "no_overlap": ~surely(c("source_id").is_in(overlaps)),
        "class_of_the_school": class_school.is_null() | surely(class_school == c("org_id")),
        "class_of_this_year": class_ends.is_null()
        | (class_ends >= night.night)
        | surely(left <= night.night),
    }


def _broken_histories(night: Delivered) -> tuple[list[str], list[str]]:
    """Enrolments after which a pupil was nowhere, and those that had not ended when the next one began."""
    begun = night["enrollment_event"].with_columns(
        day("starts_on").alias("start"), day("left_on").alias("left")
    )
    rows = begun.filter(surely(c("start") <= night.night)).sort(
        "student_id", "start", "source_id", nulls_last=True
    )
    gaps, overlaps = [], []
    listed = rows.select("source_id", "student_id", "start", "left").rows()
    for (key, pupil, _, left), (_, other, following, _) in itertools.pairwise(listed):
        if pupil != other or key is None:
            continue
        if left is not None and following > left:
            gaps.append(key)
        if left is None or following < left:
            overlaps.append(key)
    return gaps, overlaps


def _at_least(column: str, least: int) -> pl.Expr:
    return surely(number(column) >= least)


def _entries(*kinds: str) -> dict[str, pl.Expr]:
    size = number("text_length").fill_null(0) + number("file_count").fill_null(0)
    return {
        "kind": among("kind", *kinds),
        "counts": if_known(number("text_length") >= 0) & if_known(number("file_count") >= 0),
        "not_blank": size > 0,
    }


def _period(first: str, last: str) -> pl.Expr:
    return day(first).is_not_null() & if_known(day(first) <= day(last))


def _is_direction(text: str | None) -> bool:
    value = bare(text)
    return value is None or (not is_filler(value) and letters_in(value) >= 3)


def sections(night: Delivered) -> dict[str, dict[str, pl.Expr]]:
    """The rules of the sections of a profile, by entity."""
    born, today = night.born, night.night
    kind, issued = plain("type_code"), day("issued_on")
    month, exam = day("exam_date").dt.month(), day("exam_date")
    subject, score, mark = yes("has_subject"), yes("has_score"), yes("has_mark")
    direction = c("direction").map_elements(_is_direction, return_dtype=pl.Boolean, skip_nulls=False)
    year_later = day("starts_on").dt.offset_by("1y")
    return {
        "study_program": {
            "level": among("level_code", *codes("program_levels")),
            "order_of_days": _period("starts_on", "ends_on"),
        },
        "education_document": {
            "type": among("type_code", *codes("education_document_types")),
            "issued_on": surely(issued <= today),
            "holder_is_old_enough": ~(
                surely(kind == "12") & surely(issued < on("student_id", after(born, 13)))
                | surely(kind == "11") & surely(issued < on("student_id", after(born, 15)))
            ),
        },
        "performance_daily": {"day_and_count": surely(day("on_date") <= today) & _at_least("mark_count", 0)},
        "exam_result": {
            "kind": among("exam_kind", "ОГЭ", "ЕГЭ"),
            "exam_date": surely((exam <= today) & month.is_between(3, 9)),
            "whole": pl.when(among("exam_kind", "ОГЭ"))
            .then(subject & score & mark)
            .when(among("exam_kind", "ЕГЭ"))
            .then(subject & (score | mark))
            .otherwise(pl.lit(value=True)),
        },
        "fitness_record": {
            "measured_on": surely(day("measured_on") <= today),
            "not_while_released": ~surely(c("source_id").is_in(_measured_while_released(night))),
        },
        "medical_release": {
            "order_of_days": _period("starts_on", "ends_on"),
            "term": if_known(day("ends_on") <= year_later),
        },
        "achievement": _entries("event", "work", "reward", "diploma"),
        "extracurricular": _entries("event", "school_event", "hobby", "course", "material")
        | {"material_has_file": ~among("kind", "material") | _at_least("file_count", 1)},
        "characteristic": {"long_enough": _at_least("text_length", 50) | _at_least("file_count", 1)},
        "additional_education": {"direction": direction},
        "additional_note": {"not_blank": _at_least("text_length", 1)},
        "section_declaration": {
            "leaf_and_day": among("leaf_code", *DECLARABLE) & surely(day("declared_on") <= today)
        },
    }


def _measured_while_released(night: Delivered) -> list[str]:
    released = night["medical_release"].select(
        "student_id", day("starts_on").alias("first"), day("ends_on").fill_null(dt.date.max).alias("last")
    )
    measured = night["fitness_record"].select("source_id", "student_id", day("measured_on").alias("measured"))
    both = measured.join(released, on="student_id")
    return list(both.filter(c("measured").is_between(c("first"), c("last")))["source_id"].drop_nulls())


def portfolio(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a document of the portfolio."""
    bases = (
        night["legal_basis"]
        .drop_nulls("source_id")
        .with_columns(day("valid_from").alias("first"), day("valid_to").fill_null(dt.date.max).alias("last"))
    )
    held = {
        key: (pupil, first, last)
        for key, pupil, first, last in bases.group_by("source_id")
        .agg(c("student_id").min(), c("first").min(), c("last").max())
        .iter_rows()
    }
    pupil = on("legal_basis_id", {key: one[0] for key, one in held.items()}, pl.String)
    holds = [
        key for key, (_, first, last) in held.items() if first is not None and first <= night.night <= last
    ]
    added, today = moscow_day("added_at"), pl.lit(night.night)
    after_added = (instant("deleted_at") >= instant("added_at")) & (moscow_day("deleted_at") <= today)
    level, result = c("level_code"), c("result_code")
    return {
        "category": among("category_code", *COUNTED),
        "dates": surely((day("event_date") <= added) & (added <= today)),
        "attachment": _at_least("file_count", 1) | yes("has_registry_link"),
        "legal_basis": given("legal_basis_id") & if_known(pupil == c("student_id")),
        "basis_in_force": pupil.is_null() | surely(c("legal_basis_id").is_in(holds)),
        "deleted_after_added": if_known(after_added),
        "diploma_of_winner": ~among("category_code", "G1.3") | if_known(result.is_in(["winner", "prize"])),
        "victory_of_level": ~among("category_code", "G1.4")
        | (
            if_known(level.is_in(["regional", "federal", "international"]))
            & if_known(result.is_in(["winner", "prize"]))
        ),
        "codes": if_known(level.is_in(["school", "municipal", "regional", "federal", "international"]))
        & if_known(result.is_in(["participant", "prize", "winner"]))
        & if_known(c("added_by_role").is_in(["teacher", "pupil", "parent", "administrator"])),
    }


def trajectories(night: Delivered) -> dict[str, dict[str, pl.Expr]]:
    """The rules of bases, recommendations and plans, by entity."""
    offered = instant("offered_at")
    is_past = surely(moscow_day("offered_at") <= night.night)
    return {
        "legal_basis": {
            "kind": among("kind", "law", "consent"),
            "order_of_days": _period("valid_from", "valid_to"),
        },
        "recommendation": {
            "origin": among("origin", "automatic", "teacher"),
            "times": is_past
            & if_known(instant("withdrawn_at") >= offered)
            & if_known(instant("acknowledged_at") >= offered),
        },
        "class_recommendation": {"origin": among("origin", "automatic", "teacher"), "offered": is_past},
        "individual_plan": {
            "role": among("formed_by_role", "teacher", "system"),
            "order_of_days": _period("valid_from", "valid_to"),
        },
        "grading_period": _grading_periods(night),
    }


def _grading_periods(night: Delivered) -> dict[str, pl.Expr]:
    first, last = number("parallel_from"), number("parallel_to")
    years = night["academic_year"].drop_nulls("source_id").group_by("source_id")
    bounds = years.agg(day("starts_on").min().alias("first"), day("ends_on").max().alias("last"))
    begins = on("academic_year_id", dict(bounds.select("source_id", "first").iter_rows()))
    ends = on("academic_year_id", dict(bounds.select("source_id", "last").iter_rows()))
    return {
        "order_of_days": surely(day("starts_on") <= day("ends_on")),
        "parallels": surely((first >= 0) & (first <= last) & (last <= 12)),
        "within_year": if_known(day("starts_on") >= begins) & if_known(day("ends_on") <= ends),
    }
