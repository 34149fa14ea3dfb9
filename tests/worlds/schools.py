"""Schools of every kind, their classes and grading periods, and what is said to whole classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.worlds import pools
from tests.worlds.chance import ONE_DAY

if TYPE_CHECKING:
    import datetime as dt

    from tests.worlds.world import World

MUNICIPALITIES = (
    "83701000", "83703000", "83710000", "83610000", "83615000", "83618000", "83620000", "83625000", "83635000",
    "83640000", "83645000", "83630000", "83648000",
)  # fmt: skip
SETTLEMENTS = ("urban", "rural", "Urban ", "", None, "посёлок")
FIRST_YEAR, YEARS = 2023, 4


@dataclass(frozen=True)
class Class:
    """A class as its pupils need to know it."""

    class_id: str
    school: str
    parallel: int  # as meant, whatever its name says


def add_shared_rows(world: World) -> None:
    """What belongs to no school: municipalities and school years."""
    for oktmo in MUNICIPALITIES:
        world.add("municipality_ref", source_id=oktmo, name=f"муниципалитет {oktmo}")
    for year in range(FIRST_YEAR, FIRST_YEAR + YEARS):
        starts, ends = f"{year}-09-01", f"{year + 1}-08-31"
        world.add("academic_year", source_id=str(year), starts_on=starts, ends_on=ends)


def add_schools(world: World, home: str) -> list[Class]:
    """A good school in the municipality ``home`` and up to three others of any kind; returns their classes."""
    chance = world.chance
    schools = [add_school(world, home, is_odd=False)]
    schools += [add_school(world, home, is_odd=chance.often(0.7)) for _ in range(chance.number(1, 3))]
    for school in schools:
        add_periods(world, school)
    if chance.often(0.3):
        kind, happened = chance.one(("merge", "split", "move", "rename")), chance.day()
        target = chance.one((schools[0], None))
        world.add(
            "organization_event", kind=kind, from_org_id=schools[-1], to_org_id=target, happened_on=happened
        )
    return [one for school in schools for one in add_classes(world, school)]


def add_school(world: World, home: str, *, is_odd: bool) -> str:
    """One school: public and general, or odd in one of the ways that decide whether and where it is counted."""
    chance = world.chance
    row: dict[str, str | None] = {
        "name": f"МКОУ «СОШ {world.name}-{len(world.rows['organization'])}»",
        "municipality_oktmo": home,
        "org_type_code": chance.one(("12", "12", "12", "13", "1301", "1312", " 12")),
        "org_status_code": chance.one(("1", "1", "1", "7", "9", "2", None, " 1")),
        "founder_code": "3",
        "is_private": "false",
        "settlement_kind": chance.one(SETTLEMENTS),
    }
    if is_odd:
        row |= chance.one(
            (
                {"founder_code": "2", "municipality_oktmo": None},
                {"founder_code": "2"},
                {"founder_code": " 2 "},
                {"founder_code": chance.one((None, "9", "", "3 "))},
                {"is_private": "true"},
                {"is_private": chance.one((None, "", "да"))},
                {"org_type_code": chance.one(("11", "1399", "1313", None, "", "21", "130", "120"))},
                {"municipality_oktmo": chance.one(MUNICIPALITIES)},
            )
        )
    return world.add("organization", **row)


def add_periods(world: World, school: str) -> None:
    """Grading periods whose first one ends about the night, with every fault that a period can have."""
    chance = world.chance
    year = chance.year_starts
    for first, last in chance.one(
        (((0, 9), (10, 12)), ((1, 9), (10, 11)), ((1, 12),), ((2, 8), (5, 11)), ())
    ):
        ends = chance.one(
            (*(world.night + ONE_DAY * edge for edge in (-1, 0, 1)), world.night + 30 * ONE_DAY)
        )
        _add_period(world, school, (first, last), str(year), str(ends))
        if chance.often(0.7):
            _add_period(world, school, (first, last), str(ends + ONE_DAY), str(ends + 60 * ONE_DAY))
        if chance.often(0.2):
            starts = chance.one((str(year), None, str(world.night)))
            _add_period(world, school, (first, last), starts, chance.day())
    if chance.often(0.3):
        _add_period(world, school, (1, 11), str(year), str(world.night + 9 * ONE_DAY), year=year.year - 1)
    if chance.often(0.1):
        world.add(
            "grading_period", school, academic_year_id=str(year.year),
            parallel_from=chance.one((None, "1", "пять")), parallel_to=chance.one((None, "4", "")),
            starts_on=str(year), ends_on=str(world.night),
        )  # fmt: skip


def _add_period(
    world: World, school: str, parallels: tuple[int, int], starts: str | None, ends: str | None,
    *, year: int | None = None,
) -> None:  # fmt: skip
    world.add(
        "grading_period", school, academic_year_id=str(year or world.chance.year_starts.year),
        parallel_from=str(parallels[0]), parallel_to=str(parallels[1]), starts_on=starts, ends_on=ends,
    )  # fmt: skip


def add_classes(world: World, school: str) -> list[Class]:
    """A few classes of all parallels, some adapted, some with a name that tells nothing."""
    chance = world.chance
    classes = []
    for parallel in chance.some(range(13), 2, 4):
        is_adapted = chance.one(("true", "false", "false", None)) if 0 < parallel < 12 else "true"
        name = chance.one(("1 доп.", "1 доп", "1-ДОП.")) if parallel == 0 else chance.one(pools.CLASS_NAMES)
        if chance.often(0.15):
            name, is_adapted = chance.one(pools.ODD_CLASS_NAMES), chance.one(("true", "false", None))
        year = str(chance.year_starts.year - chance.often(0.05))
        key = world.add(
            "class", school, academic_year_id=year, is_adapted=is_adapted,
            name=None if name is None else name.format(parallel),
        )  # fmt: skip
        classes.append(Class(key, school, parallel))
        _recommend(world, school, key)
    return classes


def _recommend(world: World, school: str, class_id: str) -> None:
    chance = world.chance
    for _ in range(chance.one((0, 0, 1, 2))):
        offered = chance.instant(day=chance.one((chance.this_year(), None)))
        world.add("class_recommendation", school, class_id=class_id, origin="teacher", offered_at=offered)


def birthday(parallel: int, year_starts: dt.date, age: int) -> dt.date:
    """The day on which somebody in the parallel turns so many years older than the parallel, at 1 September."""
    return year_starts.replace(year=year_starts.year - parallel - age)
