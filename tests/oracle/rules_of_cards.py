"""Twins of the rules about documents, contacts, addresses, guardians and the block of additional information."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict

import polars as pl

from tests.oracle.leaves_of_sections import WORDS
from tests.oracle.numbers import (
    TO_CYRILLIC,
    TO_ROMAN,
    is_birth_series,
    judge_address,
    judge_email,
    judge_phone,
)
from tests.oracle.rule_words import (
    Delivered,
    after,
    among,
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
    surely,
    yes,
)
from tests.oracle.words import DASHES, is_filler, judge_name

FIAS = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
YES = frozenset({"да"})
NO = frozenset({"нет", "не состоит", "не требуется"})


def documents(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of an identity document."""
    is_passport, is_certificate = among("type_code", "12"), among("type_code", "11")
    number, series = plain("number"), c("series").str.replace_all("[ -]", "")
    issued, born = day("issued_on"), on("student_id", night.born)
    no_number, is_nothing = filler("number"), blank("series") & blank("number")
    year_of_series = series.str.slice(2, 2).cast(pl.Int64, strict=False)
    difference = issued.dt.year() - 2000 - year_of_series
    has_form = matches(series, "^[0-9]{4}$")
    kinds = night["identity_document"].filter(
        ~surely(plain("type_code").is_in(["11", "31"])) & c("type_code").is_not_null()
    )
    foreign = (
        night["person"]
        .filter(surely(plain("citizenship_kind_code").is_in(["3", "4"])))["source_id"]
        .drop_nulls()
    )
    of_a_foreigner = surely(c("student_id").is_in(foreign.implode()))
    late = pl.lit(night.night) >= on("student_id", _ninety_days_after(after(night.born, 14)))
    return {
        "type": among("type_code", *codes("document_types")),
        "passport_series": ~is_passport | no_number | has_form,
        "passport_number": ~is_passport | no_number | matches(number, "^[0-9]{6}$"),
        "passport_from_fourteen": ~is_passport | if_known(issued >= on("student_id", after(night.born, 14))),
        "passport_series_year": ~is_passport | ~has_form | if_known(difference.is_between(-1, 3)),
        "passport_series_region": ~is_passport | ~matches(series, "^00"),
        "passport_zeros": ~is_passport | ~no_number,
        "passport_issued_on": ~is_passport | issued.is_not_null(),
        "passport_of_citizen": ~is_passport | ~of_a_foreigner,
        "passport_after_fourteen": ~is_certificate
        | surely(c("student_id").is_in(kinds["student_id"].drop_nulls().implode()))
        | of_a_foreigner
        | ~surely(late),
        "issuer_code": ~is_passport
        | blank("issuer_code")
        | matches(plain("issuer_code"), "^[0-9]{3}-[0-9]{3}$"),
        "certificate_series": ~is_certificate | is_nothing | no_number | _says("series", is_birth_series),
        "certificate_series_letters": ~is_certificate | ~_says("series", _is_misprinted),
        "certificate_number": ~is_certificate | is_nothing | no_number | matches(number, "^[0-9]{6}$"),
        "other_number": plain("type_code").fill_null("").is_in(["", "11", "12"])
        | no_number
        | surely(number.str.len_chars() >= 3),
        "issued_on": if_known(issued.is_between(dt.date(1990, 1, 1), night.night)),
        "issued_after_birth": if_known(issued >= born),
        "unique": ~_of_two_pupils(night),
    }


def _says(column: str, says: object) -> pl.Expr:
    return c(column).map_elements(says, return_dtype=pl.Boolean, skip_nulls=False)  # type: ignore[arg-type]


def _ninety_days_after(days: dict[str, dt.date]) -> dict[str, dt.date]:
    return {key: found + dt.timedelta(days=90) for key, found in days.items()}


def _is_misprinted(series: str | None) -> bool:
    """Whether a series can be read and is not written with its own letters and one hyphen."""
    if series is None or not is_birth_series(series):
        return False
    roman, letters = [part for part in re.split(rf"[{DASHES} \t\u00a0]+", series) if part]
    return f"{roman.translate(TO_ROMAN).upper()}-{letters.upper().translate(TO_CYRILLIC)}" != series.strip(
        " "
    )


def _of_two_pupils(night: Delivered) -> pl.Expr:
    key = pl.concat_str(
        plain("type_code"), c("series").str.replace_all("[ -]", ""), plain("number"), separator="|"
    )
    table = night["identity_document"].filter(
        among("type_code", "11", "12") & given("number") & given("series")
    )
    holders = (
        table.select(key.alias("key"), "student_id")
        .group_by("key")
        .agg(c("student_id").drop_nulls().n_unique())
    )
    shared = holders.filter(c("student_id") > 1)["key"].drop_nulls()
    return surely(key.is_in(shared.implode()))


