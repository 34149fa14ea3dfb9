"""A build of two schools in two municipalities, and what the gate out says of one."""

from __future__ import annotations

import datetime as dt

from tests.o7_warehouse.builds import Pupil

MONDAY = dt.date(2025, 12, 15)
TUESDAY = dt.date(2025, 12, 16)
# Two classes of one school, one of another in another municipality.
PUPILS = (
    Pupil(1),
    Pupil(2, is_complete=False, statuses="e" * 51),
    Pupil(3, class_id="class-2", stage="noo"),
    Pupil(4, class_id="class-2", stage="unknown", is_complete=False),
    Pupil(5, school="school-2", class_id="class-3"),
)


def found(cursor, run_id):
    cursor.execute(
        "select check_id, outcome, message from audit.gate_finding where run_id = %s and gate = 'out'",
        (run_id,),
    )
    return {check_id: (outcome, message) for check_id, outcome, message in cursor.fetchall()}
