"""What a session is told by the views of units, and of which unit each row speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class

# The column that says of which unit a row is; of a total below the schools of a municipality it is the municipality.
UNIT = {
    "school.worklist": "org_id", "school.pupil_gaps": "school_id", "visible.class_figures": "school_code",
    "visible.class_gaps": "school_code", "visible.quarantine_rows": "org_id", "visible.profiles": "school_id",
    "visible.pupil_readings": "school_id", "visible.staff_readings": "school_id",
}  # fmt: skip
# Views whose rows the attacks are tried on: a figure, persons, and the numbers of cards.
ATTACKED = ("visible.indicator_values", "visible.profiles", "school.worklist")


def asked(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """What a session is answered."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
    connection.rollback()
    return found


def codes(connection: Connection, view: str) -> set[str]:
    """The units whose rows a session sees in a view."""
    return {
        code
        for (code,) in asked(connection, f"select distinct {UNIT.get(view, 'org_unit_code')} from {view}")
    }
