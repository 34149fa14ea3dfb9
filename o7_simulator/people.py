"""What a pupil is while a world is made: identity, intended statuses, and the rows that carry them.

Dates are proleptic day numbers here; texts appear only in rows. A pupil's rows lie in slots (one leaf or one
card), so that a change replaces exactly the rows it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from o7_simulator import clock, rates

if TYPE_CHECKING:
    from o7_simulator.plan import Pair, Plan
    from o7_simulator.randomness import Chance
    from o7_simulator.schools import Class, School

LEAVES = tuple(f"P{number:02d}" for number in range(1, 52))
POSITION = {leaf: position for position, leaf in enumerate(LEAVES)}

Row = tuple[str, str]
"""Entity and its CSV line without the line end."""

iso = clock.iso


class Fact(NamedTuple):
    """Something that holds from the day `first` to the day `last` inclusive; `at` orders it within a day."""

    first: int
    last: int
    at: str = ""


FOREVER = 3_000_000


@dataclass(slots=True, eq=False)
class Enrolment:
    """A stay of a pupil in a class; `left` is the first day no longer there."""

    id: str
    class_id: str
    school: School
    class_: Class | None
    """None for a class of last year."""
    starts: int
    left: int | None
    order_date: int
    stamp: str
    is_placed: bool = True
    """False when the row cannot be placed and is quarantined."""


@dataclass(slots=True, eq=False)
class Pupil:
    """A person with a school card."""

    local: int
    ordinal: int
    id: str
    home: School
    class_: Class
    """The class the pupil is meant to be in now."""
    is_male: bool
    origin: str
    last: str
    first: str
    patronymic: str
    birth: int
    factor: float
    kinds: dict[str, str]
    status: list[str]
    org_id: str
    stamp: str
    pair: tuple[Pair, int] | None = None
    plant: str = ""
    person: list[str] = field(default_factory=lambda: [""] * 12)
    student: list[str] = field(default_factory=lambda: [""] * 5)
    info: list[str] = field(default_factory=lambda: [""] * 13)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    enrolments: list[Enrolment] = field(default_factory=list)
    snils: str = ""
    inn: str = ""
    in_care: bool = False
    is_adapted: bool = False
    has_guardian_contact: bool = False
    is_placed: bool = True
    """False when person or card cannot be placed: the pupil is then nobody's."""
    twins: dict[str, Pupil] = field(default_factory=dict)
    """By leaf: the pupil of the same school with the same value."""
    oge: str = "e"
    ege: str = "e"
    items: list[Fact] = field(default_factory=list)
    recommendations: list[Fact] = field(default_factory=list)
    plans: list[Fact] = field(default_factory=list)
    grants: list[tuple[Fact, int]] = field(default_factory=list)
    """When an account gives access, and the number of the resource."""

    def settle(self, leaf: str, kind: str) -> None:
        """Note that the leaf has a value of this kind."""
        self.status[POSITION[leaf]] = rates.status_of(leaf, kind)
        if kind != "usual":
            self.kinds[leaf] = kind
        elif leaf in self.kinds:
            del self.kinds[leaf]

    def kind(self, leaf: str) -> str:
        """The kind of value intended for the leaf."""
        return self.kinds.get(leaf, "usual")

    @property
    def is_fixed(self) -> bool:
        """Planted across schools, or bound to another pupil: random changes keep away."""
        return self.pair is not None or bool(self.plant) or bool(self.twins)


class Scene:
    """Where and when values are made: the plan, the school, the night, and chance."""

    __slots__ = (
        "chance",
        "first_day",
        "k",
        "limits",
        "night",
        "plan",
        "previous",
        "school",
        "year_end",
        "year_start",
    )

    def __init__(self, plan: Plan, school: School, k: int, chance: Chance) -> None:
        self.plan, self.school, self.k, self.chance = plan, school, k, chance
        request_clock = plan.request.clock
        self.night = request_clock.night(k).toordinal()
        self.first_day = request_clock.first_night.toordinal()
        self.year_start = request_clock.year_start.toordinal()
        self.year_end = request_clock.year_start.replace(year=request_clock.year + 1).toordinal() - 1
        self.limits: dict[float, tuple[tuple[float, float, rates.LeafRates], ...]] = {}
        """Limits of the draws by factor; a school has two factors, for well and badly kept cards."""
        self.previous: Pupil | None = None
        """The pupil made just before, for duplicates."""

    def past(self, low: int, high: int) -> int:
        """A day `low` … `high` days before the night."""
        return self.night - self.chance.between(low, high)

    def this_year(self) -> int:
        """A day of the school year up to the night, weighted to the recent months."""
        return max(self.year_start, self.past(1, 80))

    def stamp(self) -> str:
        """When a row made now was last changed: recently on the first night, today afterwards."""
        if self.k:
            return clock.stamp(self.chance, self.night)
        return clock.stamp(self.chance, self.past(1, 200))

    def empty(self) -> str:
        """Nothing entered: mostly NULL, sometimes an empty text."""
        return "" if self.chance.u() < 0.7 else '""'


def quoted(text: str) -> str:
    """A CSV field with quotes where RFC 4180 asks for them."""
    if text == "" or ";" in text or '"' in text or "\n" in text:
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text
