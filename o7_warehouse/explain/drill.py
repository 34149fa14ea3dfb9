"""The drill: single persons of a school or class whom a numerator leaves out, by pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.errors import CommandError, NightError
from o7_warehouse.explain import statements
from o7_warehouse.explain.facts import OFFICIAL_PROFILE, AccessRow, ProfileRow, StaffRow, TrajectoryRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg2.extras import RealDictCursor

    from o7_warehouse.explain.facts import Loss, Row, Unit

# indicator -> its statement and what a row of it becomes.
READINGS: Final = {
    "4.2": (statements.TRAJECTORIES, TrajectoryRow),
    "4.3": (statements.STAFF, StaffRow),
    "4.4": (statements.ACCESSES, AccessRow),
}


def drilled_rows(
    cursor: RealDictCursor, asked: Mapping[str, Any], unit: Unit, losses: Sequence[Loss], limit: int
) -> tuple[Row, ...]:
    """At most ``limit`` persons, the nearest to the numerator first; a person is what the history says of the night.

    Raises CommandError where the unit is larger than a school; NightError where the persons of the night were not kept,
    or are not the losses of its published build.
    """
    _refuse_large(unit)
    found = _profiles(cursor, asked) if asked["indicator"] == OFFICIAL_PROFILE else _readings(cursor, asked)
    lost = sum(loss.persons for loss in losses)
    # Who was erased since is in the figure and in no list any more; whoever prints it says how many of how many.
    if not 0 <= lost - len(found) <= _erased(cursor, asked):
        raise NightError(
            f"Night {asked['night']}: {len(found)} single persons of {unit.org_unit_code} are kept outside the "
            f"numerator of {asked['indicator']}, its losses are {lost}. They are not of one build, so the list would "
            f"contradict the figure. Run the night again: ./o7 night --date {asked['night']}"
        )
    return tuple(found[:limit])


def _erased(cursor: RealDictCursor, asked: Mapping[str, Any]) -> int:
    """How many persons were erased from the night since it was published."""
    cursor.execute(statements.ERASED, asked)
    return int(cursor.fetchall()[0]["persons"])


def _refuse_large(unit: Unit) -> None:
    if unit.level not in {"school", "class"}:
        raise CommandError(
            f"--rows lists persons of one school or class, and {unit.org_unit_code} is a {unit.level}. Nobody can mend "
            "so many at once. Name a school or class with --org."
        )


def _readings(cursor: RealDictCursor, asked: Mapping[str, Any]) -> Sequence[Row]:
    """Everybody 4.2, 4.3 or 4.4 leaves out, in order."""
    if not all(_holds(cursor, question, asked) for question in (statements.KEEPS, statements.KEPT)):
        raise NightError(
            f"Night {asked['night']}: its published build kept counts by reason for {asked['indicator']}, but no "
            "single persons: their history began later. So nobody can tell whom the numerator leaves out. Leave "
            f"--rows out, or run the night again from raw: ./o7 night --date {asked['night']}"
        )
    statement, row = READINGS[asked["indicator"]]
    cursor.execute(statement, asked)
    return [row(**values) for values in cursor.fetchall()]


def _holds(cursor: RealDictCursor, question: str, asked: Mapping[str, Any]) -> bool:
    cursor.execute(question, asked)
    return bool(cursor.fetchall()[0]["is_kept"])


def _profiles(cursor: RealDictCursor, asked: Mapping[str, Any]) -> Sequence[ProfileRow]:
    """Everybody 4.1 leaves out, those who lack least first."""
    cursor.execute(statements.STATUSES)
    statuses = {row["letter"]: row for row in cursor.fetchall()}
    cursor.execute(statements.REQUIREMENTS, asked)
    requirements = [(row["requirement"], row["ordinal"]) for row in cursor.fetchall()]
    cursor.execute(statements.PROFILES, asked)
    found = [
        ProfileRow(
            student_key=profile["student_key"],
            class_id=profile["class_id"],
            missing=_missing(profile, requirements, statuses),
        )
        for profile in cursor.fetchall()
    ]
    return sorted(found, key=lambda row: (len(row.missing), tuple(row.missing), row.student_key))


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
