"""The only reader of ``disclosure_rules.csv``: what may be told of whom, and from which count on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from o7_warehouse.disclosure.cells import Interval
from o7_warehouse.errors import CatalogueError, DisclosureError
from o7_warehouse.parameters import SEEDS, rows_in_force

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

NAME: Final = "disclosure_rules"
ANY_LEVEL: Final = "any"
DOCUMENT: Final = "document"
# Sensitivity of a leaf in the catalogue: special category, and data of prevention and family (domain §1.1).
SENSITIVE: Final = ("S", "R")


class Treatment(StrEnum):
    """What the rules say of a kind of figure at a level."""

    public = "public"
    protect = "protect"
    withhold = "withhold"
    own = "own"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force on a night. ``threshold`` is the smallest count of persons that is told."""

    treatments: Mapping[tuple[str, str], Treatment]
    threshold: int

    def treatment(self, figure: str, level: str) -> Treatment:
        """What holds for a kind of figure at a level. Raises DisclosureError where nobody has decided."""
        for one in (level, ANY_LEVEL):
            if (figure, one) in self.treatments:
                return self.treatments[figure, one]
        raise DisclosureError(
            f"{SEEDS}/{NAME}.csv has no row for the figure {figure!r} at level {level!r}. An edition would tell it "
            "unprotected. Decide how it is treated, and add the row."
        )

    def is_own(self, audience: str) -> bool:
        """Whether documents for an audience speak only of those it answers for itself."""
        return self.treatments.get((DOCUMENT, audience)) is Treatment.own

    def required(self, value: int, *, whole: int | None, ceiling: int | None) -> Interval | None:
        """What a reader must be left to believe possible of a count; None where he may know it.

        A count below the threshold may be any other from 1 on, as far as ``ceiling`` (a public number of persons it
        cannot exceed) allows. In a group of fewer than the threshold, ``whole``, even nobody and everybody are such
        counts: who knows the group would learn something of each of its members.
        """
        few = self.threshold - 1
        found = None
        if 1 <= value <= few:
            found = Interval(1, few if ceiling is None else min(few, ceiling))
        if whole is not None and 1 <= whole <= few:
            group = Interval(0, whole)
            found = group if found is None else found.join(group)
        return found


def read_rules(root: Path, *, on: dt.date) -> Rules:
    """The rules of a night. Raises CatalogueError for a gap, a doubled row, or thresholds that differ."""
    place = f"{SEEDS}/{NAME}.csv"
    treatments: dict[tuple[str, str], Treatment] = {}
    thresholds = set()
    for row in rows_in_force(root, NAME, on=on):
        where = row["figure"], row["level"]
        if where in treatments:
            raise CatalogueError(
                f"{place}: two rows of {'/'.join(where)} hold on {on}. Nobody could tell which counts. End "
                "the older one."
            )
        treatments[where] = Treatment(row["treatment"])
        if row["threshold"]:
            thresholds.add(int(row["threshold"]))
    if len(thresholds) != 1:
        raise CatalogueError(
            f"{place}: on {on} {len(thresholds)} thresholds hold ({', '.join(map(str, sorted(thresholds)))}); there "
            "must be one, for the sign of a hidden figure tells it. Make the rows agree."
        )
    return Rules(treatments, thresholds.pop())
