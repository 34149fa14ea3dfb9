"""The examination of a night: which rules look at every row, which at changed rows, and what they find together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from o7_warehouse import gate_memory
from o7_warehouse.gate_pass import examine
from o7_warehouse.gate_relations import make_changed, make_relations
from o7_warehouse.gate_scope import absent_on, evaluable
from o7_warehouse.rule_terms import share_terms
from o7_warehouse.rules import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.gate_memory import Memory
    from o7_warehouse.gate_pass import Examined
    from o7_warehouse.rules import EntityRules, Rule
    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The rules of an entity with their terms: ``every`` looks at every row tonight, ``of_rows`` hang on their row.

    Where every row is examined by every rule, ``every`` holds those as well, behind the ``first`` others.
    """

    every: EntityRules
    of_rows: EntityRules
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a night examines, and what it keeps of an earlier one."""

    contract: Contract
    run: OpenedRun
    memory: Memory
    shares: list[Share]


@dataclass(slots=True)
class Examination:
    """What the set-based pass has found: entity -> its counts, rule -> rows kept, entity -> outcomes kept wrongly."""

    examined: dict[str, Examined] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    differing: dict[str, int] = field(default_factory=dict)


def prepare(
    cursor: Cursor, settings: Settings, contract: Contract, registry: Iterable[EntityRules], run: OpenedRun
) -> Plan:
    """Decide what is kept, and make the relations of the night."""
    absent = absent_on(cursor, run.night)
    groups = list(registry)
    rules = {group.entity: gate_memory.in_order(evaluable(group, absent)) for group in groups}
    memory = gate_memory.recall(cursor, settings, run, rules)
    shares = [_share(group, rules[group.entity], memory) for group in groups]
    make_relations(cursor, contract=contract, registry=[share.every for share in shares], night=run.night)
    if memory.base:
        of_rows = [share.of_rows for share in shares]
        make_changed(cursor, contract=contract, registry=of_rows, night=run.night, since=memory.base)
    return Plan(contract=contract, run=run, memory=memory, shares=shares)


def examine_night(cursor: Cursor, plan: Plan) -> Examination:
    """Evaluate what the plan says, and keep for the next night what it found out about rows.

    Raises psycopg2.Error for everything that is no fault of a rule.
    """
    found = Examination()
    for share in plan.shares:
        _examine_entity(cursor, plan, share, found)
    if found.differing or not all(_is_counted(found, share) for share in plan.shares):
        gate_memory.forget(cursor)
    else:
        gate_memory.remember(cursor, plan.run, plan.memory)
    return found


def says(plan: Plan, found: Examination) -> str:
    """What was examined, in Russian, for the audit."""
    memory = plan.memory
    if memory.since is None:
        return f"Все правила применены ко всем записям: {memory.why}"
    kept = sum(found.kept.values())
    return (
        f"Правила самих записей ({sum(len(share.of_rows.rules) for share in plan.shares)}) применены к изменившимся "
        f"с ночи {memory.since:%d.%m.%Y}, для остальных записей сохранён прежний итог (нарушений: {kept}); прочие "
        f"правила ({sum(share.first for share in plan.shares)}) применены ко всем записям; {memory.why}"
    )


def _share(group: EntityRules, rules: Sequence[Rule], memory: Memory) -> Share:
    of_rows = gate_memory.of_the_rows(rules)
    first = len(rules) - len(of_rows)
    return Share(
        every=_of(group, rules if memory.since is None else rules[:first]),
        of_rows=_of(group, of_rows),
        first=first,
    )


def _of(group: EntityRules, rules: Sequence[Rule]) -> EntityRules:
    return share_terms(grouped(group.entity, rules=rules, live=rules, helpers=group.helpers))


def _examine_entity(cursor: Cursor, plan: Plan, share: Share, found: Examination) -> None:
    entity, night, memory = plan.contract.entity(share.every.entity), plan.run.night, plan.memory
    examined = examine(cursor, entity, share.every.rules, night=night)
    if memory.since is not None:
        examined, kept = gate_memory.go_on(
            cursor, entity, share.of_rows.rules, examined, first=share.first, base=memory.since, night=night
        )
        found.kept |= kept
    else:
        if memory.base is not None:
            differing = gate_memory.differing(
                cursor, entity, share.of_rows.rules, first=share.first, base=memory.base, night=night
            )
            found.differing |= {entity.name: differing} if differing else {}
        gate_memory.keep(cursor, entity, first=share.first)
    found.examined[entity.name] = examined


def _is_counted(found: Examination, share: Share) -> bool:
    counted = found.examined[share.every.entity].counted
    return all(counted[rule.rule_id].rows_failed is not None for rule in share.of_rows.rules)
