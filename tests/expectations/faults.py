"""Planted faults that one row of the registry cannot hold, and a world in which every fault stands at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from o7_warehouse.contract import read_contract
from o7_warehouse.rules import TYPED, UNREAD
from tests.expectations.world import Rows, clean_world, with_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from o7_warehouse.contract import Entity
    from o7_warehouse.rules import Rule

# Rules whose fault takes more rows than one: the entity that gets the rows, the rows, and who is to be blamed.
MORE_ROWS: dict[str, tuple[str, list[dict[str, Any]], set[str]]] = {
    "student.single_enrollment": (
        "enrollment_event",
        [{"source_id": "e9", "org_id": "o1", "student_id": "p1", "class_id": "c2", "order_no": "13",
          "order_date": "2025-09-05", "starts_on": "2025-09-01"}],
        {"p1"},
    ),
    "enrollment_event.no_overlap": (
        "enrollment_event",
        [{"source_id": "e9", "org_id": "o1", "student_id": "p1", "class_id": "c2", "order_no": "13",
          "order_date": "2025-10-05", "starts_on": "2025-10-06"}],
        {"e1"},
    ),
    "enrollment_event.no_gap": (
        "enrollment_event",
        [{"source_id": "e0", "org_id": "o1", "student_id": "p1", "class_id": "c2", "order_no": "9",
          "order_date": "2024-09-05", "starts_on": "2024-09-01", "left_on": "2025-05-31"}],
        {"e0"},
    ),
    "contact.email_of_one_family": (
        "contact",
        [{"source_id": f"k{number}", "org_id": "o1", "student_id": f"p{number}", "kind": "email",
          "value": "Family@example.ru"} for number in range(10, 16)],
        {"k2", *(f"k{number}" for number in range(10, 16))},
    ),
    "address.not_the_school": (
        "address",
        [{"source_id": f"a{number}", "org_id": "o1", "student_id": f"p{number}", "kind": "permanent",
          "locality": "нальчик", "street": "Ленина ", "house": "11"} for number in range(10, 41)],
        {"a1", *(f"a{number}" for number in range(10, 41))},
    ),
    "address.same_needs_registration": (
        "address",
        [{"source_id": "a9", "org_id": "o1", "student_id": "p2", "kind": "actual", "same_as_registration": "true"}],
        {"a9"},
    ),
    "person.certificate_from_tenth": (
        "enrollment_event",
        [{"source_id": "e9", "org_id": "o1", "student_id": "p2", "class_id": "c3", "order_no": "13",
          "order_date": "2025-09-05", "starts_on": "2025-09-01"}],
        {"p2"},
    ),
    "organization.native_language_is_asked": (
        "person",
        [{"source_id": f"p{number}", "org_id": "o3", "native_language": "русский"} for number in range(10, 35)],
        {"o3"},
    ),
}  # fmt: skip


def every_fault(rules: Iterable[Rule]) -> Rows:
    """For each rule the clean world again with its fault planted, under identities of its own."""
    rows: Rows = defaultdict(list)
    for rule in rules:
        world = clean_world()
        if rule.rule_id in MORE_ROWS:
            entity, more, _ = MORE_ROWS[rule.rule_id]
            world[entity] = [*world[entity], *more]
        elif isinstance(rule.fault, str):
            continue  # its fault is among those of any entity
        else:
            world[rule.entity], _ = with_fault(world[rule.entity], rule)
        for entity, named in renamed(world, rule.rule_id).items():
            rows[entity] += named
    for entity in read_contract().entities:
        rows[entity.name] += _faults_of_any_entity(entity)
    return rows


def renamed(world: Rows, suffix: str) -> Rows:
    """The same world with other identities, its links intact."""
    identities = {row["source_id"] for rows in world.values() for row in rows}
    linking = {
        entity.name: {"source_id", *entity.parents, *([entity.owner] if entity.owner else [])}
        for entity in read_contract().entities
    }
    return {
        entity: [
            {
                column: f"{value}/{suffix}" if column in linking[entity] and value in identities else value
                for column, value in row.items()
            }
            for row in rows
        ]
        for entity, rows in world.items()
    }


def _faults_of_any_entity(entity: Entity) -> Iterator[dict[str, Any]]:
    yield {"source_id": ""}
    yield {"source_id": "twice"}
    yield {"source_id": "twice"}
    for column in entity.parents:
        yield {"source_id": f"orphan by {column}"} | ({} if column == "source_id" else {column: "nobody"})
    for column in entity.columns:
        if column.type in TYPED and column.name != UNREAD:
            yield {"source_id": f"unreadable {column.name}", column.name: "слово"}
