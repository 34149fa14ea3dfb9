"""Twins of the rules about contacts and addresses: where a family is found."""

from __future__ import annotations

import re

import polars as pl

from tests.oracle.numbers import (
    judge_address,
    judge_email,
    judge_phone,
)
from tests.oracle.rule_words import (
    Delivered,
    among,
    bare,
    blank,
    c,
    day,
    filler,
    given,
    if_known,
    judged,
    matches,
    on,
    plain,
    says,
    surely,
    yes,
)
from tests.oracle.words import is_filler

FIAS = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"


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
        "placeholder": ~filler("locality", in_identity=False) & ~says("house", _is_no_house),
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
