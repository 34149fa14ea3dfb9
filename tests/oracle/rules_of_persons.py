"""Twins of the rules about persons and their school cards (domain §3.1, §3.2, §3.6-3.8)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from typing import Any

import polars as pl

from tests.oracle.numbers import inn_of, snils_of
from tests.oracle.pupils import sex_of
from tests.oracle.rule_words import (
    Delivered,
    among,
    answered,
    bare,
    blank,
    c,
    codes,
    day,
    filler,
    given,
    if_known,
    judged,
    matches,
    on,
    plain,
    seed,
    surely,
    yes,
)
from tests.oracle.words import folded, is_filler, judge_name, letters_in, read_class_name, tidy

NAMES = ("last_name", "first_name", "middle_name")
NO_DAYS = ("1900-01-01", "1970-01-01")
COUNTRIES, STUDY_FORMS = codes("countries"), codes("study_forms")
LANGUAGES = {row["synonym"]: row["code"] for row in seed("languages")}
OF_MEN, OF_WOMEN = r"(ович|евич|ич|оглы)$", r"(овна|евна|ична|инична|кызы)$"


def judge_snils(text: str | None) -> str:
    """Status of a СНИЛС."""
    value = bare(text)
    if value is None:
        return "e"
    if snils_of(text):
        return "f"
    return "p" if is_filler(value, in_identity=True) else "i"


def judge_inn(text: str | None) -> str:
    """Status of a person's ИНН."""
    value = bare(text)
    if value is None:
        return "e"
    if is_filler(value):
        return "p"
    return "f" if inn_of(text) else "i"


def language_of(text: str | None) -> str | None:
    """The first language an answer names, as the reference spells it; None when it names none."""
    value = bare(text)
    return (tidy(re.split(r"[,;/]| и ", tidy(value).lower())[0]) or None) if value else None


def _uncheckable(text: str | None) -> bool:
    digits = re.sub("[ -]", "", text or "")
    return bool(re.fullmatch(r"[0-9]{11}", digits)) and int(digits[:9]) <= 1_001_998


def _digits(text: str | None, count: int) -> bool:
    return bool(re.fullmatch(rf"[0-9]{{{count}}}", re.sub("[ -]", "", text or "")))


def _flag(column: str, says: Any) -> pl.Expr:
    return c(column).map_elements(says, return_dtype=pl.Boolean, skip_nulls=False)


def _repeated(table: pl.DataFrame, column: str, number_of: Any) -> frozenset[str]:
    held = Counter(filter(None, map(number_of, table[column])))
    return frozenset(value for value, times in held.items() if times > 1)


