"""What of an earlier night's examination holds tonight: the outcome of rows that see nothing that has changed since.

The outcome of most rules lasts as long as nothing changes that their row sees, and no date of it comes
(:mod:`o7_warehouse.gate_days`). Where an earlier night was examined by the same rules, such rules look at the rows that
a change or a date has touched (:mod:`o7_warehouse.gate_touched`), and the others keep what was found out about them
(``quarantine.row_fault``); any other rule looks at every row. After so many days everything is examined anew, and what
was kept must be what is found.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.gate_before import keep_before
from o7_warehouse.gate_days import is_lasting, year_of
from o7_warehouse.gate_pass import (
    Examined,
    count_failing,
    counted,
    examine_changed,
    failing_changed,
    failing_rows,
    places_of,
)
from o7_warehouse.gate_relations import forget_relations
from o7_warehouse.gate_touched import touched
from o7_warehouse.parameters import is_everything_due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.rules import EntityRules, Rule
    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings

# What decides the outcome of a rule besides its words.
_FUNCTIONS: Final = """
    select proname::text, pg_get_functiondef(oid)
    from pg_catalog.pg_proc where pronamespace = 'dq'::regnamespace and prokind = 'f' order by proname, oid
"""
# The code that decides which rows are looked at again.
DECIDING: Final = (
    "gate_before.py", "gate_days.py", "gate_memory.py", "gate_pass.py", "gate_relations.py", "gate_touched.py",
    "raw_indexes.py",
)  # fmt: skip
_BASE: Final = """
    select state.night, state.run_id::text, state.rules_digest, state.examined_whole_on, exists (
        select from audit.run as later inner join audit.run as kept on kept.run_id = state.run_id
        where later.run_no > kept.run_no and later.night <= state.night
    )
    from quarantine.examined_state as state
"""
_END: Final = """
    delete from quarantine.row_fault
    where
        entity = {name}
        and (
            source_id in (select touched.source_id from {touched} as touched where touched.source_id is not null)
            or (source_id is null and exists (select from {touched} as touched where touched.source_id is null))
        )
"""
_KEEP: Final = """
    insert into quarantine.row_fault (entity, source_id, org_id, student_id, row_hash, mask)
    select {name}, source_id, org_id, student_id, row_hash, mask >> {first}
    from {failing} where mask >> {first} <> 0
"""
_KEEP_CHANGED: Final = _KEEP.replace("{failing}", "{changed}")
_ADD_CHANGED: Final = "insert into {failing} table {changed}"
_RECALL: Final = """
    insert into {failing} (source_id, org_id, student_id, row_hash, mask)
    select source_id, org_id, student_id, row_hash, mask << {first}
    from quarantine.row_fault where entity = {name}
