"""The dice of the worlds: the same number always throws the same world."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Thing = TypeVar("Thing")
ONE_DAY = dt.timedelta(days=1)
# Days counted from the night: the edges at which one day decides.
EDGES = (-1, 0, 1)
FARTHER = (-400, -366, -365, -120, -31, -30, -29, -2, 2, 29, 30, 31, 120, 365)
UNREADABLE_DAYS = ("2025-02-30", "31.12.2025", "вчера", " 2025-11-01", "2025-1-1")
UNREADABLE_INSTANTS = ("2025-10-10T10:00:00Z", "2025-10-10", "2025-10-10T24:00:00+03:00")


class Chance:
    """Draws for one world of one night."""

    def __init__(self, name: str, night: dt.date) -> None:
        self.random = random.Random(name)  # noqa: S311 - nothing is kept secret by it
        self.night = night

    def often(self, share: float) -> bool:
        """True in such a share of draws."""
        return self.random.random() < share

    def one(self, things: Sequence[Thing]) -> Thing:
        """One of them."""
        return self.random.choice(things)

    def some(self, things: Sequence[Thing], least: int, most: int) -> list[Thing]:
        """A few different ones, in the order drawn."""
        return self.random.sample(things, min(self.number(least, most), len(things)))

    def number(self, least: int, most: int) -> int:
        """A whole number between both, each included."""
        return self.random.randint(least, most)

    @property
    def year_starts(self) -> dt.date:
        """The first day of the school year of the night."""
        return dt.date(self.night.year - (self.night.month < 9), 9, 1)

    def day(self, *, readable: bool = False) -> str | None:
        """A day at one of the edges: the night, the school year, a month of thirty days; rarely none or no day."""
        if not readable and self.often(0.06):
            return self.one((None, None, "", *UNREADABLE_DAYS))
        if self.often(0.5):
            return str(self.night + ONE_DAY * self.one(EDGES))
        if self.often(0.5):
            year_end = self.year_starts.replace(year=self.year_starts.year + 1) - ONE_DAY
            return str(self.one((self.year_starts, year_end)) + ONE_DAY * self.one(EDGES))
        return str(self.night + ONE_DAY * self.one(FARTHER))

    def past(self, *, least: int = 0, most: int = 200) -> str:
        """A day not after the night."""
        return str(self.night - ONE_DAY * self.number(least, most))

    def this_year(self) -> str:
        """A day of the school year, not after the night."""
        return self.past(most=(self.night - self.year_starts).days)

    def to_come(self) -> str | None:
        """The last day of what still holds: the night itself, later, or none at all."""
        return self.one((None, str(self.night), str(self.night + ONE_DAY), str(self.night + 90 * ONE_DAY)))

    def period(self) -> tuple[str | None, str | None]:
        """The first and last day of something that holds on the night, or just does not."""
        if self.often(0.65):
            return self.past(), self.to_come()
        return self.day(), self.one((self.day(), None))

    def instant(self, *, day: str | None = None) -> str | None:
        """An instant at the edges of a day in Moscow."""
        if day is None and self.often(0.04):
            return self.one((None, *UNREADABLE_INSTANTS))
        moment = self.one(("00:00:00", "23:59:59", "12:00:00", "00:00:01", "02:59:59", "03:00:00"))
        return f"{day or self.day(readable=True)}T{moment}+03:00"
