"""Leaves P21-P51: additional information, family, and the sections of the profile (docs/leaf-rules.md)."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.oracle.drop import Drop, code, codes, day, holds, number, word, yes
from tests.oracle.leaves_of_card import best
from tests.oracle.words import bare, is_filler, judge_name, letters_in

if TYPE_CHECKING:
    import datetime as dt

# Leaf -> (column, stated positives, stated negatives).
STATED = {
    "P24": ("meal_provision", {"платное", "бесплатное", "льготное"}, {"не питается", "нет"}),
    "P25": ("individual_study", {"да"}, {"нет", "не требуется"}),
    "P26": ("externship", {"да"}, {"нет", "не требуется"}),
}
# Leaves of which О7 delivers only a word of the contract.
WORDS = {"filled": "f", "declared_none": "n", "empty": "e"}
TOLD_BY_WORD = {
    "P21": "long_term_treatment_study_status", "P22": "adapted_program_need_status",
    "P28": "health_limitation_status", "P29": "health_group_status", "P30": "disability_status",
}  # fmt: skip
REGISTERS = {"P23": "school_register", "P27": "pdn_register"}
ENTRIES = {
    "P40": ("achievement", "event"), "P41": ("achievement", "work"), "P42": ("achievement", "reward"),
    "P43": ("achievement", "diploma"), "P45": ("extracurricular", "event"),
    "P46": ("extracurricular", "school_event"), "P47": ("extracurricular", "hobby"),
    "P48": ("extracurricular", "course"),
}  # fmt: skip
LEVELS = {"12": range(5), "13": range(5, 10), "14": range(10, 13)}
FOR_ALL = {"15", "51"}


def stated(text: str | None, positives: set[str], negatives: set[str]) -> str:
    """A field in which a stated negative is an answer."""
    value = bare(text)
    if value is None:
        return "e"
    lowered = value.lower()
    if is_filler(value):
        return "p"
    return "n" if lowered in negatives else "f" if lowered in positives else "i"


def told_by_word(text: str | None) -> str:
    """A health leaf, by the word the contract has for it; no other word says anything."""
    value = bare(text)
    return "e" if value is None else WORDS.get(value, "i")


def section_leaves(drop: Drop, pupils: pl.DataFrame) -> dict[str, dict[str, str]]:
    """Leaf -> pupil -> letter, for pupils who have a row."""
    info = list(
        drop["additional_info"]
        .with_columns(day("school_register_since"), day("pdn_register_since"))
        .iter_rows(named=True)
    )
    letters = {
        leaf: best([(row["student_id"], stated(row[column], yes_, no_)) for row in info])
        for leaf, (column, yes_, no_) in STATED.items()
    }
    for leaf, column in REGISTERS.items():
        letters[leaf] = best([(row["student_id"], _register(row, column, drop.night)) for row in info])
    for leaf, column in TOLD_BY_WORD.items():
        letters[leaf] = best([(row["student_id"], _by_word(leaf, row[column])) for row in info])
    letters["P31"] = best(_texts(drop, "family_status", "status", {"категорий нет", "нет"}))
    letters["P50"] = best(_texts(drop, "additional_education", "direction", {"нет"}))
    letters["P32"] = _guardians(drop, pupils)
    letters["P33"] = _history(drop)
    letters["P34"] = _programs(drop, pupils)
    letters["P35"] = _education_documents(drop)
    letters["P36"] = _marks(drop)
    letters["P37"] = _exams(drop, "ОГЭ", yes("has_subject") & yes("has_score") & yes("has_mark"))
    letters["P38"] = _exams(drop, "ЕГЭ", yes("has_subject") & (yes("has_score") | yes("has_mark")))
    letters["P39"] = _fitness(drop)
    has_entry = _at_least("text_length", 1) | _at_least("file_count", 1)
    for leaf, (entity, kind) in ENTRIES.items():
        letters[leaf] = _rows(drop[entity].filter(word("kind") == kind), has_entry, "e")
    letters["P44"] = _characteristics(drop)
    materials = drop["extracurricular"].filter(word("kind") == "material")
    letters["P49"] = _graded(materials, _at_least("file_count", 1), _at_least("text_length", 1))
    letters["P51"] = _rows(drop["additional_note"], _at_least("text_length", 1), "e")
    return letters


def _at_least(column: str, least: int) -> pl.Expr:
    return (number(column) >= least).fill_null(value=False)


def _register(row: dict[str, Any], column: str, night: dt.date) -> str:
    letter = stated(row[column], {"да"}, {"нет", "не состоит"})
    since = row[f"{column}_since"]
    return "i" if letter == "f" and (since is None or since > night) else letter


def _by_word(leaf: str, text: str | None) -> str:
    letter = told_by_word(text)
    # «Нет» is no health group.
    return "p" if (leaf, letter) == ("P29", "n") else letter


def _texts(drop: Drop, entity: str, column: str, negatives: set[str]) -> list[tuple[str, str]]:
    found = []
    for row in drop[entity].iter_rows(named=True):
        value = bare(row[column])
        letter = stated(value, {value.lower()} if value and letters_in(value) >= 3 else set(), negatives)
        found.append((row["student_id"], letter))
    return found


def _guardians(drop: Drop, pupils: pl.DataFrame) -> dict[str, str]:
    in_care = set(pupils.filter(pl.col("in_care"))["student_id"])
    kinds = codes("guardian_types")
    statuses = []
    for row in drop["guardian"].iter_rows(named=True):
        kind = bare(row["type_code"])
        if row["student_id"] in in_care and kind != "6":
            continue
        names = [judge_name(row["last_name"]), judge_name(row["first_name"])]
        if names == ["e", "e"]:
            letter = "e"
        elif "p" in names:
            letter = "p"
        else:
            letter = "f" if names == ["f", "f"] and kind in kinds else "i"
        statuses.append((row["student_id"], letter))
    return best(statuses)


def _history(drop: Drop) -> dict[str, str]:
    events = drop["enrollment_event"].with_columns(
        day("starts_on").alias("start"), day("left_on").alias("left")
    )
    histories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    # An enrolment that begins nobody knows when is part of the history, and breaks it.
    until_tonight = events.filter((pl.col("start") <= drop.night).fill_null(value=True))
    for row in until_tonight.sort("student_id", "start", "source_id").iter_rows(named=True):
        histories[row["student_id"]].append(row)
    return {pupil: "f" if _is_whole(rows) else "i" for pupil, rows in histories.items()}


def _is_whole(rows: list[dict[str, Any]]) -> bool:
    if any(row["start"] is None or (row["left"] or row["start"]) < row["start"] for row in rows):
        return False
    return all(earlier["left"] == later["start"] for earlier, later in itertools.pairwise(rows))


def _programs(drop: Drop, pupils: pl.DataFrame) -> dict[str, str]:
    adapted = set(drop["additional_info"].filter(yes("has_adapted_program"))["student_id"])
    parallels = dict(pupils.select("student_id", "parallel").iter_rows())
    known = codes("program_levels")
    statuses = []
    for row in drop["study_program"].filter(holds("starts_on", "ends_on", drop.night)).iter_rows(named=True):
        pupil, level = row["student_id"], bare(row["level_code"])
        parallel = parallels.get(pupil)
        if level in FOR_ALL:
            fits = True
        elif pupil in adapted:
            fits = False
        else:
            fits = level in known and (parallel is None or parallel in LEVELS.get(level, ()))
        statuses.append((pupil, "f" if fits else "i"))
    return best(statuses)


def _rows(table: pl.DataFrame, fits: pl.Expr, otherwise: str) -> dict[str, str]:
    letters = table.select("student_id", pl.when(fits).then(pl.lit("f")).otherwise(pl.lit(otherwise)))
    return best(list(letters.iter_rows()))


def _graded(table: pl.DataFrame, fits: pl.Expr, is_something: pl.Expr) -> dict[str, str]:
    letter = pl.when(fits).then(pl.lit("f")).when(is_something).then(pl.lit("i")).otherwise(pl.lit("e"))
    return best(list(table.select("student_id", letter).iter_rows()))


def _education_documents(drop: Drop) -> dict[str, str]:
    kinds = list(codes("education_document_types"))
    fits = code("type_code").is_in(kinds) & (day("issued_on") <= drop.night)
    return _rows(drop["education_document"], fits.fill_null(value=False), "i")


def _marks(drop: Drop) -> dict[str, str]:
    _, start, _ = drop.school_year
    return marked_since(drop, {}, start)


def marked_since(drop: Drop, since: dict[str, dt.date], otherwise: dt.date) -> dict[str, str]:
    """P36 of every pupil with a mark: f where the marks from his day (or the other one) to the night make one."""
    sums: dict[str, int] = defaultdict(int)
    days = drop["performance_daily"].select("student_id", day("on_date"), number("mark_count").fill_null(0))
    for pupil, on_date, count in days.iter_rows():
        if on_date is not None and since.get(pupil, otherwise) <= on_date <= drop.night:
            sums[pupil] += count
    return {pupil: "f" if marks >= 1 else "e" for pupil, marks in sums.items()}


def measured_since(drop: Drop, since: dict[str, dt.date], otherwise: dt.date) -> dict[str, str]:
    """P39 of every pupil who was measured from his day (or the other one) to the night."""
    return {
        pupil: "f"
        for pupil, measured in drop["fitness_record"].select("student_id", day("measured_on")).iter_rows()
        if measured is not None and since.get(pupil, otherwise) <= measured <= drop.night
    }


def _exams(drop: Drop, kind: str, is_whole: pl.Expr) -> dict[str, str]:
    is_past = (day("exam_date") <= drop.night).fill_null(value=False)
    return _rows(drop["exam_result"].filter(word("exam_kind") == kind.lower()), is_past & is_whole, "i")


def _fitness(drop: Drop) -> dict[str, str]:
    _, start, _ = drop.school_year
    released = drop["medical_release"].filter(holds("starts_on", "ends_on", drop.night))
    return measured_since(drop, {}, start) | dict.fromkeys(released["student_id"], "x")


def _characteristics(drop: Drop) -> dict[str, str]:
    is_long = _at_least("text_length", 50) | _at_least("file_count", 1)
    return _graded(drop["characteristic"], is_long, _at_least("text_length", 1))
