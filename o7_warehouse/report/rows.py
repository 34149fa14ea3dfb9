"""What a line of each report table holds. No row holds a person.

`keys` are the codes that tell a line apart for programs, by the names of KEYS in row_sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.report.formats import Absent, Count, Share, share_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


class Counted:
    """A row whose counts are those of its share."""

    __slots__ = ()
    share: Share

    @property
    def numerator(self) -> Count:
        """Those who meet the condition."""
        return self.share.numerator

    @property
    def denominator(self) -> Count:
        """All who are counted."""
        return self.share.denominator


@dataclass(frozen=True, slots=True)
class RegionRow(Counted):
    """Table A: one indicator for the whole republic."""

    number: int
    code: str
    name: str
    unit: str
    share: Share
    target: Decimal | Absent
    deviation: Decimal | Absent
    previous: Share | Absent
    note: str
    kind: str = "row"

    @property
    def keys(self) -> Mapping[str, str | None]:
        """The indicator."""
        return {"indicator": self.code}


@dataclass(frozen=True, slots=True)
class UnitRow(Counted):
    """Table B: one indicator for one municipality, for the state organisations, or in total."""

    number: str
    name: str
    oktmo: str | Absent
    school_count: int
    share: Share
    rank: Count
    indicator: str
    unit: str
    kind: str = "row"

    @property
    def keys(self) -> Mapping[str, str | None]:
        """The indicator, the unit, and its ОКТМО, which is the code of a unit that is a territory."""
        territory = None if isinstance(self.oktmo, Absent) else self.unit
        return {"indicator": self.indicator, "unit": self.unit, "oktmo": territory}


@dataclass(frozen=True, slots=True)
class LeafRow:
    """Table C: one leaf of the profile. `not_filled` counts empty cells and placeholders."""

    number: int
    code: str
    label: str
    group: str
    due: Count
    filled: Count
    share: Share | Absent
    not_filled: Count
    invalid: Count
    kind: str = "row"

    @property
    def keys(self) -> Mapping[str, str | None]:
        """The leaf."""
        return {"leaf": self.code}

    def parts(self) -> tuple[Decimal, Decimal] | None:
        """Percent filled and percent with errors; None where nothing was due, nothing is known or may be told."""
        if isinstance(self.share, Absent) or isinstance(self.share.value, Absent):
            return None
        # Where only the errors are hidden, they are not told apart from what is not filled.
        faulty = share_of(0 if isinstance(self.invalid, Absent) else self.invalid, self.due).value
        return None if isinstance(faulty, Absent) else (self.share.value, faulty)


@dataclass(frozen=True, slots=True)
class StageRow(Counted):
    """One indicator at one education stage."""

    group: str
    name: str
    share: Share
    indicator: str
    stage: str
    kind: str = "row"

    @property
    def keys(self) -> Mapping[str, str | None]:
        """The indicator and the stage; `all` for the total."""
        return {"indicator": self.indicator, "stage": self.stage}


@dataclass(frozen=True, slots=True)
class ControlRow(Counted):
    """One reading of an indicator beside the official one."""

    group: str
    name: str
    share: Share
    indicator: str
    reading: str
    kind: str = "row"

    @property
    def keys(self) -> Mapping[str, str | None]:
        """The indicator and its reading."""
        return {"indicator": self.indicator, "reading": self.reading}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """Field rules of one severity."""

    name: str
    rules: int
    rules_failed: int
    rows_failed: int
    severity: str
    kind: str = "row"

    @property
    def keys(self) -> Mapping[str, str | None]:
        """The severity."""
        return {"severity": self.severity}
