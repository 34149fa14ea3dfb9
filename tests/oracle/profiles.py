"""Puts a profile together: what applies and is due, declarations, missing sources, the three rules."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.oracle.drop import Drop, day, number, seed
from tests.oracle.leaves_of_card import card_leaves, judge_contact
from tests.oracle.leaves_of_sections import results_day, section_leaves
from tests.oracle.pupils import contingent, in_conflict
from tests.oracle.words import bare

if TYPE_CHECKING:
    import datetime as dt

LEAVES = [f"P{number:02}" for number in range(1, 52)]
DECLARABLE = {
    f"P{number}"
    for number in (21, 22, 23, 24, 25, 26, 27, 28, 30, 31, 40, 41, 42, 43, 45, 46, 47, 48, 49, 50, 51)
}
SATISFIED = "fnxd"
REQUIRED_CLASS = {row["leaf_code"]: row["req_class"] for row in seed("profile_fields")}
RULES = seed("profile_rules")


def profiles(drop: Drop) -> pl.DataFrame:
    """The contingent with ``statuses`` (51 letters), ``id``, ``core`` and ``full`` (null: not known)."""
    pupils = contingent(drop)
    letters = card_leaves(drop, pupils) | section_leaves(drop, pupils)
    declared = _declared(drop)
    silent = _silent_leaves(drop)
    exempt = _Exemptions(drop)
    reachable = _reachable(drop, letters)
    conflicts = in_conflict(drop)
    rows = []
    for pupil in pupils.iter_rows(named=True):
        name = pupil["student_id"]
        own = {}
        for leaf in LEAVES:
            letter = exempt.letter(leaf, pupil) or letters[leaf].get(name, "e")
            if leaf in silent and letter not in "xd":
                letter = "s"
            elif letter == "e" and (name, leaf) in declared and leaf in DECLARABLE:
                letter = "n"
            own[leaf] = letter
        rows.append(
            {
                "student_id": name,
                "statuses": "".join(own.values()),
                **_rules(own, is_in_conflict=name in conflicts, is_reachable=reachable(name)),
            }
        )
    schema = {"student_id": pl.String, "statuses": pl.String} | dict.fromkeys(
        ("ID", "CORE", "FULL"), pl.Boolean
    )
    return pupils.join(pl.DataFrame(rows, schema=schema), on="student_id")


def _declared(drop: Drop) -> set[tuple[str, str]]:
    table = drop["section_declaration"].filter(day("declared_on") <= drop.night)
    return {(pupil, bare(leaf) or "") for pupil, leaf in table.select("student_id", "leaf_code").iter_rows()}


def _silent_leaves(drop: Drop) -> set[str]:
    """Leaves of which the source delivered nothing at all."""
    silent = set()
    for row in seed("profile_fields"):
        for source in row["source_columns"].split("|"):
            if source in drop.absent or source.split(".")[0] in drop.absent:
                silent.add(row["leaf_code"])
    return silent


class _Exemptions:
    """What does not concern a pupil (x) or is not due yet (d), by his parallel."""

    def __init__(self, drop: Drop) -> None:
        self.night = drop.night
        self.results_from = results_day(drop)
        year, _, _ = drop.school_year
        self.first_ends: dict[str, list[tuple[int, int, dt.date, dt.date]]] = defaultdict(list)
        periods = drop["grading_period"].filter(pl.col("academic_year_id") == year)
        columns = (number("parallel_from"), number("parallel_to"), day("starts_on"), day("ends_on"))
        for school, *period in periods.select("org_id", *columns).iter_rows():
            self.first_ends[school].append(tuple(period))

    def letter(self, leaf: str, pupil: dict[str, Any]) -> str | None:
        """x, d, or None when the leaf is owed."""
        parallel = pupil["parallel"]
        if parallel is None:
            return "d" if leaf == "P38" else None
        before_results = self.night < self.results_from
        letter: str | None = None
        if leaf == "P35" and parallel < 10:
            letter = "x"
        elif leaf == "P36":
            letter = (
                "x" if parallel <= 1 else "d" if self._in_first_period(pupil["school"], parallel) else None
            )
        elif leaf == "P37":
            letter = "x" if parallel < 9 else "d" if parallel == 9 and before_results else None
        elif leaf == "P38":
            letter = "x" if parallel != 11 else "d" if before_results else None
        return letter

    def _in_first_period(self, school: str, parallel: int) -> bool:
        periods = [period for period in self.first_ends[school] if period[0] <= parallel <= period[1]]
        return bool(periods) and self.night <= min(periods, key=lambda period: period[2])[3]


def _reachable(drop: Drop, letters: dict[str, dict[str, str]]) -> Any:
    """Pupil -> whether any contact of his or of a guardian works; None when contacts were not delivered."""
    if "contact" in drop.absent:
        return lambda _: None
    reached = {
        pupil for leaf in ("P10", "P11", "P12") for pupil, letter in letters[leaf].items() if letter == "f"
    }
    reached |= {
        row["student_id"]
        for row in drop["contact"].iter_rows(named=True)
        if bare(row["guardian_id"]) is not None and judge_contact(row) == "f"
    }
    return reached.__contains__


def _rules(own: dict[str, str], *, is_in_conflict: bool, is_reachable: bool | None) -> dict[str, bool | None]:
    """The three readings of a kept profile; null when it hangs on what the source did not deliver."""
    verdicts: dict[str, bool | None] = {}
    for rule in RULES:
        wanted = [
            own[leaf]
            for leaf in LEAVES
            if REQUIRED_CLASS[leaf] in rule["req_classes"].split("|")
            or leaf in rule["extra_leaves"].split("|")
        ]
        facts: list[bool | None] = [None if letter == "s" else letter in SATISFIED for letter in wanted]
        facts.append(not is_in_conflict)
        if rule["needs_contact_group"] == "true":
            facts.append(is_reachable)
        verdicts[rule["rule_code"]] = False if False in facts else None if None in facts else True
    return verdicts
