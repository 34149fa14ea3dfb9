"""The plan of a world: everything that more than one school must agree on, the same in every process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from o7_simulator import class_names
from o7_simulator.errors import RequestError
from o7_simulator.geography import UNITS
from o7_simulator.randomness import Chance
from o7_simulator.schools import LOCAL_IDS, Class, School, build_schools

if TYPE_CHECKING:
    from o7_simulator.clock import Clock
    from o7_simulator.rates import Profile

WORLDS = 10
"""How many worlds with disjoint people there are: `--world 0` … `--world 9`."""
WORLD_ORDINALS = 9_900_000
FOREIGN_KEY_FLOOR = 1100
"""At most one planted orphan of each kind per so many pupils: references stay above 99,9 % (domain §5.4)."""

PLANTS = (
    ("student_twice", False),
    ("document_twice", False),
    ("contact_no_id", False),
    ("achievement_no_id", False),
    ("person_no_id", True),
    ("enrolment_unknown_class", True),
    ("address_unknown_org", True),
    ("orphan_item", True),
    ("program_no_student", True),
)
"""Rows that cannot be placed: kind, and whether it breaks a reference."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asked for."""

    pupils: int
    seed: int
    clock: Clock
    profile: Profile
    world: int = 0

    def __post_init__(self) -> None:
        least, most = len(UNITS), 1_500_000
        if not least <= self.pupils <= most:
            raise RequestError(
                f"--pupils is {self.pupils}; a republic has {least} units with a pupil in each at least, "
                f"and numbers of synthetic people end at {most}. Give a number between {least} and {most}."
            )
        if not 0 <= self.world < WORLDS:
            raise RequestError(
                f"--world is {self.world}; there are number ranges for {WORLDS} worlds. "
                f"Give 0 to {WORLDS - 1}."
            )

    @property
    def prefix(self) -> str:
        """What every identity of this world begins with."""
        return f"w{self.world}-" if self.world else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cards of different schools that look like one person.

    kind: `same_snils`, `same_person` (one card without СНИЛС), `namesake` (two valid different СНИЛС, so no
    conflict).
    """

    number: int
    kind: str
    mended: int | None
    """Night on which the second card is put right; none when it stays."""


@dataclass(slots=True)
class Plan:
    """Schools, classes and everything planted across schools."""

    request: Request
    schools: list[School]
    pairs: dict[tuple[int, int], tuple[Pair, int, tuple[int, int]]] = field(default_factory=dict)
    """By (school, local number): the pair, the side (0 or 1) and the partner."""
    plants: dict[tuple[int, int], str] = field(default_factory=dict)
    """By (school, local number): the kind of row that cannot be placed."""

    def ordinal(self, school: int, local: int) -> int:
        """Number of a person, unique over all worlds."""
        return self.request.world * WORLD_ORDINALS + school * LOCAL_IDS + local

    def student_id(self, school: int, local: int) -> str:
        """Identity of a pupil at О7."""
        return f"{self.request.prefix}{10_000_000 + school * LOCAL_IDS + local}"


def build_plan(request: Request) -> Plan:
    """The plan of the world asked for; a pure function of the request."""
    schools = build_schools(
        pupils=request.pupils, seed=request.seed, prefix=request.prefix, profile=request.profile
    )
    plan = Plan(request, schools)
    # Later nights are planned whether they are asked for or not: a night never depends on how many follow it.
    if request.profile.has_mergers:
        _merge_smallest(plan)
        _rename_largest(plan)
    _mend_class_names(plan)
    if request.profile.has_faults:
        _plant_pairs(plan)
        _plant_unplaceable(plan)
    return plan


def _merge_smallest(plan: Plan) -> None:
    """On the second night the smallest school that has a neighbour in its unit joins it."""
    public = [school for school in plan.schools if not school.is_private]
    units = [school.unit for school in public]
    candidates = [school for school in public if units.count(school.unit) > 1]
    if not candidates:
        return
    closing = min(candidates, key=lambda school: (school.pupils, school.index))
    heir = max(
        (s for s in public if s.unit == closing.unit and s is not closing), key=lambda s: (s.pupils, -s.index)
    )
    closing.merged_night = 1
    for old in closing.classes:
        name = class_names.mended(old.parallel, f"{old.letter or 'А'}9", 0)
        new = Class(
            id=f"{heir.id}-{len(heir.classes) + 1:03d}",
            school=heir,
            parallel=old.parallel,
            letter=old.letter,
            is_adapted=old.is_adapted,
            names=[name],
            first_local=heir.pupils,
            size=0,
            opened=1,
        )
        heir.classes.append(new)
        closing.successors[old.id] = new


def _rename_largest(plan: Plan) -> None:
    """On the fourth night the largest school becomes a gymnasium with a name of its own."""
    school = max((s for s in plan.schools if not s.is_private), key=lambda s: (s.pupils, -s.index))
    school.renamed = (3, f"МКОУ «Гимназия имени Али Шогенцукова» {school.locality}")


def _mend_class_names(plan: Plan) -> None:
    """Half of the unreadable class names are put right on some later night."""
    chance = Chance(plan.request.seed, "class names mended")
    for school in plan.schools:
        for class_ in school.classes:
            if class_.names[0].status != "f" and chance.u() < 0.5:
                since = chance.between(1, 5)
                class_.names.append(class_names.mended(class_.parallel, class_.letter, since))


def _plant_pairs(plan: Plan) -> None:
    chance = Chance(plan.request.seed, "pairs")
    public = [school for school in plan.schools if not school.is_private and school.merged_night is None]
    count = plan.request.pupils // 1500 if plan.request.pupils >= 1500 else int(plan.request.pupils >= 150)
    for number in range(count):
        kind = ("same_snils", "same_person", "namesake")[number % 3]
        mended = chance.between(1, 4) if chance.u() < 0.4 and kind != "namesake" else None
        for _ in range(50):
            one, two = chance.pick(public), chance.pick(public)
            sides = _same_parallel(chance, one, two)
            if one is not two and sides and not any(side in plan.pairs for side in sides):
                pair = Pair(number, kind, mended)
                plan.pairs[sides[0]] = (pair, 0, sides[1])
                plan.pairs[sides[1]] = (pair, 1, sides[0])
                break


def _same_parallel(
    chance: Chance, one: School, two: School
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """A pupil of each school, both in an ordinary class of one parallel with readable names."""
    first = [c for c in one.classes if c.size and c.names[0].status == "f" and not c.is_adapted]
    if not first:
        return None
    class_ = chance.pick(first)
    second = [
        c
        for c in two.classes
        if c.size and c.parallel == class_.parallel and c.names[0].status == "f" and not c.is_adapted
    ]
    if not second:
        return None
    other = chance.pick(second)
    return (
        (one.index, class_.first_local + chance.between(0, class_.size - 1)),
        (two.index, other.first_local + chance.between(0, other.size - 1)),
    )


def _plant_unplaceable(plan: Plan) -> None:
    chance = Chance(plan.request.seed, "plants")
    pupils = plan.request.pupils
    public = [school for school in plan.schools if not school.is_private]
    for kind, breaks_reference in PLANTS:
        count = min(6, pupils // FOREIGN_KEY_FLOOR) if breaks_reference else min(6, max(1, pupils // 4000))
        for _ in range(count):
            school = chance.pick(public)
            where = (school.index, chance.between(0, school.pupils - 1))
            if where not in plan.pairs and pupils >= 100:
                plan.plants[where] = kind
