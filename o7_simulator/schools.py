"""Schools and classes of the republic: who, how large, how well they keep their data (domain §4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from o7_simulator import class_names, geography
from o7_simulator.geography import STATE, STATE_SEATS, UNITS, Mix, Unit
from o7_simulator.randomness import Chance, shares

if TYPE_CHECKING:
    from o7_simulator.rates import Profile

LOCAL_IDS = 4096
"""Ordinals reserved for the people of one school; the largest school has 1 700 pupils."""
LARGEST_SCHOOL = 1700

_PARALLEL_SHARES = [0.435 / 4] * 4 + [0.485 / 5] * 5 + [0.080 / 2] * 2


@dataclass(slots=True, eq=False)
class Class:
    """A class of this school year; `parallel` is the intended one, whatever the name typed says."""

    id: str
    school: School
    parallel: int
    letter: str
    is_adapted: bool
    names: list[class_names.ClassName]
    """The name from night k on: `(from night, raw, status, label)`, oldest first."""
    first_local: int
    size: int
    opened: int = 0
    """Number of the night on which the class appeared."""

    def name_at(self, k: int) -> class_names.ClassName:
        """The name as typed on night k."""
        return next(name for name in reversed(self.names) if name.since <= k)

    def known_parallel(self, k: int) -> int | None:
        """The parallel that the name tells on night k; none when the name cannot be read."""
        return self.parallel if self.name_at(k).status == "f" else None

    @property
    def previous_id(self) -> str | None:
        """The class of last year that became this one."""
        return f"{self.id}p" if self.parallel >= 2 else None


@dataclass(slots=True, eq=False)
class School:
    """A school with its plan of classes; pupils are made from it by `pupils`."""

    index: int
    id: str
    name: str
    unit: str
    municipality: str | None
    founder_code: str
    is_private: bool
    org_type: str
    status: str
    is_urban: bool
    locality: str
    factor: float
    languages: Mix
    period_scheme: str
    pupils: int
    classes: list[Class] = field(default_factory=list)
    merged_night: int | None = None
    renamed: tuple[int, str] | None = None
    """Number of the night on which it gets another name, and that name."""
    successors: dict[str, Class] = field(default_factory=dict)
    """Class of another school that took each class of this one over, by class id."""

    @property
    def in_indicators(self) -> bool:
        """Public general education: its pupils and staff are counted."""
        return not self.is_private

    def name_at(self, k: int) -> str:
        """The name on night k."""
        return self.renamed[1] if self.renamed is not None and k >= self.renamed[0] else self.name

    def status_at(self, k: int) -> str:
        """Status code on night k; a merged school is 9."""
        return "9" if self.merged_night is not None and k >= self.merged_night else self.status


def build_schools(*, pupils: int, seed: int, prefix: str, profile: Profile) -> list[School]:
    """All schools, units in fixed order, private ones last."""
    result: list[School] = []
    for unit, unit_pupils in zip(UNITS, shares(pupils, geography.unit_weights(), least=1), strict=True):
        chance = Chance(seed, "unit", unit.code)
        count = min(_school_count(unit.schools, pupils), unit_pupils)
        for number, size in enumerate(_sizes(chance, unit_pupils, count), start=1):
            result.append(_school(chance, unit, len(result), prefix, number=number, size=size))
    chance = Chance(seed, "private")
    for number in range(1, geography.PRIVATE_SCHOOLS + 1):
        size = max(2, round(pupils * 0.0006))
        result.append(_private_school(chance, len(result), prefix, number=number, size=size))
    for school in result:
        _add_classes(Chance(seed, "classes", school.index), school, profile)
    _spoil_statuses(result)
    return result


def _school_count(full: int, pupils: int) -> int:
    ratio = pupils / geography.REPUBLIC_PUPILS
    return max(1, round(full * (ratio if ratio >= 1 else ratio**0.5)))


def _sizes(chance: Chance, total: int, count: int) -> list[int]:
    """Log-normal sizes that add up, none above `LARGEST_SCHOOL` and, where there is room, none below 30."""
    least = min(30, max(1, total // (3 * count)))
    weights = [chance.spread(0.65) for _ in range(count)]
    sizes = shares(total, weights, least=least)
    while max(sizes) > LARGEST_SCHOOL:
        excess = sum(max(0, size - LARGEST_SCHOOL) for size in sizes)
        room = [max(0, LARGEST_SCHOOL - size) * weight for size, weight in zip(sizes, weights, strict=True)]
        extra = shares(excess, room)
        sizes = [min(size, LARGEST_SCHOOL) + more for size, more in zip(sizes, extra, strict=True)]
    return sizes


def _school(chance: Chance, unit: Unit, index: int, prefix: str, *, number: int, size: int) -> School:
    is_state = unit.code == STATE
    is_urban = chance.u() < unit.urban
    is_mountain = chance.u() < unit.mountain
    factor = unit.fault_factor * chance.spread(0.35) * (1.6 if is_mountain else 1.0)
    locality = unit.towns[0] if is_urban else unit.villages[(number - 1) % len(unit.villages)]
    return School(
        index=index,
        id=f"{prefix}{1001 + index}",
        name=_name(unit, locality, number, is_urban=is_urban),
        unit=unit.code,
        municipality=_seat(number) if is_state else unit.code,
        founder_code="2" if is_state else "3",
        is_private=False,
        org_type="1308" if is_state and number % 4 == 2 else "12",
        status="1",
        is_urban=is_urban,
        locality=locality,
        factor=factor,
        languages=unit.languages,
        period_scheme=chance.weighted((("mixed", 0.85), ("quarters", 0.10), ("trimesters", 0.05))),
        pupils=size,
    )


def _seat(number: int) -> str | None:
    """Municipality where a state organisation stands; О7 leaves it out for one in five."""
    return None if number % 5 == 0 else STATE_SEATS[(number - 1) % len(STATE_SEATS)]


def _private_school(chance: Chance, index: int, prefix: str, *, number: int, size: int) -> School:
    seat = UNITS[0]
    return School(
        index=index,
        id=f"{prefix}{1001 + index}",
        name=f"АНОО «Частная школа № {number}» г.о. Нальчик",
        unit=seat.code,
        municipality=seat.code,
        founder_code="5",
        is_private=True,
        org_type="12",
        status="1",
        is_urban=True,
        locality=seat.towns[0],
        factor=chance.spread(0.2),
        languages=seat.languages,
        period_scheme="quarters",
        pupils=size,
    )


def _name(unit: Unit, locality: str, number: int, *, is_urban: bool) -> str:
    if unit.code == STATE:
        kind = ("Школа-интернат", "Коррекционная школа-интернат", "Лицей", "Кадетская школа")[
            (number - 1) % 4
        ]
        return f"ГКОУ «{kind} № {number}» Минпросвещения КБР"
    if is_urban:
        kind = "Гимназия" if number % 7 == 3 else "Лицей" if number % 11 == 5 else "СОШ"
        return f"МКОУ «{kind} № {number}» г. {locality}"
    return f"МКОУ «СОШ № {number} с.п. {locality}»"


def _add_classes(chance: Chance, school: School, profile: Profile) -> None:
    weights = list(_PARALLEL_SHARES)
    if school.pupils < 120 and not school.is_urban and chance.u() < 0.6:
        weights[9] = weights[10] = 0.0
    largest = 28 if school.is_urban else 22
    local = 0
    for parallel, pupils in enumerate(shares(school.pupils, weights), start=1):
        count = -(-pupils // largest)
        for number, size in enumerate(shares(pupils, [1.0] * count) if count else [], start=1):
            adapted = class_names.adapted_parallel(chance, school.pupils, parallel, number, profile)
            intended = parallel if adapted is None else adapted
            letter = class_names.letter(number, count, is_urban=school.is_urban)
            name = class_names.first_name(
                chance, intended, letter, adapted=adapted is not None, profile=profile
            )
            class_id = f"{school.id}-{len(school.classes) + 1:03d}"
            school.classes.append(
                Class(class_id, school, intended, letter, adapted is not None, [name], local, size)
            )
            local += size


def _spoil_statuses(schools: list[School]) -> None:
    """A large republic has a school under capital repair that goes on teaching (status 2)."""
    public = [school for school in schools if not school.is_private]
    if len(public) >= 100:
        public[17].status = "2"
