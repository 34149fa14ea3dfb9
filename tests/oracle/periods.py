"""What does not concern a pupil or is not due yet, and the grading periods that decide some of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from tests.oracle.drop import Drop, day, number, parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

END_OF_TIME = dt.date(9999, 12, 31)


class Period(NamedTuple):
    """A grading period of a school for a range of parallels; days that cannot be read are None."""

    source_id: str
    parallel_from: int | None
    parallel_to: int | None
    starts_on: dt.date | None
    ends_on: dt.date | None


class Periods:
    """The grading periods of the school year of the night, by school."""

    def __init__(self, drop: Drop) -> None:
        year, _, _ = drop.school_year
        self.by_school: dict[str, list[Period]] = defaultdict(list)
        periods = drop["grading_period"].filter(pl.col("academic_year_id") == year)
        columns = (number("parallel_from"), number("parallel_to"), day("starts_on"), day("ends_on"))
        for school, *period in periods.select("org_id", "source_id", *columns).iter_rows():
            self.by_school[school].append(Period(*period))

    def covering(self, school: str, parallel: int | None) -> Iterator[Period]:
        """Those that cover a parallel; an unknown parallel is covered by none."""
        for period in self.by_school[school]:
            first, last = period.parallel_from, period.parallel_to
            if parallel is not None and first is not None and last is not None and first <= parallel <= last:
                yield period

    def first_end(self, school: str, parallel: int) -> dt.date | None:
        """The last day of the first one; None without one that says."""
        first = min(
            self.covering(school, parallel),
            key=lambda one: (one.starts_on or END_OF_TIME, one.ends_on or END_OF_TIME),
            default=None,
        )
        return first.ends_on if first else None

    def current_start(self, school: str, parallel: int | None, night: dt.date) -> dt.date | None:
        """The first day of the one that began last (of equal ones the greatest identity); None without one."""
        begun = [
            (one.starts_on, one.source_id)
            for one in self.covering(school, parallel)
            if one.starts_on is not None and one.starts_on <= night
        ]
        return max(begun)[0] if begun else None


class Exemptions:
    """What does not concern a pupil (x) or is not due yet (d), by his parallel."""

    def __init__(self, drop: Drop) -> None:
        self.night = drop.night
        self.results_from = results_day(drop)
        self.periods = Periods(drop)

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
        end = self.periods.first_end(school, parallel)
        return end is not None and self.night <= end


def current_periods(drop: Drop, pupils: pl.DataFrame) -> dict[str, dt.date]:
    """Pupil -> the first day of his current grading period; who has none is left out."""
    periods = Periods(drop)
    return {
        name: start
        for name, school, parallel in pupils.select("student_id", "school", "parallel").iter_rows()
        if (start := periods.current_start(school, parallel, drop.night)) is not None
    }


def results_day(drop: Drop) -> dt.date:
    """The day from which exam results of the school year are expected."""
    _, start, _ = drop.school_year
    month, date = (int(part) for part in parameter("oge_results_from", drop.night).split("-"))
    return dt.date(start.year + 1, month, date)
