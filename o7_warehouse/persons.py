"""The histories of single persons: what a profile is, and why the numerators of 4.2-4.4 leave somebody out.

Each publication merges the facts of its night into intervals of nights, pseudonymous, for the auditor only. The reasons
are those the models count, so that the rows of a unit are its losses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.intervals import History

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# What a version says, in the order of the table; two versions are the same when all of it is equal.
PROFILES: Final = History(
    table="published.profile_versions",
    key=("student_key",),
    state=(
        "school_id", "class_id", "unit_code", "parallel", "education_stage", "statuses", "has_contact",
        "has_identity_conflict", "rules_met", "filled_count", "applicable_count",
    ),
)  # fmt: skip
PUPILS: Final = History(
    table="published.pupil_reading_versions",
    key=("student_key",),
    state=(
        "school_id", "class_id", "unit_code", "has_recommendation", "has_plan", "has_portfolio",
        "trajectory_loss", "access_loss",
    ),
)  # fmt: skip
STAFF: Final = History(
    table="published.staff_reading_versions",
    key=("staff_key",),
    state=("school_id", "unit_code", "position_code", "access_loss"),
)
# history -> the fact of tonight it takes its rows from.
FACTS: Final = (
    (PROFILES, "marts.fct_profile_completeness"),
    (PUPILS, "marts.fct_pupil_reading"),
    (STAFF, "marts.fct_staff_reading"),
)


def merge_persons(cursor: Cursor, night: dt.date, build_id: str) -> None:
    """Make the histories say, for this night, what the facts of this build say, and note that they do.

    The states hold from the night up to the next published one (for ever, if it is the newest): nights that
    were published later keep theirs.
    """
    cursor.execute(
        "select coalesce(min(night)::text, 'infinity') from published.night where night > %s", (night,)
    )
    [(following,)] = cursor.fetchall()
    for history, fact in FACTS:
        history.merge(cursor, tonight=fact, night=night, following=following)
    cursor.execute(
        "insert into published.reading_night (night, build_id) values (%s, %s)"
        " on conflict (night) do update set build_id = excluded.build_id",
        (night, build_id),
    )
