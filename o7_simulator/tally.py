"""Counting answers: the smallest unit is a class for pupils and a school for staff; parents are sums."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from o7_simulator.people import LEAVES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from o7_simulator.leaves import Answer
    from o7_simulator.schools import Class

LETTERS = "fnipexds"
_PLACE = {letter: place for place, letter in enumerate(LETTERS)}
CELLS = len(LEAVES) * len(LETTERS)


@dataclass(slots=True)
class ClassTally:
    """Counts of one class on one night."""

    school: int
    label: str
    pupils: int = 0
    complete: int = 0
    recommended: int = 0
    with_access: int = 0
    leaves: array[int] = field(default_factory=lambda: array("H", bytes(2 * CELLS)))
    """Pupils by leaf and status; the cell of leaf l and letter s is `l · 8 + place(s)`."""


@dataclass(slots=True)
class NightTally:
    """Counts of one night: classes by id, and staff of each school as [with access, all]."""

    classes: dict[str, ClassTally] = field(default_factory=dict)
    staff: dict[int, list[int]] = field(default_factory=dict)

    def add_pupils(self, answers: Iterable[Answer], k: int) -> None:
        """Count the answers of pupils of any classes."""
        by_class: dict[Class, list[Answer]] = {}
        for answer in answers:
            by_class.setdefault(answer.class_, []).append(answer)
        for class_, group in by_class.items():
            tally = self.classes.get(class_.id)
            if tally is None:
                tally = self.classes[class_.id] = ClassTally(
                    class_.school.index, class_.name_at(k).label or class_.id
                )
            tally.pupils += len(group)
            tally.complete += sum(answer.is_complete for answer in group)
            tally.recommended += sum(answer.is_recommended for answer in group)
            tally.with_access += sum(answer.has_access for answer in group)
            _count_leaves(tally.leaves, group)

    def add_staff(self, school: int, *, has_access: bool) -> None:
        """Count one member of the pedagogical staff."""
        counts = self.staff.setdefault(school, [0, 0])
        counts[0] += has_access
        counts[1] += 1

    def merge(self, other: NightTally) -> None:
        """Add the counts of another shard."""
        for class_id, tally in other.classes.items():
            mine = self.classes.get(class_id)
            if mine is None:
                self.classes[class_id] = tally
                continue
            mine.pupils += tally.pupils
            mine.complete += tally.complete
            mine.recommended += tally.recommended
            mine.with_access += tally.with_access
            for cell, count in enumerate(tally.leaves):
                mine.leaves[cell] += count
        for school, counts in other.staff.items():
            mine_staff = self.staff.setdefault(school, [0, 0])
            mine_staff[0] += counts[0]
            mine_staff[1] += counts[1]


def _count_leaves(cells: array[int], group: list[Answer]) -> None:
    for leaf, column in enumerate(zip(*(answer.statuses for answer in group), strict=True)):
        for letter in set(column):
            cells[leaf * len(LETTERS) + _PLACE[letter]] += column.count(letter)
