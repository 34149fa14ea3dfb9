"""The examination of a night: which rules look at every row, which at touched rows, and what they find together."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from o7_warehouse import gate_memory
from o7_warehouse.gate_before import mark, same_as_before, take_steps
from o7_warehouse.gate_pass import examine
from o7_warehouse.gate_relations import ROLE, begin_tables, make_views, table_steps
from o7_warehouse.gate_scope import absent_on, evaluable
from o7_warehouse.gate_touched import make_touched
from o7_warehouse.rule_terms import share_terms
from o7_warehouse.rules import grouped
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.gate_memory import Memory
    from o7_warehouse.gate_pass import Examined
    from o7_warehouse.rules import EntityRules, Rule
    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings


# The set-based pass and Great Expectations: two connections are at work on a night anyway.
ENGINES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The rules of an entity with their terms: ``every`` looks at every row tonight, what ``lasting`` say is kept.

    Where every row is examined by every rule, ``every`` holds those as well, behind the ``first`` others.
    """

    every: EntityRules
    lasting: EntityRules
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


def prepare(settings: Settings, contract: Contract, registry: Iterable[EntityRules], run: OpenedRun) -> Plan:
    """Decide what is kept, and make the relations of the night.

    Until the last of its transactions they are nobody's: who comes after a run that got no further starts anew.
    """
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        absent = absent_on(cursor, run.night)
        live = [_of(group, evaluable(group, absent)) for group in registry]
        groups = [_of(group, gate_memory.in_order(group, contract.entity(group.entity))) for group in live]
        memory = gate_memory.recall(cursor, settings, contract, run, groups)
        begin_tables(cursor)
        same = _same(cursor, contract, groups, run, memory)
    _at_once(settings, [*table_steps(contract, groups, run.night, same=same), *take_steps(contract, same)])
    shares = [_share(group, contract.entity(group.entity), memory) for group in groups]
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        make_views(cursor, contract=contract, registry=[share.every for share in shares], night=run.night)
        if memory.base:
            seen = [share.lasting for share in shares]
            make_touched(
                cursor, contract=contract, registry=seen, night=run.night, since=memory.base, same=same
            )
        mark(cursor, run.run_id)
    return Plan(contract=contract, run=run, memory=memory, shares=shares)


def _same(
    cursor: Cursor, contract: Contract, groups: Iterable[EntityRules], run: OpenedRun, memory: Memory
) -> frozenset[str]:
    """The tables that would be made of the same rows as before; none where everything is examined to compare."""
    if memory.since is None:
        return frozenset()
    return same_as_before(cursor, contract=contract, registry=groups, night=run.night, since=memory.since)


def _at_once(settings: Settings, steps: Iterable[Callable[[Cursor], None]]) -> None:
    """Perform steps that need nothing of one another on as many connections as the gate has engines."""
    waiting = deque(steps)

    def perform() -> None:
        with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
            while step := _taken(waiting):
                step(cursor)

    with ThreadPoolExecutor(max_workers=ENGINES) as hands:
        for performed in [hands.submit(perform) for _ in range(ENGINES)]:
            performed.result()


def _taken(waiting: deque[Callable[[Cursor], None]]) -> Callable[[Cursor], None] | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


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
        f"Правила ({sum(len(share.lasting.rules) for share in plan.shares)}) применены к записям, изменившимся с ночи "
        f"{memory.since:%d.%m.%Y}, связанным с изменившимися и с наступившей датой, для остальных записей сохранён "
        f"прежний итог (нарушений: {kept}); зависящие от дня правила ({sum(share.first for share in plan.shares)}) "
        f"применены ко всем записям; {memory.why}"
    )


def _share(group: EntityRules, entity: Entity, memory: Memory) -> Share:
    lasting = gate_memory.lasting(group, entity)
    first = len(group.rules) - len(lasting)
    return Share(
        every=share_terms(group if memory.since is None else _of(group, group.rules[:first])),
        lasting=share_terms(_of(group, lasting)),
        first=first,
    )


def _of(group: EntityRules, rules: Sequence[Rule]) -> EntityRules:
    return grouped(group.entity, rules=rules, live=rules, helpers=group.helpers)


def _examine_entity(cursor: Cursor, plan: Plan, share: Share, found: Examination) -> None:
    entity, night, memory = plan.contract.entity(share.every.entity), plan.run.night, plan.memory
    examined = examine(cursor, entity, share.every.rules, night=night)
    if memory.since is not None:
        examined, kept = gate_memory.go_on(cursor, entity, share.lasting.rules, examined, first=share.first)
        found.kept |= kept
    else:
        if memory.base is not None:
            differing = gate_memory.differing(cursor, entity, share.lasting.rules, first=share.first)
            found.differing |= {entity.name: differing} if differing else {}
        gate_memory.keep(cursor, entity, first=share.first)
    found.examined[entity.name] = examined


def _is_counted(found: Examination, share: Share) -> bool:
    counted = found.examined[share.every.entity].counted
    return all(counted[rule.rule_id].rows_failed is not None for rule in share.lasting.rules)
