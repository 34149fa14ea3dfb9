"""A random world: a few schools with their pupils and staff, thrown by number for one night.

Everything a world holds bears its number in its identities, so that fifty worlds lie side by side in one delivery and
every difference tells the world it comes from.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tests.worlds.chance import Chance

Row = dict[str, Any]
Rows = dict[str, list[Row]]
# The six nights, each with fifty worlds: the end of a first grading period, the turn of the calendar year, the last day
# before exam results and the first one with them, the last day of a school year and the first of the next.
NIGHTS = tuple(
    dt.date.fromisoformat(day)
    for day in ("2025-10-26", "2025-12-31", "2026-06-30", "2026-07-01", "2026-08-31", "2026-09-01")
)
WORLDS_OF_A_NIGHT = 50
# Exam results are due from this night on, so it has the most kinds of leaf.
ORDINARY = NIGHTS[3]
# What О7 did not send on one of the nights; what is missing is missing in a delivery, so all its worlds share it.
ABSENT = {NIGHTS[1]: frozenset({"contact", "person.inn", "medical_release", "achievement", "exam_result"})}


class World:
    """The rows of one world, by entity."""

    def __init__(self, number: int | str, night: dt.date) -> None:
        self.name = f"w{number}"
        self.night = night
        self.chance = Chance(f"o7 {self.name} {night}", night)
        self.rows: Rows = defaultdict(list)

    def add(self, entity: str, org: str | None = None, **columns: str | None) -> str:
        """Add a row with an identity of its own, unless one is given; returns the identity."""
        key = columns.pop("source_id", None) or f"{self.name}-{entity}-{len(self.rows[entity]):03}"
        row: Row = {"source_id": key, "modified_at": f"{self.night}T10:00:00+03:00", **columns}
        if org is not None:
            row["org_id"] = org
        self.rows[entity].append(row)
        return key

    def pupils(self) -> list[str]:
        """The identities of the pupils, each once."""
        return sorted({row["source_id"] for row in self.rows["person"] if row["source_id"]})

    def without(self, pupils: set[str]) -> Rows:
        """The rows of the world less those of some pupils."""
        return {
            entity: [row for row in rows if _pupil_of(entity, row) not in pupils]
            for entity, rows in self.rows.items()
        }


def _pupil_of(entity: str, row: Row) -> str | None:
    return row["source_id"] if entity in ("person", "student") else row.get("student_id")


def night_of(number: int) -> dt.date:
    """The night a numbered world is thrown for."""
    return NIGHTS[number // WORLDS_OF_A_NIGHT % len(NIGHTS)]


def worlds_of(night: dt.date) -> range:
    """The numbers of the worlds of a night."""
    first = NIGHTS.index(night) * WORLDS_OF_A_NIGHT
    return range(first, first + WORLDS_OF_A_NIGHT)
