"""Leaves P01-P20, «Основные сведения»: one letter per pupil (docs/leaf-rules.md)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.oracle.drop import Drop, codes, day, seed, word, yes
from tests.oracle.numbers import (
    inn_of,
    judge_address,
    judge_document,
    judge_email,
    judge_phone,
    snils_of,
)
from tests.oracle.pupils import sex_of
from tests.oracle.words import bare, is_filler, judge_name, letters_in, tidy

if TYPE_CHECKING:
    import polars as pl

NO_DATES = (dt.date(1900, 1, 1), dt.date(1970, 1, 1))
LANGUAGES = frozenset(row["synonym"].lower() for row in seed("languages"))
COUNTRIES = codes("countries")
STUDY_FORMS = codes("study_forms")
CANONICAL_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CONTACTS = {"mobile": "P10", "phone": "P11", "email": "P12"}


def card_leaves(drop: Drop, pupils: pl.DataFrame) -> dict[str, dict[str, str]]:
    """Leaf -> pupil -> letter, for the leaves that have a row; a pupil without one is empty."""
    people = {row["source_id"]: row for row in drop["person"].iter_rows(named=True)}
    _, year_start, _ = drop.school_year
    cards = list(pupils.iter_rows(named=True))
    letters: dict[str, dict[str, str]] = {f"P{number:02}": {} for number in range(1, 21)}
    repeated = _repeated(drop)
    for card in cards:
        pupil = card["student_id"]
        person = people[pupil]
        own = {
            "P01": _class_name(card),
            "P02": _unique(card["login"], repeated["login"]),
            "P03": judge_name(person["last_name"]),
            "P04": judge_name(person["first_name"]),
            "P05": _middle_name(person),
            "P06": _birth_date(person, card, drop.night, year_start),
            "P07": _language(person["native_language"]),
            "P08": _coded(person["sex"], lambda value: sex_of(value) is not None, in_identity=True),
            "P09": _citizenship(person),
            "P13": _snils(person, repeated["snils"]),
            "P14": _inn(person["inn"], repeated["inn"]),
            "P15": _unique(card["personal_file_no"], repeated["file"], school=card["card_org_id"]),
            # A code of the classifier is no filler, although «11» repeats a character.
            "P16": "f" if card["study_form"] in STUDY_FORMS else _coded(card["study_form"], lambda _: False),
            "P20": _coded(person["birth_place"], lambda value: letters_in(value) >= 3, in_identity=True),
        }
        for leaf, letter in own.items():
            letters[leaf][pupil] = letter
    letters |= _contacts(drop)
    letters["P17"] = _documents(drop, people)
    letters["P18"], letters["P19"] = _addresses(drop)
    return letters


def best(statuses: list[tuple[str, str]]) -> dict[str, str]:
    """Pupil -> the best letter of his rows: f, n, i, p, e in this order."""
    found: dict[str, str] = {}
    for pupil, letter in statuses:
        if pupil not in found or "fnipe".index(letter) < "fnipe".index(found[pupil]):
            found[pupil] = letter
    return found


def _coded(text: str | None, fits: Any, *, in_identity: bool = False) -> str:
    value = bare(text)
    if value is None:
        return "e"
    if is_filler(value, in_identity=in_identity):
        return "p"
    return "f" if fits(value) else "i"


def _class_name(card: dict[str, Any]) -> str:
    if card["parallel"] is not None:
        return "f"
    return _coded(card["raw_name"], lambda _: False)


def _repeated(drop: Drop) -> dict[str, set[Any]]:
    """What several hold at once, among all who are not quarantined."""
    held: dict[str, list[Any]] = {"login": [], "file": [], "snils": [], "inn": []}
    for row in drop["student"].iter_rows(named=True):
        held["login"].append(_lower(row["login"]))
        held["file"].append((row["org_id"], _lower(row["personal_file_no"])))
    for row in drop["person"].iter_rows(named=True):
        held["snils"].append(snils_of(row["snils"]))
        held["inn"].append(inn_of(row["inn"]))
    return {
        name: {value for value, times in Counter(values).items() if times > 1}
        for name, values in held.items()
    }


def _lower(text: str | None) -> str | None:
    value = bare(text)
    return None if value is None else value.lower()


def _unique(text: str | None, repeated: set[Any], *, school: str | None = None) -> str:
    value = _lower(text)
    return _coded(text, lambda _: (value if school is None else (school, value)) not in repeated)


def _middle_name(person: dict[str, Any]) -> str:
    letter = judge_name(person["middle_name"])
    return "n" if letter == "e" and person["middle_name_absent"] == "true" else letter


def _birth_date(person: dict[str, Any], card: dict[str, Any], night: dt.date, year_start: dt.date) -> str:
    text = person["birth_date"] or ""
    if bare(text) is None:
        return "e"
    try:
        born = dt.date.fromisoformat(text) if CANONICAL_DAY.fullmatch(text) else None
    except ValueError:
        born = None
    if born is None:
        return "p" if is_filler(text, in_identity=True) else "i"
    if born in NO_DATES:
        return "p"
    is_possible = born.year >= 1990 and born <= night and born != card["started"]
    return "f" if is_possible and _fits_class(born, card, year_start) else "i"


def _fits_class(born: dt.date, card: dict[str, Any], year_start: dt.date) -> bool:
    """Whether the age on 1 September lies in the hard band of the class (domain §3.7)."""
    parallel = card["parallel"]
    if parallel is None:
        return True
    age = year_start.year - born.year - ((year_start.month, year_start.day) < (born.month, born.day))
    if parallel in (0, 12):
        return 5 <= age <= 25
    is_unbounded = card["study_form"] in ("12", "13") or card["is_adapted"]
    return parallel + 4 <= age and (is_unbounded or age <= parallel + 11)


def _language(text: str | None) -> str:
    def fits(value: str) -> bool:
        first = tidy(re.split(r"[,;/]| и ", tidy(value).lower())[0])
        return first in LANGUAGES

    return _coded(text, fits, in_identity=True)


def _citizenship(person: dict[str, Any]) -> str:
    country = bare(person["citizenship_country_code"])
    return _coded(
        person["citizenship_kind_code"],
        lambda kind: kind in ("1", "4") or (kind in ("2", "3") and country in COUNTRIES),
        in_identity=True,
    )


def _snils(person: dict[str, Any], repeated: set[Any]) -> str:
    number = snils_of(person["snils"])
    letter = _coded(
        person["snils"], lambda _: number is not None and number not in repeated, in_identity=True
    )
    if letter == "e" and bare(person["citizenship_kind_code"]) in ("3", "4"):
        return "x"
    return letter


def _inn(text: str | None, repeated: set[Any]) -> str:
    number = inn_of(text)
    return _coded(text, lambda _: number is not None and number not in repeated)


def _contacts(drop: Drop) -> dict[str, dict[str, str]]:
    rows = drop["contact"].with_columns(word("kind")).rows(named=True)
    return {
        leaf: best(
            [
                (row["student_id"], judge_contact(row))
                for row in rows
                if row["kind"] == kind and bare(row["guardian_id"]) is None
            ]
        )
        for kind, leaf in CONTACTS.items()
    }


def judge_contact(row: dict[str, Any]) -> str:
    """Status of one phone or e-mail; a contact of another kind fills nothing."""
    if row["kind"] == "email":
        return judge_email(row["value"])
    return judge_phone(row["value"]) if row["kind"] in CONTACTS else "e"


def _documents(drop: Drop, people: dict[str, dict[str, Any]]) -> dict[str, str]:
    kinds = codes("document_types")
    born = {
        pupil: date
        for pupil, date in drop["person"].select("source_id", day("birth_date")).iter_rows()
        if pupil in people
    }
    table = drop["identity_document"].with_columns(day("issued_on"), yes("is_current"))
    return best(
        [
            (
                row["student_id"],
                judge_document(
                    kind=row["type_code"],
                    series=row["series"],
                    number=row["number"],
                    issued_on=row["issued_on"],
                    is_current=row["is_current"],
                    birth_date=born.get(row["student_id"]),
                    night=drop.night,
                    kinds=kinds,
                ),
            )
            for row in table.iter_rows(named=True)
        ]
    )


def _addresses(drop: Drop) -> tuple[dict[str, str], dict[str, str]]:
    registered, actual = [], []
    table = drop["address"].with_columns(word("kind"), day("valid_until"))
    for row in table.iter_rows(named=True):
        letter = judge_address(
            kind=row["kind"],
            locality=row["locality"],
            house=row["house"],
            fias_id=row["fias_id"],
            is_same=row["same_as_registration"] == "true",
            has_end=row["valid_until"] is not None,
        )
        if row["kind"] == "actual":
            actual.append((row["student_id"], letter))
        elif row["kind"] in ("permanent", "temporary"):
            registered.append((row["student_id"], letter))
    return best(registered), best(actual)
