"""Dated thresholds, and the rows of other seeds, for everything that is not SQL."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING

from o7_warehouse.errors import CatalogueError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

SEEDS = "dbt_project/seeds"
FILE = f"{SEEDS}/parameters.csv"
# How many days what a night has read and examined is trusted, before it reads and examines everything.
WHOLE_AFTER_DAYS = "whole_examination_days"


def parameter(root: Path, name: str, *, on: date) -> Decimal:
    """The number that was in force on a day.

    Raises CatalogueError when none was, when two were, or when it is no number.
    """
    values = [row["value"] for row in rows_in_force(root, "parameters", on=on) if row["parameter"] == name]
    if len(values) != 1:
        raise CatalogueError(
            f"{FILE}: {len(values)} values of {name!r} are in force on {on}; there must be one. Without it "
            "nothing can be measured. Add the row, or end the older one."
        )
    return _number(name, values[0])


def is_everything_due(root: Path, *, last: date, night: date) -> bool:
    """Whether a night takes up everything again, not what changed alone: so many days after one last did.

    Raises CatalogueError.
    """
    return (night - last).days >= parameter(root, WHOLE_AFTER_DAYS, on=night)


def parameters_within(root: Path, name: str, *, on: date) -> dict[str, Decimal]:
    """What stands beside a parameter for single things on a day: rows named ``<name>.<thing>``, by thing.

    Raises CatalogueError when two rows of one thing are in force, or one is no number.
    """
    found: dict[str, Decimal] = {}
    for row in rows_in_force(root, "parameters", on=on):
        whose, _, thing = row["parameter"].partition(".")
        if whose == name and thing:
            if thing in found:
                raise CatalogueError(
                    f"{FILE}: two values of {row['parameter']!r} are in force on {on}; there may be one. End the "
                    "older one."
                )
            found[thing] = _number(row["parameter"], row["value"])
    return found


def _number(name: str, value: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        raise CatalogueError(f"{FILE}: {name!r} is {value!r}, which is no number. Mend the row.") from None


def rows_in_force(root: Path, name: str, *, on: date) -> list[dict[str, str]]:
    """The rows of a seed with ``valid_from`` and ``valid_to`` that hold on a day."""
    day = on.isoformat()
    return [
        row
        for row in seed_rows(root, name)
        if row["valid_from"] <= day and (not row["valid_to"] or day <= row["valid_to"])
    ]


def seed_rows(root: Path, name: str) -> list[dict[str, str]]:
    """The rows of a seed as they stand in its file; what is not there is the empty text."""
    return _rows(root / SEEDS / f"{name}.csv")


@lru_cache(maxsize=8)
def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
