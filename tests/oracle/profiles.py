"""Puts a profile together: what applies and is due, declarations, missing sources, and every rule in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tests.oracle.drop import Drop, day, in_force, seed, word
from tests.oracle.leaves_of_card import card_leaves, judge_contact
from tests.oracle.leaves_of_sections import marked_since, measured_since, section_leaves
from tests.oracle.periods import Exemptions, current_periods
from tests.oracle.pupils import contingent, in_conflict
from tests.oracle.words import bare

if TYPE_CHECKING:
    from collections.abc import Callable

LEAVES = [f"P{number:02}" for number in range(1, 52)]
DECLARABLE = {
    f"P{number}"
    for number in (21, 22, 23, 24, 25, 26, 27, 28, 30, 31, 40, 41, 42, 43, 45, 46, 47, 48, 49, 50, 51)
}
FILLED, APPLICABLE, SATISFIED = "fn", "fnipe", "fnxd"
REQUIRED_CLASS = {row["leaf_code"]: row["req_class"] for row in seed("profile_fields")}
Letters = dict[str, dict[str, str]]


def profiles(drop: Drop) -> pl.DataFrame:
    """The contingent with ``statuses`` (51 letters), ``in_conflict``, ``reachable`` and a column per rule.

    Null is not known.
    """
    pupils = contingent(drop)
    found = card_leaves(drop, pupils) | section_leaves(drop, pupils)
    settle = _settling(drop)
    in_period = _in_current_period(drop, pupils)
    reachable = _reachable(drop, found)
    conflicts = in_conflict(drop)
    rules = in_force("profile_rules", drop.night, "rule_code")
    rows = []
    for pupil in pupils.iter_rows(named=True):
        name = pupil["student_id"]
        own = settle(pupil, {leaf: found[leaf].get(name, "e") for leaf in LEAVES})
        judged = {
            rule["rule_code"]: _verdict(
                rule,
                own | in_period(pupil, own) if rule.get("evidence_window") == "grading_period" else own,
                is_in_conflict=name in conflicts,
                is_reachable=reachable(name),
            )
            for rule in rules
        }
        statuses = "".join(own.values())
        own_facts = {"in_conflict": name in conflicts, "reachable": reachable(name)}
        rows.append({"student_id": name, "statuses": statuses, **own_facts, **judged})
    schema = {
        "student_id": pl.String,
        "statuses": pl.String,
        "in_conflict": pl.Boolean,
        "reachable": pl.Boolean,
    }
    schema |= dict.fromkeys((rule["rule_code"] for rule in rules), pl.Boolean)
    return pupils.join(pl.DataFrame(rows, schema=schema), on="student_id")


def _settling(drop: Drop) -> Callable[[dict[str, Any], dict[str, str]], dict[str, str]]:
    """(pupil, what was found) -> his letters: excused, of a missing source, declared, or as found."""
    declared = _declared(drop)
    silent = _silent_leaves(drop)
    exemptions = Exemptions(drop)

    def settle(pupil: dict[str, Any], found: dict[str, str]) -> dict[str, str]:
        own = {}
        for leaf, letter_found in found.items():
            letter = exemptions.letter(leaf, pupil) or letter_found
            if leaf in silent and letter not in "xd":
                letter = "s"
            elif letter == "e" and leaf in DECLARABLE and (pupil["student_id"], leaf) in declared:
                letter = "n"
            own[leaf] = letter
        return own

    return settle


def _declared(drop: Drop) -> set[tuple[str, str]]:
    table = drop["section_declaration"].filter(day("declared_on") <= drop.night)
    pairs = table.select("student_id", word("leaf_code").str.to_uppercase())
    return {(pupil, leaf or "") for pupil, leaf in pairs.iter_rows()}


def _silent_leaves(drop: Drop) -> set[str]:
    """Leaves of which the source delivered nothing at all."""
    silent = set()
    for row in seed("profile_fields"):
        for source in row["source_columns"].split("|"):
            if source in drop.absent or source.split(".")[0] in drop.absent:
                silent.add(row["leaf_code"])
    return silent


def _in_current_period(
    drop: Drop, pupils: pl.DataFrame
) -> Callable[[dict[str, Any], dict[str, str]], dict[str, str]]:
    """(pupil, letters) -> P36 and P39 by what the current grading period brought (reading A15)."""
    since = current_periods(drop, pupils)
    _, year_start, _ = drop.school_year
    evidence = {
        "P36": marked_since(drop, since, year_start),
        "P39": measured_since(drop, since, year_start),
    }

    def judge(pupil: dict[str, Any], own: dict[str, str]) -> dict[str, str]:
        return {
            leaf: own[leaf] if own[leaf] in "xds" else letters.get(pupil["student_id"], "e")
            for leaf, letters in evidence.items()
        }

    return judge


def _reachable(drop: Drop, letters: Letters) -> Callable[[str], bool | None]:
    """Pupil -> whether any contact of his or of a guardian works; None when contacts were not delivered."""
    if "contact" in drop.absent:
        return lambda _: None
    reached = {
        pupil for leaf in ("P10", "P11", "P12") for pupil, letter in letters[leaf].items() if letter == "f"
    }
    reached |= {
        row["student_id"]
        for row in drop["contact"].with_columns(word("kind")).iter_rows(named=True)
        if bare(row["guardian_id"]) is not None and judge_contact(row) == "f"
    }
    return reached.__contains__


def _verdict(
    rule: dict[str, str], own: dict[str, str], *, is_in_conflict: bool, is_reachable: bool | None
) -> bool | None:
    """Whether a rule holds: unknown leaf, unsatisfied leaf, conflict, share, contact group, in this order."""
    share = rule.get("min_share")
    classes, extra = rule["req_classes"].split("|"), rule["extra_leaves"].split("|")
    wanted = [own[leaf] for leaf in LEAVES if REQUIRED_CLASS[leaf] in classes or leaf in extra]
    if "s" in (own.values() if share else wanted):
        return None
    if is_in_conflict or any(letter not in SATISFIED for letter in wanted):
        return False
    if share and not _has_share(own, share):
        return False
    return is_reachable if rule["needs_contact_group"] == "true" else True


def _has_share(own: dict[str, str], share: str) -> bool:
    """Whether at least such a share («0.90») of the applicable leaves is filled, in whole numbers."""
    whole, _, decimals = share.partition(".")
    filled = sum(letter in FILLED for letter in own.values())
    applicable = sum(letter in APPLICABLE for letter in own.values())
    return filled * 10 ** len(decimals) >= applicable * int(whole + decimals)