def contacts(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a contact."""
    is_mobile, is_phone, is_email = (
        among("kind", "mobile"),
        among("kind", "mobile", "phone"),
        among("kind", "email"),
    )
    # Of a contact whose kind nobody knows a wrong number is a wrong number.
    may_be_phone = is_phone | c("kind").is_null()
    phone, email = judged("value", judge_phone), judged("value", judge_email)
    address = plain("value").str.to_lowercase()
    mails = night["contact"].filter(is_email & given("value")).select(address.alias("key"), "student_id")
    sharers = (
        mails.group_by("key").agg(c("student_id").drop_nulls().n_unique()).filter(c("student_id") > 5)["key"]
    )
    international = c("value").map_elements(_e164, return_dtype=pl.String, skip_nulls=False)
    of_guardians = (
        night["contact"]
        .filter(is_phone & given("guardian_id"))
        .select("student_id", international.alias("to"))
    )
    wards = dict(
        night["guardian"].drop_nulls("source_id").group_by("source_id").agg(c("student_id").min()).iter_rows()
    )
    ward = on("guardian_id", wards, pl.String)
    return {
        "kind": among("kind", "mobile", "phone", "email"),
        "value_given": given("value"),
        "phone": ~may_be_phone | (phone != "i"),
        "phone_placeholder": ~may_be_phone | (phone != "p"),
        "mobile_is_mobile": ~is_mobile | ~matches(international, "^[+]7[348]"),
        "landline_code": ~may_be_phone
        | ~(matches(international, "^[+]7866") & ~matches(international, "^[+]7866(2|3[0-8])")),
        "phone_is_not_guardians": ~is_mobile | given("guardian_id") | ~_is_pair(of_guardians, international),
        "email": ~is_email | (email != "i"),
        "email_placeholder": ~is_email | (email != "p"),
        "email_of_one_family": ~is_email | ~surely(address.is_in(sharers.implode())),
        "guardian_of_the_pupil": ward.is_null() | surely(ward == c("student_id")),
    }


def _is_pair(pairs: pl.DataFrame, number: pl.Expr) -> pl.Expr:
    known = pairs.drop_nulls().select(pl.concat_str("student_id", "to", separator="|").alias("pair"))["pair"]
    return surely(pl.concat_str("student_id", number, separator="|").is_in(known.implode()))


def _e164(text: str | None) -> str | None:
    """The phone as it is dialled from abroad; None where there is no such phone."""
    if judge_phone(text) != "f":
        return None
    digits = re.sub(r"[^0-9]", "", text or "")
    if (bare(text) or "").startswith("+") and not digits.startswith("7"):
        return f"+{digits}"
    return f"+7{digits[-10:]}"


def addresses(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of an address."""
    place = pl.concat_str(
        c("org_id"),
        *(plain(name).str.to_lowercase() for name in ("locality", "street", "house")),
        separator="|",
    )
    whole = given("locality") & given("street") & given("house") & c("org_id").is_not_null()
    homes = night["address"].filter(whole).select(place.alias("key"), "student_id")
    crowded = (
        homes.group_by("key").agg(c("student_id").drop_nulls().n_unique()).filter(c("student_id") > 30)["key"]
    )
    is_temporary, until = among("kind", "temporary"), day("valid_until")
    registered = night["address"].filter(among("kind", "permanent", "temporary"))["student_id"].drop_nulls()
    status = pl.struct("kind", "locality", "house", "fias_id", "same_as_registration")
    return {
        "kind": among("kind", "permanent", "temporary", "actual"),
        "whole": status.map_elements(_is_whole, return_dtype=pl.Boolean),
        "temporary_ends": ~is_temporary | until.is_not_null(),
        "temporary_in_force": ~is_temporary | if_known(until >= night.night),
        "placeholder": ~filler("locality", in_identity=False) & ~_says("house", _is_no_house),
        "fias": blank("fias_id") | matches("fias_id", FIAS),
        "not_the_school": ~surely(place.is_in(crowded.implode())),
        "same_needs_registration": ~among("kind", "actual")
        | ~yes("same_as_registration")
        | c("student_id").is_null()
        | surely(c("student_id").is_in(registered.implode())),
    }


def _is_whole(row: dict[str, str | None]) -> bool:
    # That a temporary registration ends is asked by a rule of its own.
    letter = judge_address(
        kind=str(row["kind"]), locality=row["locality"], house=row["house"], fias_id=row["fias_id"],
        is_same=row["same_as_registration"] == "true", has_end=True,
    )  # fmt: skip
    return letter != "i"


def _is_no_house(text: str | None) -> bool:
    value = bare(text)
    if value is None:
        return False
    return set(value) == {"0"} if re.fullmatch("[0-9]+", value) else is_filler(value)


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
        "words": _says("status", lambda text: _is_word(text, 3)),
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
        "meal_provision": _says("meal_provision", _is_meal),
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
