"""The thresholds of the contract checks that are in force on a night; each is a dated row of the parameters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from o7_warehouse.parameters import parameter

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """The thresholds in force on the night, as shares."""

    foreign_key: Decimal
    retyped_ceiling: Decimal
    lost_zero_ceiling: Decimal
    few_rows: int

    @classmethod
    def of(cls, root: Path, night: date) -> Self:
        """Those of the catalogue. Raises CatalogueError."""
        return cls(
            foreign_key=parameter(root, "foreign_key_floor", on=night),
            retyped_ceiling=parameter(root, "retyped_ceiling", on=night),
            lost_zero_ceiling=parameter(root, "lost_zero_ceiling", on=night),
            few_rows=int(parameter(root, "single_mistakes_rows", on=night)),
        )

    def is_broken(self, bad: int, rows: int) -> bool:
        """Whether so many bad rows say that the delivery is broken, and not some rows of it."""
        return bad > self.few_rows and Decimal(bad) > rows * (1 - self.foreign_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The thresholds in force on the night: shares of the last night's rows, and from how many rows they hold."""

    floor: Decimal
    ceiling: Decimal
    nights: int
    least: int
    least_of_municipality: int

    @classmethod
    def of(cls, root: Path, night: date) -> Self:
        """Those of the catalogue. Raises CatalogueError."""
        return cls(
            floor=parameter(root, "volume_floor", on=night),
            ceiling=parameter(root, "volume_ceiling", on=night),
            nights=int(parameter(root, "volume_nights", on=night)),
            least=int(parameter(root, "volume_least_rows", on=night)),
            least_of_municipality=int(parameter(root, "volume_least_rows_municipality", on=night)),
        )

    def given(self, night: date) -> dict[str, object]:
        """The parameters of a statement about a night."""
        return {"night": night} | asdict(self)
