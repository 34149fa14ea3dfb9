"""Dated thresholds: the reader of ``dbt_project/seeds/parameters.csv`` for everything that is not SQL."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING

from o7_warehouse.errors import CatalogueError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

FILE = "dbt_project/seeds/parameters.csv"


def parameter(root: Path, name: str, *, on: date) -> Decimal:
    """The number that was in force on a day.

    Raises CatalogueError when none was, when two were, or when it is no number.
    """
    rows = _rows(root / FILE)
    day = on.isoformat()
    values = [
        row["value"]
        for row in rows
        if row["parameter"] == name
        and row["valid_from"] <= day
        and (not row["valid_to"] or day <= row["valid_to"])
    ]
    if len(values) != 1:
        raise CatalogueError(
            f"{FILE}: {len(values)} values of {name!r} are in force on {day}; there must be one. Without it "
            "nothing "
            "can be measured. Add the row, or end the older one."
        )
    try:
        return Decimal(values[0])
    except InvalidOperation:
        raise CatalogueError(
            f"{FILE}: {name!r} is {values[0]!r}, which is no number. Mend the row."
        ) from None


@lru_cache(maxsize=4)
def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
