"""The nights of a world and their place in the school year (1 September – 31 August)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from o7_simulator.errors import RequestError

if TYPE_CHECKING:
    from o7_simulator.randomness import Chance

ZONE = "+03:00"


@dataclass(frozen=True, slots=True)
class Clock:
    """The consecutive nights of a world; all of them lie in one school year."""

    first_night: dt.date
    nights: int

    def __post_init__(self) -> None:
        if self.nights < 1:
            raise RequestError(
                f"--nights is {self.nights}; a world without a night has nothing to deliver. Give 1 or more."
            )
        if self.year_of(self.night(self.nights - 1)) != self.year:
            raise RequestError(
                f"{self.nights} nights from {self.first_night} cross 1 September; classes are made for one "
                f"school year. Give fewer nights, or begin on or after 1 September."
            )

    @staticmethod
    def year_of(day: dt.date) -> int:
        """First calendar year of the school year that contains the day."""
        return day.year if day.month >= 9 else day.year - 1

    @property
    def year(self) -> int:
        """First calendar year of the world's school year."""
        return self.year_of(self.first_night)

    @property
    def year_start(self) -> dt.date:
        """1 September of the school year."""
        return dt.date(self.year, 9, 1)

    def night(self, k: int) -> dt.date:
        """The night number k, counted from 0."""
        return self.first_night + dt.timedelta(days=k)

    def snapshot_at(self, k: int) -> str:
        """When night k was taken: ten past midnight after it, Moscow."""
        return f"{self.night(k + 1).isoformat()}T00:10:00{ZONE}"


@lru_cache(maxsize=100_000)
def iso(ordinal: int) -> str:
    """ISO text of a proleptic day number."""
    return dt.date.fromordinal(ordinal).isoformat()


def stamp(chance: Chance, ordinal: int) -> str:
    """An instant between 07:00 and 21:59 of the day, in the contract's canonical text."""
    second = chance.between(0, 53_999)
    return f"{iso(ordinal)}T{7 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}{ZONE}"
