"""Puts worlds together into one delivery: a drop folder with a CSV per entity and its manifest."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import yaml

from tests.oracle.drop import ROOT
from tests.worlds.card import add_card
from tests.worlds.people import add_pupil, add_twins
from tests.worlds.portfolio import add_grants, add_resources, add_trajectory
from tests.worlds.quarantine import spoil
from tests.worlds.schools import MUNICIPALITIES, add_schools, add_shared_rows
from tests.worlds.sections import add_sections
from tests.worlds.staff import add_staff
from tests.worlds.world import ABSENT, Rows, World

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text(encoding="utf-8"))
# A world of good and odd pupils enough that no entity of a delivery is empty, whatever is left of the others.
ANCHOR = 1_000_000
ANCHOR_PUPILS = 12


def throw(number: int, night: dt.date) -> World:
    """The world of a number; the same whenever it is thrown."""
    world = World(number, night)
    chance = world.chance
    classes = add_schools(world, MUNICIPALITIES[number % len(MUNICIPALITIES)])
    resources = add_resources(world)
    pupils = ANCHOR_PUPILS if number == ANCHOR else chance.number(30, 70)
    for place in range(pupils):
        pupil = add_pupil(world, place, classes)
        add_card(world, pupil)
        add_sections(world, pupil)
        add_trajectory(world, pupil)
        add_grants(world, "access_grant_student", "student_id", pupil.name, pupil.home.school, resources)
    add_twins(world)
    add_staff(world, resources)
    if number != ANCHOR:
        spoil(world, number, _parents())
    return world


def _parents() -> dict[str, dict[str, str]]:
    """Entity -> column that points to another row -> entity it points to."""
    found: dict[str, dict[str, str]] = {}
    for entity, promise in CONTRACT["entities"].items():
        links = {name: column["parent"] for name, column in promise["columns"].items() if "parent" in column}
        links |= promise.get("parents", {})
        if promise.get("owner") == "org_id":
            links["org_id"] = "organization"
        found[entity] = links
    return found


def deliver(folder: Path, night: dt.date, worlds: Iterable[Rows]) -> None:
    """Write the worlds, what they share, and the anchor as the delivery of the night."""
    shared = World("shared", night)
    add_shared_rows(shared)
    rows: Rows = defaultdict(list)
    for world in (shared.rows, throw(ANCHOR, night).rows, *worlds):
        for entity, given in world.items():
            rows[entity] += given
    absent = ABSENT.get(night, frozenset())
    folder.mkdir(parents=True)
    files = [
        _write(folder, entity, rows[entity], absent)
        for entity in CONTRACT["entities"]
        if entity not in absent
    ]
    manifest = {
        "contract": CONTRACT["contract"],
        "contract_version": CONTRACT["version"],
        "night": str(night),
        "snapshot_at": f"{night + dt.timedelta(days=1)}T01:00:00+03:00",
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _write(folder: Path, entity: str, rows: list[dict[str, Any]], absent: frozenset[str]) -> dict[str, Any]:
    columns = [name for name in columns_of(entity) if f"{entity}.{name}" not in absent]
    lines = [";".join(columns), *(";".join(_cell(row.get(name)) for name in columns) for row in rows)]
    content = ("\n".join(lines) + "\n").encode()
    (folder / f"{entity}.csv").write_bytes(content)
    return {
        "entity": entity, "file": f"{entity}.csv", "rows": len(rows), "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def columns_of(entity: str) -> list[str]:
    """The columns of an entity, as the contract orders them."""
    promise = CONTRACT["entities"][entity]
    owner = ["org_id"] if promise.get("owner") == "org_id" else []
    return [*CONTRACT["common"], *owner, *promise["columns"]]


def _cell(value: str | None) -> str:
    """Null is nothing at all; every text is quoted, the empty one too."""
    return "" if value is None else '"' + value.replace('"', '""') + '"'
