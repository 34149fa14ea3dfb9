"""The thresholds of the contract checks that are in force on a night; each is a dated row of the parameters."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from o7_warehouse.parameters import parameter, parameters_within

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    """The thresholds in force on the night: shares of the last night's rows, and from how many rows they hold.

    ``floors`` and ``ceilings`` hold for single entities instead: at the turn of the school year, and while the exams
    are marked, their rows rightly come or go at once (domain §2).
    """

    floor: Decimal
    floors: Mapping[str, Decimal]
    ceiling: Decimal
    ceilings: Mapping[str, Decimal]
    nights: int
    least: int
    least_of_municipality: int

    @classmethod
    def of(cls, root: Path, night: date) -> Self:
        """Those of the catalogue. Raises CatalogueError."""
        return cls(
            floor=parameter(root, "volume_floor", on=night),
            floors=parameters_within(root, "volume_floor", on=night),
            ceiling=parameter(root, "volume_ceiling", on=night),
            ceilings=parameters_within(root, "volume_ceiling", on=night),
            nights=int(parameter(root, "volume_nights", on=night)),
            least=int(parameter(root, "volume_least_rows", on=night)),
            least_of_municipality=int(parameter(root, "volume_least_rows_municipality", on=night)),
        )

    def given(self, night: date) -> dict[str, object]:
        """The parameters of a statement about a night; those of single entities as JSON."""
        own = {"floors": _as_json(self.floors), "ceilings": _as_json(self.ceilings)}
        return {"night": night} | asdict(self) | own

    def floor_of(self, entity: str) -> Decimal:
        """The least share of the last night's rows of an entity."""
        return self.floors.get(entity, self.floor)

    def ceiling_of(self, entity: str) -> Decimal:
        """The greatest share of the last night's rows of an entity."""
        return self.ceilings.get(entity, self.ceiling)


def _as_json(shares: Mapping[str, Decimal]) -> str:
    return json.dumps({entity: str(share) for entity, share in shares.items()})
