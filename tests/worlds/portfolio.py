"""Portfolio, recommendations and plans of pupils, and their accounts at the resources of the world."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tests.worlds import pools
from tests.worlds.chance import ONE_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.worlds.people import Pupil
    from tests.worlds.world import Row, World


def add_trajectory(world: World, pupil: Pupil) -> None:
    """What 4.2 asks of a pupil: mostly all of it, with one day or one condition that may undo it."""
    chance = world.chance
    bases = [_add_basis(world, pupil) for _ in range(chance.one((1, 1, 2)))]
    bases += [None] if chance.often(0.1) else []
    for _ in range(chance.one((0, 1, 1, 2, 3))):
        basis = chance.one(bases)
        if chance.often(0.08):
            others = [row["source_id"] for row in world.rows["legal_basis"]]
            basis = chance.one(others)
        _add_item(world, pupil, basis)
    for _ in range(chance.one((0, 1, 1, 2))):
        _add_recommendation(world, pupil)
    for _ in range(chance.one((0, 1, 1, 1, 2))):
        role = chance.one(pools.ROLES if chance.often(0.8) else pools.ODD_ROLES)
        starts, ends = chance.period()
        _add(world, pupil, "individual_plan", formed_by_role=role, valid_from=starts, valid_to=ends)


def _add(world: World, pupil: Pupil, entity: str, **columns: str | None) -> str:
    return world.add(entity, pupil.home.school, student_id=pupil.name, **columns)


def _add_basis(world: World, pupil: Pupil) -> str:
    starts, ends = world.chance.period()
    return _add(world, pupil, "legal_basis", kind="consent", valid_from=starts, valid_to=ends)


def _add_item(world: World, pupil: Pupil, basis: str | None) -> None:
    """An item that counts, or fails one of the tests, or the first of several."""
    chance = world.chance
    added = chance.past()
    row: Row = {
        "category_code": chance.one(pools.CATEGORIES),
        "level_code": "school",
        "result_code": "winner",
        "event_date": added if chance.often(0.4) else str(_day(added) - ONE_DAY * chance.number(1, 90)),
        "added_at": chance.instant(day=added),
        "added_by_role": "teacher",
        "file_count": chance.one(("1", "3")),
        "has_registry_link": chance.one(("false", None, "true")),
        "legal_basis_id": basis,
        "deleted_at": None,
    }
    for _ in range(chance.one((0, 0, 1, 1, 2))):
        row |= chance.one(
            (
                {"deleted_at": chance.instant()},
                {"category_code": chance.one(pools.ODD_CATEGORIES)},
                {"file_count": chance.one(("0", None, "", "-1", "x"))},
                {"event_date": chance.one((chance.day(), str(_day(added) + ONE_DAY)))},
                {"added_at": chance.instant()},
                {"legal_basis_id": None},
            )
        )
    _add(world, pupil, "portfolio_item", **row)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _add_recommendation(world: World, pupil: Pupil) -> None:
    """Offered at an edge of the window or within it; perhaps withdrawn or read at an edge of the night."""
    chance = world.chance
    offered = chance.instant(day=chance.one((chance.this_year(), None, chance.past(most=20))))
    withdrawn = chance.instant() if chance.often(0.2) else None
    read = chance.instant() if chance.often(0.4) else None
    _add(
        world, pupil, "recommendation", origin=chance.one(("automatic", "teacher", "Teacher ", None)),
        offered_at=offered, acknowledged_at=read, withdrawn_at=withdrawn,
    )  # fmt: skip


def add_resources(world: World) -> list[str]:
    """Resources of several platforms, with all of the evidence, some of it, or evidence that has just ended."""
    chance = world.chance
    resources = []
    for number in range(chance.number(2, 4)):
        platform = "SkySmart" if number == 0 else chance.one(pools.PLATFORMS)
        resource = world.add("content_resource", name=f"Ресурс {number}", platform=platform)
        for order in ("543", "544", "545", *chance.one(((), ("543",), ("546",)))):
            _add_evidence(world, resource, order)
        resources.append(resource)
    return resources


def _add_evidence(world: World, resource: str, order: str) -> None:
    chance = world.chance
    row: Row = {
        "order_no": order,
        "evidence_no": "ЭК-1",
        "valid_from": chance.past(),
        "valid_to": chance.to_come(),
    }
    if chance.often(0.12):
        starts, ends = chance.period()
        row |= chance.one(
            (
                {"order_no": chance.one((f" {order}", "546", None, "5430"))},
                {"evidence_no": chance.one((None, "", " \u00a0", "0"))},
                {"valid_from": starts, "valid_to": ends},
            )
        )
    world.add("content_verification", resource_id=resource, **row)


def add_grants(
    world: World, entity: str, holder: str, person: str, org: str, resources: Sequence[str]
) -> None:
    """Accounts of a pupil or a member of staff: free and working, or failing one of the tests by a day."""
    chance = world.chance
    for _ in range(chance.one((0, 1, 1, 2))):
        row: Row = {
            "is_free": "true", "granted_on": chance.past(), "linked_on": chance.past(), "blocked_on": None,
            "revoked_on": None, "last_used_on": chance.one((None, chance.day(), chance.day(), chance.past(most=40))),
        }  # fmt: skip
        if chance.often(0.4):
            row |= chance.one(
                (
                    {"is_free": chance.one(("false", None, "да"))},
                    {"granted_on": chance.day()},
                    {"linked_on": chance.day()},
                    {"blocked_on": chance.day()},
                    {"revoked_on": chance.day()},
                )
            )
        world.add(entity, org, resource_id=chance.one(resources), **{holder: person}, **row)
