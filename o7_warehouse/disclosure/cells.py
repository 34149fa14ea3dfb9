"""Figures as cells, and the sums that tie them together: everything a reader of an edition can compute with.

A cell counts persons. The relations are sums alone: a share is told only together with both of its counts, so that it
says nothing that they do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from o7_warehouse.errors import DisclosureError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Key(NamedTuple):
    """The address of a figure: its kind, what it is about, the org unit, and the part of those counted there."""

    figure: str
    subject: str
    unit: str
    part: str

    def __str__(self) -> str:
        return "/".join(self)


class Standing(StrEnum):
    """Where a reader meets a figure: in a document, nowhere (it follows from others), or outside of every edition."""

    printed = "printed"
    implied = "implied"
    public = "public"


class Sign(StrEnum):
    """What a document shows in the place of a figure; the two that hide it are codes of `report.formats.Absent`."""

    told = "told"
    few = "suppressed"
    hidden = "hidden"


class Interval(NamedTuple):
    """Counts from ``low`` to ``high``, both included."""

    low: int
    high: int

    def join(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Cell:
    """One count of persons.

    ``weight`` is the harm of hiding it. ``required`` is what a reader must be left to believe possible, None where
    the count may be known. ``is_withheld`` keeps it out of the edition whatever its value.
    """

    key: Key
    value: int
    standing: Standing
    weight: int = 1
    required: Interval | None = None
    is_withheld: bool = False


class Sum(NamedTuple):
    """``whole`` and ``parts`` add up to the same number; of a plain sum, ``whole`` is one key."""

    whole: tuple[Key, ...]
    parts: tuple[Key, ...]


@dataclass(slots=True)
class Tables:
    """All cells of one edition by address, and their sums."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)

    def add(self, cell: Cell) -> None:
        """Take a cell in; the same figure may be told by several documents, but with one value."""
        present = self.cells.setdefault(cell.key, cell)
        if present.value != cell.value:
            raise DisclosureError(
                f"The figure {cell.key} has two values in one edition. What hides it in one place would be undone in "
                "the other. Render all documents from one build, and see which of them counts in its own way."
            )

    def tie(self, whole: Iterable[Key], parts: Iterable[Key]) -> None:
        """State that cells add up. Raises DisclosureError when they do not."""
        one = Sum(tuple(whole), tuple(parts))
        if self._total(one.whole) != self._total(one.parts):
            raise DisclosureError(
                f"The parts of {' + '.join(map(str, one.whole))} do not add up to it. Nobody could tell what a reader "
                "can compute. The gate out compares them (sums): rebuild the night, or mend the sum."
            )
        self.sums.append(one)

    def _total(self, keys: Iterable[Key]) -> int:
        return sum(self.cells[key].value for key in keys)
