"""Staff with one job or several, at one school or at more, and with every kind of workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.worlds import pools
from tests.worlds.portfolio import add_grants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.worlds.world import World

KINDS = ("main", "main", "internal", "external", "Main ", "internal", None, "other")


def add_staff(world: World, resources: Sequence[str]) -> None:
    """A dozen people, most of them teachers with one job, the others with the jobs that decide who is counted where."""
    chance = world.chance
    schools = [row["source_id"] for row in world.rows["organization"]]
    for _ in range(chance.number(6, 12)):
        school = chance.one((schools[0], schools[0], *schools))
        hired, left = (chance.past(), chance.to_come()) if chance.often(0.85) else chance.period()
        person = world.add("staff_person", school, employed_from=hired, employed_to=left)
        if chance.often(0.6):
            _add_job(world, person, school, kinds=("main",), is_plain=True)
        else:
            for _ in range(chance.number(1, 3)):
                kinds = chance.some(KINDS, 1, 2)
                _add_job(world, person, chance.one((school, chance.one(schools))), kinds, is_plain=False)
        add_grants(world, "access_grant_staff", "staff_id", person, school, resources)


def _add_job(world: World, person: str, school: str, kinds: Sequence[str | None], *, is_plain: bool) -> None:
    chance = world.chance
    starts, ends = (chance.past(), chance.to_come()) if is_plain or chance.often(0.5) else chance.period()
    codes = pools.POSITIONS if is_plain or chance.often(0.6) else pools.ODD_POSITIONS
    position = world.add(
        "staff_position",
        school,
        staff_id=person,
        position_code=chance.one(codes),
        starts_on=starts,
        ends_on=ends,
    )
    for kind in kinds:
        # A workload that names a position of somebody else is nobody's job.
        holder = person
        if not is_plain and chance.often(0.05):
            holder = world.rows["staff_person"][0]["source_id"]
        world.add("staff_workload", school, staff_id=holder, position_id=position, kind=kind)
