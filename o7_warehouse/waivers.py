"""Waivers of field rules as frozen values: the only reader of ``expectations/waivers.yml``, and its lint."""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import yaml

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CatalogueError
from o7_warehouse.rules_check import RUSSIAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from o7_warehouse.contract import Contract
    from o7_warehouse.rules import Rule

FILE: Final = "expectations/waivers.yml"
MUNICIPALITIES: Final = "dbt_project/seeds/municipalities.csv"
ID: Final = re.compile(r"W-\d{4}-\d{2,}")
LONGEST_DAYS: Final = 366
FIELDS: Final = {
    "id": str, "rule": str, "who": str, "why": str, "since": dt.date, "until": dt.date, "up_to": int,
    "municipality": str, "school": str,
}  # fmt: skip
KINDS: Final = {str: "text (quote it)", dt.date: "date (write YYYY-MM-DD)", int: "whole number"}
OPTIONAL: Final = frozenset({"municipality", "school"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """That a rule may be broken by up to so many rows, from ``since`` to ``until``, both nights included.

    ``municipality`` (ОКТМО) or ``school`` (identity at О7) narrow it to the rows of these schools.
    """

    id: str
    rule: str
    who: str
    why: str
    since: dt.date
    until: dt.date
    up_to: int
    municipality: str | None = None
    school: str | None = None

    @property
    def scope(self) -> tuple[str | None, str | None]:
        """Where it holds: everywhere, in a municipality, or in a school."""
        return self.municipality, self.school


def read_waivers(root: Path, rules: Mapping[str, Rule]) -> tuple[Waiver, ...]:
    """Every waiver, also those that have ended. Raises CatalogueError with every objection to the file."""
    try:
        content = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        entries = list(content["waivers"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CatalogueError(
            f"{FILE} cannot be read ({type(error).__name__}), so nobody knows which rule may be broken. Restore "
            "it; without any waiver it says: waivers: []"
        ) from error
    objections = [line for entry in entries for line in _objections_to_form(entry)]
    waivers = () if objections else tuple(Waiver(**entry) for entry in entries)
    if waivers:
        known = _municipalities(root)
        contract = read_contract(root)
        objections += [
            f"{waiver.id} {objection}"
            for waiver in waivers
            for objection in _objections_to(waiver, rules, known, contract)
        ]
        objections += _clashes(waivers)
    if objections:
        listed = "\n".join(f"- {objection}" for objection in objections)
        raise CatalogueError(
            f"{FILE} cannot be used:\n{listed}\nA waiver in doubt would hide what nobody allowed. Mend the file; "
            "its head says what a waiver must have."
        )
    return waivers


def _objections_to_form(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{entry!r} is no mapping"
        return
    name = entry.get("id", "a waiver without id")
    if missing := [field for field in FIELDS if field not in entry and field not in OPTIONAL]:
        yield f"{name} lacks {', '.join(missing)}"
    if unknown := sorted(str(field) for field in entry if field not in FIELDS):
        yield f"{name} has the unknown {', '.join(unknown)}"
    for field, kind in FIELDS.items():
        # A number is no text and a flag no number, whatever Python thinks of it.
        if field in entry and type(entry[field]) is not kind:
            yield f"{name} has as {field} {entry[field]!r}, which is no {KINDS[kind]}"


def _objections_to(
    waiver: Waiver, rules: Mapping[str, Rule], municipalities: Iterable[str], contract: Contract
) -> Iterator[str]:
    if not ID.fullmatch(waiver.id):
        yield "has an id of another form than W-2025-01"
    for title, text in (("who", waiver.who), ("why", waiver.why)):
        if not RUSSIAN.search(text):
            yield f"has no Russian {title}"
    if not waiver.since <= waiver.until:
        yield "ends before it begins"
    elif (waiver.until - waiver.since).days >= LONGEST_DAYS:
        yield f"holds for more than {LONGEST_DAYS} nights; what lasts longer is a change of the rule"
    if waiver.up_to < 1:
        yield "has a ceiling below one row"
    yield from _objections_to_scope(waiver, rules, municipalities, contract)


def _objections_to_scope(
    waiver: Waiver, rules: Mapping[str, Rule], municipalities: Iterable[str], contract: Contract
) -> Iterator[str]:
    if waiver.municipality and waiver.school:
        yield "names a municipality and a school; one of them is enough"
    if waiver.municipality and waiver.municipality not in municipalities:
        yield f"names the municipality {waiver.municipality!r}, which {MUNICIPALITIES} does not have"
    if waiver.rule not in rules:
        yield f"waives the rule {waiver.rule!r}, which does not exist"
    elif any(waiver.scope) and not contract.entity(rules[waiver.rule].entity).owner:
        yield f"is narrowed to schools, but no school keeps rows of {rules[waiver.rule].entity}"


def _clashes(waivers: Iterable[Waiver]) -> Iterator[str]:
    """Two waivers that might both speak of a row: nobody could say which of them applied."""
    for one, other in combinations(waivers, 2):
        if one.id == other.id:
            yield f"{one.id} is there twice"
        at_once = one.since <= other.until and other.since <= one.until
        # Two schools, or two municipalities, share no row; of any other two scopes it cannot be known here.
        apart = one.scope != other.scope and any(
            mine is not None and theirs is not None
            for mine, theirs in zip(one.scope, other.scope, strict=True)
        )
        if one.rule == other.rule and at_once and not apart:
            yield f"{one.id} and {other.id} may waive the same rows of {one.rule}"


def _municipalities(root: Path) -> set[str]:
    with (root / MUNICIPALITIES).open(encoding="utf-8", newline="") as file:
        return {row["oktmo"] for row in csv.DictReader(file)}