"""
_DIFFERENT: Final = """
    with
    kept as (select source_id, row_hash, mask from quarantine.row_fault where entity = {name}),
    found as (
        select source_id, row_hash, mask >> {first} as mask from {failing} where mask >> {first} <> 0
    )
    select
        (select count(*) from (select * from kept except all select * from found) as only_kept)
        + (select count(*) from (select * from found except all select * from kept) as only_found)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a night may keep of an earlier one.

    ``base``: the night examined last by the same rules, in the run ``base_run``; None where there is none, or nobody
    may go on from it, for the reason ``why``. ``since``: the base where touched rows alone are examined by lasting
    rules; None: every row is, and with a base, what was kept is compared. ``whole_on``: the night on which every row
    was examined last.
    """

    base: date | None
    base_run: str | None
    since: date | None
    whole_on: date
    rules_digest: str
    why: str


def lasting(group: EntityRules, entity: Entity) -> list[Rule]:
    """The rules whose outcome is kept."""
    return [rule for rule in group.rules if is_lasting(rule, group, entity)]


def in_order(group: EntityRules, entity: Entity) -> list[Rule]:
    """The rules of an entity, those last whose outcome is kept: their places in a mask are the same every night."""
    return sorted(group.rules, key=lambda rule: is_lasting(rule, group, entity))


def recall(
    cursor: Cursor, settings: Settings, contract: Contract, run: OpenedRun, groups: Sequence[EntityRules]
) -> Memory:
    """Decide what the run's night may keep; ``groups`` are the rules of each entity that it can evaluate.

    Tables of ``gate`` that tonight's are compared with stay there under names of their own, all others are dropped.
    """
    memory = _recalled(cursor, settings, contract, run, groups)
    if memory.base_run is None:
        forget_relations(cursor)
    elif not keep_before(cursor, memory.base_run):
        return _nothing(run, memory.rules_digest, "с чем сравнить связи записей, не сохранено")
    return memory


def _recalled(
    cursor: Cursor, settings: Settings, contract: Contract, run: OpenedRun, groups: Sequence[EntityRules]
) -> Memory:
    digest = _digest(cursor, contract, groups)
    cursor.execute(_BASE)
    found = cursor.fetchone()
    if found is None:
        return _nothing(run, digest, "проверенной ночи нет")
    base, base_run, digest_then, whole_on, was_overtaken = found
    if digest_then != digest:
        return _nothing(run, digest, "правила или состав полей другие")
    if base >= run.night or was_overtaken:
        return _nothing(
            run, digest, f"проверена ночь {base:%d.%m.%Y}, не более ранняя, или её открывали снова"
        )
    if year_of(base) != year_of(run.night):
        return _nothing(run, digest, "начался учебный год")
    is_due = is_everything_due(settings.root, last=whole_on, night=run.night)
    return Memory(
        base=base, base_run=base_run, since=None if is_due else base, whole_on=run.night if is_due else whole_on,
        rules_digest=digest, why=f"последняя полная проверка {whole_on:%d.%m.%Y}",
    )  # fmt: skip


def _nothing(run: OpenedRun, digest: str, why: str) -> Memory:
    return Memory(base=None, base_run=None, since=None, whole_on=run.night, rules_digest=digest, why=why)


def go_on(
    cursor: Cursor, entity: Entity, rules: Sequence[Rule], found: Examined, *, first: int
) -> tuple[Examined, dict[str, int]]:
    """Add to the failing rows of an entity those that break lasting rules: what is kept, and what was touched.

    ``rules`` are the lasting ones, ``found`` what the ``first`` others counted. Returns all together, and how many
    rows were kept by rule. Raises psycopg2.Error for everything that is no fault of a rule.
    """
    bits = places_of(rules, first=first)
    _put(cursor, _END, entity, first)
    broken = examine_changed(cursor, entity, rules, first=first)
    _put(cursor, _RECALL, entity, first)
    kept = count_failing(cursor, entity.name, list(bits.values()))
    _put(cursor, _KEEP_CHANGED, entity, first)
    _put(cursor, _ADD_CHANGED, entity, first)
    of_rows = counted(cursor, entity.name, bits, broken=broken, rows=found.rows)
    both = Examined(counted=found.counted | of_rows.counted, bits=found.bits | of_rows.bits, rows=found.rows)
    return both, dict(zip(bits, kept, strict=True))


def keep(cursor: Cursor, entity: Entity, *, first: int) -> None:
    """Keep what the examination of every row of an entity found out about the lasting rules."""
    cursor.execute("delete from quarantine.row_fault where entity = %s", (entity.name,))
    _put(cursor, _KEEP, entity, first)


def differing(cursor: Cursor, entity: Entity, rules: Sequence[Rule], *, first: int) -> int:
    """How many outcomes of rows would have been kept that are not what the examination of every row has found."""
    _put(cursor, _END, entity, first)
    examine_changed(cursor, entity, rules, first=first)
    _put(cursor, _KEEP_CHANGED, entity, first)
    _put(cursor, _DIFFERENT, entity, first)
    [(different,)] = cursor.fetchall()
    return int(different)


def remember(cursor: Cursor, run: OpenedRun, memory: Memory) -> None:
    """Note of which night the kept outcomes are now."""
    forget(cursor)
    cursor.execute(
        "insert into quarantine.examined_state (run_id, night, rules_digest, examined_whole_on)"
        " values (%s, %s, %s, %s)",
        (run.run_id, run.night, memory.rules_digest, memory.whole_on),
    )


def forget(cursor: Cursor) -> None:
    """Note that what is kept may not be trusted: the next examination looks at every row."""
    cursor.execute("delete from quarantine.examined_state")


def _digest(cursor: Cursor, contract: Contract, groups: Sequence[EntityRules]) -> str:
    """A hash over everything that decides what a lasting rule says about what a row sees, and its place in a mask."""
    digest = hashlib.sha256()
    for name in DECIDING:
        digest.update(f"{name}\0".encode() + Path(__file__).with_name(name).read_bytes() + b"\0")
    cursor.execute(_FUNCTIONS)
    for name, definition in cursor.fetchall():
        digest.update(f"{name}\0{definition}\0".encode())
    for group in groups:
        digest.update(f"{group.entity}\0{contract.entity(group.entity).parents}\0".encode())
        for rule in lasting(group, contract.entity(group.entity)):
            digest.update(f"{rule.rule_id}\0{rule.predicate}\0".encode())
        for helper in group.helpers:
            digest.update(f"{helper.name}\0{helper.joined_on}\0{helper.select}\0".encode())
    return digest.hexdigest()


def _put(cursor: Cursor, statement: str, entity: Entity, first: int) -> None:
    cursor.execute(
        sql.SQL(statement).format(
            name=sql.Literal(entity.name), first=sql.Literal(first),
            failing=failing_rows(entity.name), changed=failing_changed(entity.name), touched=touched(entity.name),
        )
    )  # fmt: skip
