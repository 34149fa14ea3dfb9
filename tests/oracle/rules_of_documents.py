"""Twins of the rules about identity documents."""

from __future__ import annotations

import datetime as dt
import re

import polars as pl

from tests.oracle.numbers import (
    TO_CYRILLIC,
    TO_ROMAN,
    is_birth_series,
)
from tests.oracle.rule_words import (
    Delivered,
    after,
    among,
    blank,
    c,
    codes,
    day,
    filler,
    given,
    if_known,
    matches,
    on,
    plain,
    says,
    surely,
)
from tests.oracle.words import DASHES


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
        "certificate_series": ~is_certificate | is_nothing | no_number | says("series", is_birth_series),
        "certificate_series_letters": ~is_certificate | ~says("series", _is_misprinted),
        "certificate_number": ~is_certificate | is_nothing | no_number | matches(number, "^[0-9]{6}$"),
        "other_number": plain("type_code").fill_null("").is_in(["", "11", "12"])
        | no_number
        | surely(number.str.len_chars() >= 3),
        "issued_on": if_known(issued.is_between(dt.date(1990, 1, 1), night.night)),
        "issued_after_birth": if_known(issued >= born),
        "unique": ~_of_two_pupils(night),
    }


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
