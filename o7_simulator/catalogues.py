"""The only reader of the contract and of the seed catalogues; everything else gets values parsed here."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import yaml

from o7_simulator.errors import RequestError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an entity with its contract type; an identity names a row, its own or another one."""

    name: str
    type: str
    title: str = ""
    is_identity: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """What О7 delivers: entities with their columns in contract order."""

    name: str
    version: str
    export_schema: str
    view_prefix: str
    delivery_view: str
    entities: dict[str, tuple[Column, ...]]


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """The official reading of indicator 4.1 as positions in the string of 51 statuses."""

    positions: tuple[int, ...]
    needs_contact_group: bool


@dataclass(frozen=True, slots=True)
class StaffPositions:
    """Codes of positions: teacher, director and deputy by name, the pedagogical and the other ones."""

    teacher: str
    director: str
    deputy: str
    pedagogical: tuple[str, ...]
    other: tuple[str, ...]


def read_contract() -> Contract:
    """The contract of the project, columns as `source_id, modified_at, [org_id], …` (contracts/o7.yml)."""
    text = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text("utf-8"))
    titles, entities = text["titles"], {}
    for entity, body in text["entities"].items():
        owner = (
            {"org_id": {"type": "text", "parent": "organization"}} if body.get("owner") == "org_id" else {}
        )
        columns = text["common"] | owner | body["columns"]
        entities[entity] = tuple(
            Column(name, column["type"], titles[name], "key" in column or "parent" in column)
            for name, column in columns.items()
        )
    views = text["views"]
    return Contract(
        text["contract"], text["version"], views["schema"], views["prefix"], views["delivery"], entities
    )


def municipality_names() -> dict[str, str]:
    """Name of each municipality by its 8-digit ОКТМО (seed municipalities)."""
    return {row["oktmo"]: row["name"] for row in _seed("municipalities") if len(row["oktmo"]) == 8}


def status_names() -> dict[str, str]:
    """Name of each status by its letter (seed leaf_statuses)."""
    return {row["letter"]: row["status"] for row in _seed("leaf_statuses")}


def leaf_codes() -> tuple[str, ...]:
    """The 51 leaf codes in order (seed profile_fields)."""
    return tuple(
        row["leaf_code"] for row in sorted(_seed("profile_fields"), key=lambda row: int(row["ordinal"]))
    )


def official_rule() -> ProfileRule:
    """The official profile rule (seeds profile_rules and profile_fields)."""
    rule = next(row for row in _seed("profile_rules") if row["is_official"] == "true")
    classes, extra = rule["req_classes"].split("|"), rule["extra_leaves"].split("|")
    classes_by_leaf = {row["leaf_code"]: row["req_class"] for row in _seed("profile_fields")}
    positions = tuple(
        position
        for position, leaf in enumerate(leaf_codes())
        if classes_by_leaf[leaf] in classes or leaf in extra
    )
    return ProfileRule(positions, rule["needs_contact_group"] == "true")


def staff_positions() -> StaffPositions:
    """The nomenclature of positions (seed staff_positions)."""
    rows = _seed("staff_positions")
    by_name = {row["name"].strip().lower(): row["code"] for row in rows}
    pedagogical = tuple(row["code"] for row in rows if row["is_pedagogical"] == "true")
    director, deputy = by_name["директор"], by_name["заместитель директора"]
    other = tuple(
        row["code"]
        for row in rows
        if row["is_pedagogical"] == "false" and row["code"] not in (director, deputy)
    )
    return StaffPositions(by_name["учитель"], director, deputy, pedagogical, other)


def _seed(name: str) -> list[dict[str, str]]:
    path = ROOT / "dbt_project" / "seeds" / f"{name}.csv"
    if not path.exists():
        raise RequestError(
            f"The catalogue dbt_project/seeds/{name}.csv is not there; without it names and codes would be "
            f"guessed. Run the simulator from a whole copy of the project."
        )
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
