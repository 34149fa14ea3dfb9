"""Why a person is in no numerator, one reason each; and what would complete most profiles (domain §1.2, §1.4)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from tests.oracle.drop import Drop, code, day, in_force, parameter, seed, word, yes
from tests.oracle.measures import verified_resources
from tests.oracle.profiles import LEAVES, REQUIRED_CLASS, SATISFIED
from tests.oracle.results import LEVELS, PLACES, Results

if TYPE_CHECKING:
    from collections.abc import Iterable

MANY = 5
Key = tuple[str, str, str, str]


def unmet(results: Results) -> dict[str, set[str]]:
    """Pupil -> the requirements of the official rule he is known not to meet."""
    [rule] = [
        row
        for row in in_force("profile_rules", results.drop.night, "rule_code")
        if row["is_official"] == "true"
    ]
    classes, extra = rule["req_classes"].split("|"), rule["extra_leaves"].split("|")
    asked = [leaf for leaf in LEAVES if REQUIRED_CLASS[leaf] in classes or leaf in extra]
    found = {}
    for pupil in results.pupils.iter_rows(named=True):
        own = dict(zip(LEAVES, pupil["statuses"], strict=True))
        lacking = {leaf for leaf in asked if own[leaf] not in f"{SATISFIED}s"}
        if rule["needs_contact_group"] == "true" and pupil["reachable"] is False:
            lacking.add("contact_group")
        if pupil["in_conflict"]:
            lacking.add("identity_conflict")
        found[pupil["student_id"]] = lacking
    return found


def reasons(results: Results) -> dict[str, dict[str, str]]:
    """Indicator -> person -> the one reason the official numerator leaves him out; whoever it counts is not named."""
    return {
        "4.1": _profiles(results),
        "4.2": _trajectories(results),
        "4.3": _staff(results),
        "4.4": _pupils(results),
    }


def losses(results: Results) -> Counter[Key]:
    """(indicator, level, unit, reason) -> persons; nobody is no row."""
    counts: Counter[Key] = Counter()
    for indicator, lost in reasons(results).items():
        people, levels = (results.staff, LEVELS[:-1]) if indicator == "4.3" else (results.pupils, LEVELS)
        for person in people.iter_rows(named=True):
            reason = lost.get(person.get("student_id") or person["staff_id"])
            if reason is not None:
                counts.update((indicator, level, person[PLACES[level]], reason) for level in levels)
    return counts


def wins(results: Results) -> dict[tuple[str, str, str], tuple[int, int]]:
    """(level, unit, requirement) -> (whom it alone would complete, who lacks it)."""
    reasons, lacking = _profiles(results), unmet(results)
    lacks: Counter[tuple[str, str, str]] = Counter()
    completes: Counter[tuple[str, str, str]] = Counter()
    for pupil in results.pupils.iter_rows(named=True):
        name = pupil["student_id"]
        for requirement in lacking[name]:
            places = [(level, pupil[PLACES[level]], requirement) for level in LEVELS]
            lacks.update(places)
            if reasons.get(name) == requirement:
                completes.update(places)
    return {place: (completes[place], number) for place, number in lacks.items()}


def _profiles(results: Results) -> dict[str, str]:
    official, lacking = results.official["4.1"], unmet(results)
    reasons = {}
    for pupil in results.pupils.iter_rows(named=True):
        own, verdict = lacking[pupil["student_id"]], pupil[f"4.1 {official}"]
        if verdict is True:
            continue
        if verdict is None or (len(own) == 1 and pupil["reachable"] is None):
            reason = "source_absent"
        else:
            reason = next(iter(own)) if len(own) == 1 else f"several_{min(len(own), MANY)}"
        reasons[pupil["student_id"]] = reason
    return reasons


def _trajectories(results: Results) -> dict[str, str]:
    steps = (
        ("4.2 rec_only", "no_recommendation"),
        ("4.2 plan_only", "no_plan"),
        ("4.2 portfolio_maintained", "no_portfolio"),
        (f"4.2 {results.official['4.2']}", "portfolio_too_late"),
    )
    return {
        pupil["student_id"]: next(reason for column, reason in steps if not pupil[column])
        for pupil in results.pupils.iter_rows(named=True)
        if not pupil[steps[-1][0]]
    }


def _pupils(results: Results) -> dict[str, str]:
    accounts = _accounts(results.drop, "access_grant_student", "student_id")
    return _nearest(results.pupils["student_id"], accounts, "4.4")


def _staff(results: Results) -> dict[str, str]:
    accounts = _accounts(results.drop, "access_grant_staff", "staff_id")
    platform = parameter("content_platform_4_3", results.drop.night).lower()
    of_platform = results.drop["content_resource"].filter(word("platform") == platform)["source_id"].to_list()
    elsewhere = ~pl.col("resource_id").is_in(of_platform).fill_null(value=False)
    named = accounts.with_columns(
        pl.when(elsewhere).then(pl.lit("other_platform")).otherwise(pl.col("outcome")).alias("outcome")
    )
    return _nearest(results.staff["staff_id"], named, "4.3")


def _accounts(drop: Drop, entity: str, person: str) -> pl.DataFrame:
    """Every account: ``person``, ``resource_id`` and ``outcome``, the first test it fails, or nothing."""
    tests = (
        ("not_free", yes("is_free")),
        ("not_granted", day("granted_on") <= drop.night),
        ("not_linked", day("linked_on") <= drop.night),
        ("blocked", day("blocked_on").is_null() | (day("blocked_on") > drop.night)),
        ("revoked", day("revoked_on").is_null() | (day("revoked_on") > drop.night)),
        ("not_verified", code("resource_id").is_in(verified_resources(drop))),
    )
    outcome = pl.lit("opens")
    for name, is_passed in reversed(tests):
        outcome = pl.when(is_passed.fill_null(value=False)).then(outcome).otherwise(pl.lit(name))
    return drop[entity].select(pl.col(person).alias("person"), "resource_id", outcome.alias("outcome"))


def _nearest(people: Iterable[str], accounts: pl.DataFrame, indicator: str) -> dict[str, str]:
    """Person -> what his account nearest to access lacks; whoever has access has no reason."""
    order = {
        row["reason"]: int(row["ordinal"]) for row in seed("loss_reasons") if row["indicator"] == indicator
    }
    order["opens"] = max(order.values()) + 1
    best: dict[str, str] = {}
    for person, outcome in accounts.select("person", "outcome").iter_rows():
        if person not in best or order[outcome] > order[best[person]]:
            best[person] = outcome
    nearest = {person: best.get(person, "no_grant") for person in people}
    return {person: reason for person, reason in nearest.items() if reason != "opens"}
