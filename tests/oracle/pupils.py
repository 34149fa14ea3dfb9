"""Who is counted, and where: winning enrolments, the contingent, parallels and stages."""

from __future__ import annotations

import polars as pl

from tests.oracle.drop import BLANKS, Drop, code, codes, day, seed, word, yes
from tests.oracle.numbers import snils_of
from tests.oracle.words import bare, folded, read_class_name, stage_of

NOT_AT_SCHOOL = ("21", "22")
OPEN = [row["code"] for row in seed("org_statuses") if row["is_functioning"] == "true"]
MALE = {"м", "муж.", "мужской"}
FEMALE = {"ж", "жен.", "женский"}


def all_schools(drop: Drop) -> pl.DataFrame:
    """Every school; ``unit`` is the municipality or STATE, ``is_public_general`` whether its pupils are counted."""
    is_general = code("org_type_code").is_in(list(codes("org_types")))
    return drop["organization"].select(
        pl.col("source_id").alias("school"),
        pl.col("name").str.strip_chars(BLANKS).alias("school_name"),
        pl.when(code("founder_code") == "2")
        .then(pl.lit("STATE"))
        .otherwise(code("municipality_oktmo"))
        .alias("unit"),
        code("org_status_code").is_in(OPEN).fill_null(value=False).alias("is_open"),
        word("settlement_kind").alias("settlement"),
        code("founder_code").alias("founder"),
        (pl.col("is_private") == "true").fill_null(value=False).alias("is_private"),
        # A school of which nobody says that it is not private is not known to be public.
        ((pl.col("is_private") == "false") & is_general).fill_null(value=False).alias("is_public_general"),
    )


def schools(drop: Drop) -> pl.DataFrame:
    """Schools that are counted: public and general."""
    return all_schools(drop).filter(pl.col("is_public_general"))


def active_enrolments(drop: Drop) -> pl.DataFrame:
    """Every enrolment that is active on the night."""
    is_active = (day("starts_on") <= drop.night) & (day("left_on").is_null() | (day("left_on") > drop.night))
    return drop["enrollment_event"].filter(is_active.fill_null(value=False))


def winning_enrolments(drop: Drop) -> pl.DataFrame:
    """One enrolment per pupil: active on the night, latest order, then greatest identity."""
    return (
        active_enrolments(drop)
        .with_columns(day("order_date").alias("ordered"), day("starts_on").alias("started"))
        .sort("student_id", "ordered", "source_id", descending=[False, True, True], nulls_last=True)
        .group_by("student_id", maintain_order=True)
        .first()
        .select("student_id", pl.col("org_id").alias("school"), "class_id", "started")
    )


def is_apart() -> pl.Expr:
    """Whether a card is of family education or self-education, which are counted apart (domain §1.4)."""
    return code("study_form_code").is_in(NOT_AT_SCHOOL)


def contingent(drop: Drop) -> pl.DataFrame:
    """One row per pupil who is counted, with class, parallel, stage, school and unit."""
    persons = drop["person"].select(pl.col("source_id").alias("student_id"))
    cards = drop["student"].filter(~is_apart().fill_null(value=False))
    classes = _read_classes(drop)
    return (
        cards.select(
            pl.col("source_id").alias("student_id"),
            pl.col("org_id").alias("card_org_id"),
            "login",
            "personal_file_no",
            code("study_form_code").alias("study_form"),
            yes("is_under_state_care").alias("in_care"),
        )
        .join(persons, on="student_id", how="semi")
        .join(winning_enrolments(drop), on="student_id")
        .join(schools(drop), on="school")
        .join(classes, on="class_id", how="left")
        .with_columns(pl.col("stage").fill_null("unknown"), pl.col("is_adapted").fill_null(value=False))
    )


def _read_classes(drop: Drop) -> pl.DataFrame:
    table = drop["class"].select(
        pl.col("source_id").alias("class_id"),
        pl.col("name").alias("raw_name"),
        yes("is_adapted").alias("is_adapted"),
    )
    read = [read_class_name(name, is_adapted=adapted) for _, name, adapted in table.iter_rows()]
    return table.with_columns(
        pl.Series("class_name", [name for name, _ in read], pl.String),
        pl.Series("parallel", [parallel for _, parallel in read], pl.Int64),
        pl.Series("stage", [stage_of(parallel) for _, parallel in read], pl.String),
    )


def sex_of(text: str | None) -> str | None:
    """М, Ж, or None when the text says neither."""
    value = (bare(text) or "").lower()
    return "М" if value in MALE else "Ж" if value in FEMALE else None


def in_conflict(drop: Drop) -> set[str]:
    """Pupils who cannot be told from another: the same СНИЛС, or the same person in two schools."""
    people = (
        drop["person"]
        .rename({"source_id": "student_id"})
        .join(winning_enrolments(drop), on="student_id")
        .with_columns(day("birth_date").alias("born"))
    )
    rows = [
        {
            "student_id": row["student_id"],
            "school": row["school"],
            "snils": snils_of(row["snils"]),
            "match": _match_key(row),
        }
        for row in people.iter_rows(named=True)
    ]
    table = pl.DataFrame(
        rows, schema={"student_id": pl.String, "school": pl.String, "snils": pl.String, "match": pl.String}
    )
    same_snils = table.filter(pl.col("snils").is_not_null() & pl.col("snils").is_duplicated())
    pairs = table.filter(pl.col("match").is_not_null()).join(
        table.filter(pl.col("match").is_not_null()), on="match", suffix="_other"
    )
    apart = (pl.col("snils") != pl.col("snils_other")).fill_null(value=False)
    same_person = pairs.filter((pl.col("school") != pl.col("school_other")) & ~apart)
    return {*same_snils["student_id"], *same_person["student_id"]}


def _match_key(row: dict[str, object]) -> str | None:
    last, first, middle = (folded(row[name]) for name in ("last_name", "first_name", "middle_name"))  # type: ignore[arg-type]
    sex = sex_of(row["sex"])  # type: ignore[arg-type]
    if not (bare(row["last_name"]) and bare(row["first_name"]) and row["born"] and sex):  # type: ignore[arg-type]
        return None
    return f"{last}|{first}|{middle}|{row['born']}|{sex}"
