"""The drill of 4.1: pupils of one school or class whom the numerator leaves out, by pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from o7_warehouse.errors import CommandError
from o7_warehouse.explain import statements
from o7_warehouse.explain.facts import OFFICIAL_PROFILE, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg2.extras import RealDictCursor

    from o7_warehouse.explain.facts import Unit


def drilled_rows(cursor: RealDictCursor, asked: Mapping[str, Any], unit: Unit, limit: int) -> tuple[Row, ...]:
    """At most ``limit`` pupils, those who lack least first; a pupil is what the history says of the night.

    Raises CommandError where no history is kept (4.2-4.4), or the unit is larger than a school.
    """
    if asked["indicator"] != OFFICIAL_PROFILE:
        raise CommandError(
            f"Single pupils are kept for indicator {OFFICIAL_PROFILE} only; of {asked['indicator']} every night "
            "keeps the counts by reason. Leave --rows out."
        )
    if unit.level not in {"school", "class"}:
        raise CommandError(
            f"--rows lists pupils of one school or class, and {unit.org_unit_code} is a {unit.level}. Nobody can mend "
            "so many at once. Name a school or class with --org."
        )
    cursor.execute(statements.STATUSES)
    statuses = {row["letter"]: row for row in cursor.fetchall()}
    cursor.execute(statements.REQUIREMENTS, asked)
    requirements = [(row["requirement"], row["ordinal"]) for row in cursor.fetchall()]
    cursor.execute(statements.PROFILES, asked)
    found = [
        Row(
            student_key=profile["student_key"],
            class_id=profile["class_id"],
            missing=_missing(profile, requirements, statuses),
        )
        for profile in cursor.fetchall()
    ]
    found.sort(key=lambda row: (len(row.missing), tuple(row.missing), row.student_key))
    return tuple(found[:limit])


def _missing(
    profile: Mapping[str, Any], requirements: list[tuple[str, int]], statuses: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Requirement -> what it is instead of met; ``source_absent`` where nobody can know."""
    missing = {}
    for requirement, ordinal in requirements:
        if requirement == "contact_group":
            status = {True: None, False: "empty", None: "source_absent"}[profile["has_contact"]]
        elif requirement == "identity_conflict":
            status = "conflict" if profile["has_identity_conflict"] else None
        elif requirement == "filled_share":
            status = "below" if profile["is_below_share"] else None
        else:
            letter = statuses[profile["statuses"][ordinal - 1]]
            status = None if letter["satisfies"] else letter["status"]
        if status is not None:
            missing[requirement] = status
    # The history keeps the letters of the school year; what a rule of the current period misses beyond them, it
    # does not.
    return missing or {"evidence_window": "empty"}
