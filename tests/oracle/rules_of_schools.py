"""Twins of the rules about schools, school years, staff, and access to content."""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from tests.oracle.rule_words import (
    Delivered,
    among,
    answered,
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
    surely,
    yes,
)
from tests.oracle.rules_of_persons import LANGUAGES, language_of

INN_OF_SCHOOL = (2, 4, 10, 3, 5, 9, 4, 6, 8)
FEWEST_ASKED, ALMOST_ALL = 20, 0.95
CLOSED = ("7", "8", "9")


def _is_inn(text: str | None) -> bool:
    digits = (text or "").strip(" ")
    if not re.fullmatch("[0-9]{10}", digits) or set(digits) == {"0"}:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(INN_OF_SCHOOL, digits, strict=False))
    return total % 11 % 10 == int(digits[9])


def _is_ogrn(text: str | None) -> bool:
    digits = (text or "").strip(" ")
    return bool(re.fullmatch("[1-9][0-9]{12}", digits)) and int(digits[:12]) % 11 % 10 == int(digits[12])


def _flag(column: str, says: object) -> pl.Expr:
    return c(column).map_elements(says, return_dtype=pl.Boolean, skip_nulls=False)  # type: ignore[arg-type]


def schools(night: Delivered) -> dict[str, pl.Expr]:
    """The rules of a school."""
    status, founder = plain("org_status_code").fill_null(""), plain("founder_code").fill_null("")
    opened, closed = day("opened_on"), day("closed_on")
    is_public = founder.is_in(["2", "3"])
    with_pupils = surely(c("source_id").is_in(night.active["org_id"].drop_nulls().implode()))
    return {
        "inn": blank("inn") | _flag("inn", _is_inn),
        "inn_region": ~matches("inn", "^[0-9]{10}$") | matches("inn", "^07"),
        "ogrn": blank("ogrn") | _flag("ogrn", _is_ogrn),
        "name_given": given("name") & ~filler("name", in_identity=False),
        "org_type": yes("is_private") | among("org_type_code", *codes("org_types")),
        "org_status": among("org_status_code", *codes("org_statuses")),
        "private_flag": answered("is_private"),
        "founder": yes("is_private") | is_public,
        "private_founder": ~yes("is_private") | ~is_public,
        "settlement_kind": plain("settlement_kind").fill_null("").is_in(["urban", "rural"]),
        "municipal_has_oktmo": ~among("founder_code", "3") | given("municipality_oktmo"),
        "closed_after_opened": if_known(closed >= opened),
        "closed_has_status": if_known(closed > night.night) | status.is_in(CLOSED),
        "functioning_has_pupils": (status != "1") | with_pupils,
        "closed_has_no_pupils": ~status.is_in(["5", "6", *CLOSED]) | ~with_pupils,
        "native_language_is_asked": ~surely(c("source_id").is_in(_russian_throughout(night))),
    }


def _russian_throughout(night: Delivered) -> list[str]:
    rural = (
        night["organization"].filter(surely(plain("settlement_kind") == "rural"))["source_id"].drop_nulls()
    )
    asked, russian = Counter[str](), Counter[str]()
    for school, answer in night["person"].select("org_id", "native_language").iter_rows():
        if school in set(rural) and (language := LANGUAGES.get(language_of(answer) or "")):
            asked[school] += 1
            russian[school] += language == "rus"
    return [
        school
        for school, pupils in asked.items()
        if pupils >= FEWEST_ASKED and russian[school] > ALMOST_ALL * pupils
    ]


