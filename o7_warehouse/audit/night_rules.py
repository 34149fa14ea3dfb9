"""The rules of a past night as the audit has kept them: what they demanded, and what they stood on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.contract import Column, Contract, Entity
from o7_warehouse.rules import EntityRules, Helper, Rule, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

_PREDICATES: Final = """
    select told.rule_id, told.rule_version, told.entity, told.columns, told.predicate
    from (
        select distinct on (words.rule_id) words.*
        from audit.run as own
        cross join audit.rule_predicate as words
        inner join audit.run as teller on words.run_id = teller.run_id and teller.run_no <= own.run_no
        where own.run_id = %(run_id)s
        order by words.rule_id, teller.run_no desc
    ) as told
    where told.predicate <> ''
    order by told.rule_id
"""
_GROUNDS: Final = """
    select distinct on (ground.kind, ground.name) ground.kind, ground.name, ground.digest, ground.definition
    from audit.run as own
    cross join audit.rule_ground as ground
    inner join audit.run as teller on ground.run_id = teller.run_id and teller.run_no <= own.run_no
    where own.run_id = %(run_id)s
    order by ground.kind, ground.name, teller.run_no desc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRules:
    """The rules of a run; ``digests``: (kind, name) -> SHA-256 of the functions and catalogues they stood on."""

    contract: Contract
    registry: list[EntityRules]
    digests: dict[tuple[str, str], str]


def read_night_rules(cursor: Cursor, run_id: str, today: Contract) -> NightRules:
    """What the audit keeps of the rules of a run. ``today`` gives what no rule depends on: names and transports."""
    cursor.execute(_GROUNDS, {"run_id": run_id})
    digests, entities, helpers = {}, {}, defaultdict(list)
    for kind, name, digest, definition in cursor.fetchall():
        if not digest:
            continue
        if kind == "entity":
            entities[name] = _entity(name, definition)
        elif kind == "helper":
            entity, _, own = name.partition(".")
            helpers[entity].append(_helper(own, definition))
        else:
            digests[kind, name] = digest
    cursor.execute(_PREDICATES, {"run_id": run_id})
    rules: dict[str, list[Rule]] = defaultdict(list)
    for row in cursor.fetchall():
        rules[row[2]].append(_rule(*row))
    contract = Contract(
        name=today.name, version=today.version, time_zone=today.time_zone, view_schema=today.view_schema,
        view_prefix=today.view_prefix, delivery_view=today.delivery_view, entities=tuple(entities.values()),
    )  # fmt: skip
    return NightRules(
        contract=contract,
        registry=[_group(entity, rules[entity.name], helpers[entity.name]) for entity in contract.entities],
        digests=digests,
    )


def _group(entity: Entity, rules: Sequence[Rule], helpers: Iterable[Helper]) -> EntityRules:
    delivered = set(entity.column_names)
    live = [rule for rule in rules if delivered.issuperset(rule.columns)]
    return grouped(entity.name, rules=rules, live=live, helpers=helpers)


def _rule(rule_id: str, version: str, entity: str, columns: Iterable[str], predicate: str) -> Rule:
    # What a rule says to people stands in audit.rule_text; judging a row takes none of it.
    return Rule(
        rule_id=rule_id, version=version, entity=entity, columns=tuple(columns), predicate=predicate,
        severity="", kind="row", text="", remedy="", owner="", legal_basis="", source="", fault="",
    )  # fmt: skip


def _helper(name: str, definition: Mapping[str, Any]) -> Helper:
    return Helper(
        name=name,
        says="",
        joined_on=definition["joined_on"],
        gives=tuple(definition["gives"]),
        select=definition["select"],
    )


def _entity(name: str, definition: Mapping[str, Any]) -> Entity:
    columns = tuple(
        Column(name=column, type=kind, sensitivity="G", parent=parent)
        for column, kind, parent in definition["columns"]
    )
    return Entity(
        name=name, says="", owner=definition["owner"], is_optional=False, may_be_empty=False, columns=columns
    )
