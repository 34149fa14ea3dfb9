"""Working days and due days: the only reader of the calendar and of the deadlines among the seeds (domain §2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CatalogueError
from o7_warehouse.parameters import SEEDS, rows_in_force, seed_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from o7_warehouse.editions.periods import Period

FIRST_DAY_OFF: Final = 5  # Saturday, counted from Monday as 0
NEXT_WORKING_DAY, SAME_DAY = "next_working_day", "same_day"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that differ from the five-day week, of the years that are known whole."""

    years: frozenset[int]
    differing: Mapping[dt.date, bool]

    def is_working(self, day: dt.date) -> bool:
        """Whether a day is worked. Raises CatalogueError for a year nobody has entered."""
        if day.year not in self.years:
            raise CatalogueError(
                f"{SEEDS}/calendar_years.csv does not know the year {day.year}, so nobody can say whether {day} is "
                "worked, and a due day would be a guess. Enter the days off of the year in calendar_days.csv by the "
                "Government's decree of transfers, then the year itself."
            )
        return self.differing.get(day, day.weekday() < FIRST_DAY_OFF)

    def not_before(self, day: dt.date) -> dt.date:
        """The day itself where it is worked, else the next one that is. Raises CatalogueError."""
        while not self.is_working(day):
            day += dt.timedelta(days=1)
        return day


@dataclass(frozen=True, slots=True)
class DueDays:
    """By when the draft of a period's edition is due, and by when its approval; None: nobody approves it."""

    draft: dt.date
    approval: dt.date | None


def read_calendar(root: Path) -> Calendar:
    """The calendar as its seeds have it."""
    return Calendar(
        frozenset(int(row["year"]) for row in seed_rows(root, "calendar_years")),
        {
            dt.date.fromisoformat(row["day"]): row["is_working"] == "true"
            for row in seed_rows(root, "calendar_days")
        },
    )


def due_days(root: Path, period: Period) -> DueDays | None:
    """The due days of a period by the deadlines in force on its last day; None: it has no edition.

    Raises CatalogueError when none or two are in force, or the calendar does not know a due day.
    """
    row = _deadline(root, period)
    if not row["draft_day"]:
        return None
    calendar, following = read_calendar(root), period.last_day + dt.timedelta(days=1)

    def due(day: str) -> dt.date:
        found = following.replace(day=int(day))
        return calendar.not_before(found) if row["when_not_working"] == NEXT_WORKING_DAY else found

    return DueDays(due(row["draft_day"]), due(row["approval_day"]) if row["approval_day"] else None)


def has_edition(root: Path, period: Period) -> bool:
    """Whether a night of a period of this kind is frozen. Raises CatalogueError."""
    return bool(_deadline(root, period)["draft_day"])


def is_issued(root: Path, period: Period) -> bool:
    """Whether the edition of a period is approved and issued, or only kept for ourselves. Raises CatalogueError."""
    return bool(_deadline(root, period)["approval_day"])


def _deadline(root: Path, period: Period) -> dict[str, str]:
    day = period.last_day
    rows = [
        row for row in rows_in_force(root, "reporting_deadlines", on=day) if row["period_kind"] == period.kind
    ]
    if len(rows) != 1 or rows[0]["when_not_working"] not in {NEXT_WORKING_DAY, SAME_DAY}:
        raise CatalogueError(
            f"{SEEDS}/reporting_deadlines.csv: {len(rows)} rows for the kind {period.kind.value!r} are in force on "
            f"{day}; there must be one, and it must say {NEXT_WORKING_DAY} or {SAME_DAY}. Without it nobody knows "
            "when the report is due. Add the row, or end the older one."
        )
    return rows[0]