def structure() -> dict[str, dict[str, pl.Expr]]:
    """The rules of what schools belong to and become, by entity."""
    starts, ends = day("starts_on"), day("ends_on")
    share = (
        pl.when(c("share").str.contains(r"^-?[0-9]{1,100}(?:\.[0-9]{1,100})?$"))
        .then(c("share"))
        .cast(pl.Float64)
    )
    is_joined = c("kind").is_null() | ~c("kind").is_in(["merge", "split"])
    return {
        "municipality_ref": {"known_oktmo": among("source_id", *codes("municipalities", "oktmo"))},
        "organization_event": {
            "kind": among("kind", "merge", "split", "move", "rename"),
            "share": if_known(share.is_between(0, 1)),
            "happened_on": day("happened_on").is_not_null(),
            "successor_given": is_joined | given("to_org_id"),
            "not_itself": is_joined | ~c("from_org_id").eq_missing(c("to_org_id")),
        },
        "academic_year": {
            "order_of_days": surely(starts < ends),
            "starts_first_september": if_known((starts.dt.month() == 9) & (starts.dt.day() == 1)),
            "length": if_known(ends < starts.dt.offset_by("1y")),
        },
    }


def staff(night: Delivered) -> dict[str, dict[str, pl.Expr]]:
    """The rules of members of staff and their positions, by entity."""
    people = night["staff_person"].drop_nulls("source_id").group_by("source_id")
    begun = night.least("staff_person", day("employed_from"))
    ended = {
        key: last
        for key, last, is_open in people.agg(
            day("employed_to").max().alias("last"), day("employed_to").is_null().any().alias("is_open")
        ).iter_rows()
        if not is_open
    }
    positions = night["staff_position"].drop_nulls("source_id").group_by("source_id")
    holder = on("position_id", dict(positions.agg(c("staff_id").min()).iter_rows()), pl.String)
    with_position = night["staff_position"]["staff_id"].drop_nulls()
    return {
        "staff_person": {
            "order_of_days": day("employed_from").is_not_null()
            & if_known(day("employed_from") <= day("employed_to")),
            "has_position": surely(c("source_id").is_in(with_position.implode())),
        },
        "staff_position": {
            "position": among("position_code", *codes("staff_positions")),
            "order_of_days": day("starts_on").is_not_null() & if_known(day("starts_on") <= day("ends_on")),
            "within_employment": if_known(day("starts_on") >= on("staff_id", begun))
            & if_known(day("ends_on") <= on("staff_id", ended)),
        },
        "staff_workload": {
            "kind": among("kind", "main", "internal", "external"),
            "one_main_job": ~among("kind", "main") | ~surely(c("staff_id").is_in(_with_two_main_jobs(night))),
            "position_of_the_person": if_known(holder == c("staff_id")),
        },
    }


def _with_two_main_jobs(night: Delivered) -> list[str]:
    ends = day("ends_on")
    held = night["staff_position"].filter(
        surely((day("starts_on") <= night.night) & (ends.is_null() | (ends >= night.night)))
    )
    jobs = Counter[str](held["source_id"].drop_nulls())
    found = Counter[str]()
    for person, position in (
        night["staff_workload"].filter(among("kind", "main")).select("staff_id", "position_id").rows()
    ):
        if person is not None:
            found[person] += jobs[position]
    return [person for person, times in found.items() if times > 1]


def content(night: Delivered) -> dict[str, dict[str, pl.Expr]]:
    """The rules of content and of the accounts that give access to it, by entity."""
    granted, used = day("granted_on"), day("last_used_on")
    grant = {
        "is_free": answered("is_free"),
        "order_of_days": surely(granted <= night.night)
        & pl.all_horizontal(
            if_known(day(one) >= granted) for one in ("linked_on", "blocked_on", "revoked_on")
        ),
        "last_used_on": if_known((used >= granted) & (used <= night.night)),
    }
    return {
        "content_resource": {"name": given("name") & given("platform")},
        "content_verification": {
            "order": among("order_no", "543", "544", "545"),
            "evidence": given("evidence_no")
            & day("valid_from").is_not_null()
            & if_known(day("valid_from") <= day("valid_to")),
        },
        "access_grant_student": grant,
        "access_grant_staff": grant,
    }