def persons(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a person."""
    table = night["person"]
    status = {name: judged(name, judge_name) for name in NAMES}
    snils, inn = judged("snils", judge_snils), judged("inn", judge_inn)
    shared_snils, shared_inn = _repeated(table, "snils", snils_of), _repeated(table, "inn", inn_of)
    lost_zero, uncheckable = _flag("snils", lambda text: _digits(text, 10)), _flag("snils", _uncheckable)
    elsewhere, here = _namesakes(table)
    patronymic = plain("middle_name").str.to_lowercase()
    sex = c("sex").map_elements(sex_of, return_dtype=pl.String, skip_nulls=False)
    kind, country = plain("citizenship_kind_code"), plain("citizenship_country_code")
    no_day = among("birth_date", *NO_DAYS)
    return {
        "last_name": status["last_name"] != "i",
        "first_name": status["first_name"] != "i",
        "middle_name": status["middle_name"] != "i",
        "name_placeholder": pl.all_horizontal(one != "p" for one in status.values()),
        "name_given": (status["last_name"] != "e") & (status["first_name"] != "e"),
        "middle_name_given": (status["middle_name"] != "e") | yes("middle_name_absent"),
        "middle_name_mark": ~yes("middle_name_absent") | (status["middle_name"] == "e"),
        "middle_name_agrees_with_sex": ~(
            surely(sex == "М") & matches(patronymic, OF_WOMEN)
            | surely(sex == "Ж") & matches(patronymic, OF_MEN)
        ),
        "name_case": ~pl.any_horizontal(matches(name, r"^([А-ЯЁ][А-ЯЁ -]+|[а-яё].*)$") for name in NAMES),
        "name_in_cyrillic": ~pl.any_horizontal(matches(name, "[A-Za-z]") for name in NAMES),
        "name_without_palochka": ~pl.any_horizontal(matches(name, "[Ӏӏ]") for name in NAMES),
        "birth_date": blank("birth_date")
        | surely(day("birth_date").is_between(dt.date(1990, 1, 1), night.night))
        | no_day
        | filler("birth_date"),
        "birth_date_placeholder": ~no_day & ~filler("birth_date"),
        "identity_complete": given("birth_date") & given("sex"),
        "sex": blank("sex") | sex.is_not_null() | filler("sex"),
        "sex_placeholder": ~filler("sex"),
        "native_language": _flag("native_language", _is_a_language) | filler("native_language"),
        "native_language_placeholder": ~filler("native_language"),
        "citizenship_kind": kind.fill_null("").is_in(["", "1", "2", "3", "4"]),
        "citizenship_country": ~surely(kind.is_in(["2", "3"]))
        | among("citizenship_country_code", *COUNTRIES),
        "country_lost_zero": ~matches(country, "^[0-9]{1,2}$"),
        "country_fits_citizenship": ~(
            surely(kind == "1") & ~country.fill_null("").is_in(["", "643"])
            | surely(kind == "3") & surely(country == "643")
            | surely(kind == "4") & (country.fill_null("") != "")
        ),
        "snils_given": surely(kind.is_in(["3", "4"])) | (snils != "e"),
        "snils_check_digits": (snils != "i") | lost_zero | uncheckable,
        "snils_placeholder": snils != "p",
        "snils_lost_zero": ~lost_zero,
        "snils_uncheckable": ~uncheckable
        | _flag("snils", lambda text: set(re.sub("[ -]", "", text or "")) == {"0"}),
        "snils_unique": ~_flag("snils", lambda text: snils_of(text) in shared_snils),
        "inn_check_digits": (inn != "i") | matches("inn", "^[0-9]{10,11}$"),
        "inn_placeholder": inn != "p",
        "inn_lost_zero": ~matches("inn", "^[0-9]{11}$"),
        "inn_of_organisation": ~matches("inn", "^[0-9]{10}$"),
        "inn_region": ~matches("inn", "^00[0-9]{10}$") | matches("inn", "^0+$"),
        "inn_unique": ~_flag("inn", lambda text: inn_of(text) in shared_inn),
        "birth_place": _flag("birth_place", _is_a_place),
        "no_namesake_elsewhere": ~surely(c("source_id").is_in(list(elsewhere))),
        "no_namesake_in_school": ~surely(c("source_id").is_in(list(here))),
    } | _of_the_class(night)


def _is_a_language(text: str | None) -> bool:
    language = language_of(text)
    return language is None or language in LANGUAGES


def _is_a_place(text: str | None) -> bool:
    value = bare(text)
    return value is None or (not is_filler(value, in_identity=True) and letters_in(value) >= 3)


def _namesakes(table: pl.DataFrame) -> tuple[set[str], set[str]]:
    """Who has a namesake in another school, and who in his own, whom no СНИЛС tells apart."""
    keyed: dict[tuple[Any, ...], list[tuple[str | None, str | None, str | None]]] = defaultdict(list)
    for row in table.with_columns(day("birth_date")).iter_rows(named=True):
        sex = sex_of(row["sex"])
        if row["birth_date"] and sex and bare(row["last_name"]) and bare(row["first_name"]):
            key = (*(folded(row[name]) for name in NAMES), row["birth_date"], sex)
            keyed[key].append((row["source_id"], row["org_id"], snils_of(row["snils"])))
    elsewhere, here = set(), set()
    for people in keyed.values():
        for one, school, number in people:
            for other, other_school, other_number in people:
                is_told_apart = number and other_number and number != other_number
                if None in (one, other, school, other_school) or one == other or is_told_apart:
                    continue
                (here if school == other_school else elsewhere).add(str(one))
    return elsewhere, here


def placed(night: Delivered) -> dict[str, dict[str, Any]]:
    """Pupil -> parallel, adapted, enrolled_on and form of his winning enrolment among those with class and card."""
    classes = {row["source_id"]: row for row in night["class"].iter_rows(named=True) if row["source_id"]}
    cards = {row["source_id"]: row for row in night["student"].iter_rows(named=True) if row["source_id"]}
    won: dict[str, tuple[Any, dict[str, Any]]] = {}
    table = night.active.with_columns(day("order_date").alias("ordered"), day("starts_on").alias("started"))
    for row in table.iter_rows(named=True):
        pupil, group = row["student_id"], classes.get(row["class_id"])
        if pupil not in cards or group is None:
            continue
        rank = (row["ordered"] or dt.date.min, row["source_id"] or "\uffff")
        if pupil not in won or rank > won[pupil][0]:
            won[pupil] = (rank, {"row": row, "class": group, "form": cards[pupil]["study_form_code"]})
    return {pupil: _place(**found) for pupil, (_, found) in won.items()}


def _place(row: dict[str, Any], form: str | None, **of: dict[str, Any]) -> dict[str, Any]:
    group = of["class"]
    _, parallel = read_class_name(group["name"], is_adapted=group["is_adapted"] == "true")
    return {
        "parallel": parallel,
        "is_adapted": {"true": True, "false": False}.get(group["is_adapted"] or ""),
        "enrolled_on": row["started"],
        "form": form,
    }


def _of_the_class(night: Delivered) -> dict[str, pl.Expr]:
    places = placed(night)

    def known(what: str, kind: Any) -> pl.Expr:
        return on("source_id", {pupil: place[what] for pupil, place in places.items()}, kind)

    parallel, is_adapted = known("parallel", pl.Int64), known("is_adapted", pl.Boolean)
    born, start = day("birth_date"), night.year_starts
    had_no_birthday = (born.dt.month() > start.month) | (
        (born.dt.month() == start.month) & (born.dt.day() > start.day)
    )
    age = start.year - born.dt.year() - had_no_birthday.cast(pl.Int64)
    is_unbounded = is_adapted | known("form", pl.String).is_in(["12", "13"])
    in_class = parallel.is_between(1, 11)
    certified = frozenset(
        night["education_document"].filter(surely(plain("type_code") == "12"))["student_id"].drop_nulls()
    )
    youngest = dt.date(start.year - 6, 3, 1)
    return {
        "birth_date_is_not_enrolment": ~surely(born == known("enrolled_on", pl.Date)),
        "age_fits_class": if_known(
            (age >= parallel + 4) & ((age <= parallel + 11) | is_unbounded) | ~in_class
        ),
        "age_is_usual_for_class": if_known(
            age.is_between(parallel + 5, parallel + 8) | is_unbounded | ~in_class
        ),
        "first_grade_age": surely(parallel != 1)
        | parallel.is_null()
        | surely(is_adapted)
        | if_known(born.is_between(start.replace(year=start.year - 8), youngest)),
        "certificate_from_tenth": ~surely(parallel.is_between(10, 11))
        | surely(is_adapted)
        | surely(c("source_id").is_in(list(certified))),
    }


def students(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a school card."""
    login, file = plain("login").str.to_lowercase(), plain("personal_file_no").str.to_lowercase()
    active = Counter(night.active["student_id"].drop_nulls())
    twice = [pupil for pupil, times in active.items() if times > 1]
    heads = night["guardian"].filter(surely(plain("type_code") == "6"))["student_id"].drop_nulls()
    return {
        "login_given": given("login") & ~filler("login", in_identity=False),
        "login_unique": blank("login") | (login.count().over(login) == 1),
        "personal_file_placeholder": ~filler("personal_file_no", in_identity=False),
        "personal_file_unique": blank("personal_file_no")
        | c("org_id").is_null()
        | (file.count().over("org_id", file) == 1),
        "study_form": blank("study_form_code")
        | among("study_form_code", *STUDY_FORMS)
        | filler("study_form_code", in_identity=False),
        "single_enrollment": ~surely(c("source_id").is_in(twice)),
        "student_no_given": given("student_no"),
        "student_no_unique": blank("student_no")
        | c("org_id").is_null()
        | (plain("student_no").count().over("org_id", plain("student_no")) == 1),
        "care_flag": answered("is_under_state_care"),
        "care_has_head": ~yes("is_under_state_care") | surely(c("source_id").is_in(heads.implode())),
        "card_at_the_school": ~surely(c("source_id").is_in(_enrolled_elsewhere(night))),
    }


def _enrolled_elsewhere(night: Delivered) -> list[str]:
    schools: dict[str, set[str]] = defaultdict(set)
    for row in night["student"].drop_nulls("source_id").iter_rows(named=True):
        schools[row["source_id"]].add(row["org_id"])
    apart: dict[str, list[bool]] = defaultdict(list)
    for row in night.active.iter_rows(named=True):
        for school in schools.get(row["student_id"], ()):
            if school is not None and row["org_id"] is not None:
                apart[row["student_id"]].append(school != row["org_id"])
    return [pupil for pupil, are_apart in apart.items() if all(are_apart)]
