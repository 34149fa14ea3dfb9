"""Months, quarters and years of reporting: their days, neighbours and Russian names (domain §2)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from o7_warehouse.errors import CommandError


class Kind(StrEnum):
    """How long a period is."""

    month = "month"
    quarter = "quarter"
    year = "year"


MONTHS: Final = {Kind.month: 1, Kind.quarter: 3, Kind.year: 12}
_FORMS: Final = {
    Kind.month: re.compile(r"(?P<year>20\d\d)-(?P<number>0[1-9]|1[0-2])"),
    Kind.quarter: re.compile(r"(?P<year>20\d\d)-Q(?P<number>[1-4])"),
    Kind.year: re.compile(r"(?P<year>20\d\d)(?P<number>)"),
}
_ROMAN: Final = ("I", "II", "III", "IV")
_MONTHS: Final = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period; ``number`` counts those of its kind within the year, from 1."""

    year: int
    number: int
    kind: Kind

    @classmethod
    def parse(cls, text: str) -> Self:
        """The period a code names: ``2025-12``, ``2025-Q4`` or ``2025``. Raises CommandError."""
        for kind, form in _FORMS.items():
            if found := form.fullmatch(text):
                return cls(int(found["year"]), int(found["number"] or 1), kind)
        raise CommandError(
            f"{text!r} names no period, so nobody knows which days are meant. "
            "Write a quarter as 2025-Q4, a year as 2025, a month as 2025-12."
        )

    @classmethod
    def of(cls, day: dt.date, kind: Kind) -> Self:
        """The period of a kind that holds a day."""
        return cls(day.year, (day.month - 1) // MONTHS[kind] + 1, kind)

    def __str__(self) -> str:
        """The code: what :meth:`parse` reads."""
        return {
            Kind.month: f"{self.year:04}-{self.number:02}",
            Kind.quarter: f"{self.year:04}-Q{self.number}",
            Kind.year: f"{self.year:04}",
        }[self.kind]

    @property
    def name(self) -> str:
        """The name in Russian: «IV квартал 2025 года», «декабрь 2025 года», «2025 год»."""
        return {
            Kind.month: f"{_MONTHS[self.number - 1]} {self.year} года",
            Kind.quarter: f"{_ROMAN[(self.number - 1) % 4]} квартал {self.year} года",
            Kind.year: f"{self.year} год",
        }[self.kind]

    @property
    def first_day(self) -> dt.date:
        """The first day."""
        return dt.date(self.year, MONTHS[self.kind] * (self.number - 1) + 1, 1)

    @property
    def last_day(self) -> dt.date:
        """The last day: the state at its end is what the period is reported by."""
        return self.next.first_day - dt.timedelta(days=1)

    @property
    def previous(self) -> Self:
        """The period of the same kind before this one."""
        return self.of(self.first_day - dt.timedelta(days=1), self.kind)

    @property
    def next(self) -> Self:
        """The period of the same kind after this one."""
        following = MONTHS[self.kind] * self.number  # months of the year that have passed by then
        return self.of(dt.date(self.year + following // 12, following % 12 + 1, 1), self.kind)
