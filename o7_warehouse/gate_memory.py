"""What of an earlier night's examination holds tonight: the outcome of rows that nobody has changed since.

A rule of kind ``row`` that does not ask for the date hangs on its row alone. Where an earlier night was examined by
the same rules, such rules look at the rows that began since, and the others keep what was found out about them
(``quarantine.row_fault``); every other rule looks at every row. After so many days everything is examined anew, and
what was kept must be what is found.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.gate_pass import (
    Examined,
    count_failing,
    counted,
    examine_changed,
    failing_changed,
    failing_rows,
    places_of,
)
from o7_warehouse.parameters import parameter
from o7_warehouse.rules_check import NIGHT, mentioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity
    from o7_warehouse.rules import Rule
    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings

# What decides the outcome of a rule besides its words.
_FUNCTIONS: Final = """
    select proname::text, pg_get_functiondef(oid)
    from pg_catalog.pg_proc where pronamespace = 'dq'::regnamespace and prokind = 'f' order by proname, oid
"""
_BASE: Final = """
    select state.night, state.rules_digest, state.examined_whole_on, exists (
        select from audit.run as later inner join audit.run as kept on kept.run_id = state.run_id
        where later.run_no > kept.run_no and later.night <= state.night
    )
    from quarantine.examined_state as state
"""
# Equal rows fail alike, so it does not matter which of them ended.
_END: Final = """
    delete from quarantine.row_fault where ctid in (
        select kept.ctid
        from (
            select ctid, source_id, row_hash, row_number() over (partition by source_id, row_hash) as copy
            from quarantine.row_fault where entity = {name}
        ) as kept
        inner join (
            select source_id, _row_hash, count(*) as copies
            from raw_o7.{entity}
            where _night_to > {base} and _night_to <= {night} and _night_from <= {base}
            group by source_id, _row_hash
        ) as ended
            on
                kept.row_hash = ended._row_hash and kept.source_id is not distinct from ended.source_id
                and kept.copy <= ended.copies
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

    ``base``: the night examined last by the same rules, None where there is none, or nobody may go on from it, for the
    reason ``why``. ``since``: the base where changed rows alone are examined by rules of the rows; None: every row is,
    and with a base, what was kept is compared. ``whole_on``: the night on which every row was examined last.
    """

    base: date | None
    since: date | None
    whole_on: date
    rules_digest: str
    why: str


def hangs_on_its_row(rule: Rule) -> bool:
    """Whether nothing but the row decides the outcome of a rule."""
    return rule.kind == "row" and NIGHT not in mentioned(rule.predicate)[1]


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """The rules of an entity, those last whose outcome is kept: their places in a mask are the same every night."""
    return sorted(rules, key=hangs_on_its_row)


def of_the_rows(rules: Iterable[Rule]) -> list[Rule]:
    """The rules whose outcome is kept."""
    return [rule for rule in rules if hangs_on_its_row(rule)]


def recall(
    cursor: Cursor, settings: Settings, run: OpenedRun, groups: Mapping[str, Sequence[Rule]]
) -> Memory:
    """Decide what the run's night may keep; ``groups`` are the rules of each entity that it can evaluate."""
    digest = _digest(cursor, groups)
    cursor.execute(_BASE)
    found = cursor.fetchone()
    if found is None:
        return _nothing(run, digest, "проверенной ночи нет")
    base, digest_then, whole_on, was_overtaken = found
    if digest_then != digest:
        return _nothing(run, digest, "правила или состав полей другие")
    if base >= run.night or was_overtaken:
        return _nothing(
            run, digest, f"проверена ночь {base:%d.%m.%Y}, не более ранняя, или её открывали снова"
        )
    is_due = (run.night - whole_on).days >= parameter(settings.root, "whole_examination_days", on=run.night)
    return Memory(
        base=base, since=None if is_due else base, whole_on=run.night if is_due else whole_on, rules_digest=digest,
        why=f"последняя полная проверка {whole_on:%d.%m.%Y}",
    )  # fmt: skip


def _nothing(run: OpenedRun, digest: str, why: str) -> Memory:
    return Memory(base=None, since=None, whole_on=run.night, rules_digest=digest, why=why)


def go_on(
    cursor: Cursor,
    entity: Entity,
    rules: Sequence[Rule],
    found: Examined,
    *,
    first: int,
    base: date,
    night: date,
) -> tuple[Examined, dict[str, int]]:
    """Add to the failing rows of an entity those that break rules of the rows: what is kept, and what changed.

    ``rules`` are the rules of the rows, ``found`` what the ``first`` others counted. Returns all together, and how many
    rows were kept by rule. Raises psycopg2.Error for everything that is no fault of a rule.
    """
    bits = places_of(rules, first=first)
    _end(cursor, entity, base=base, night=night)
    broken = examine_changed(cursor, entity, rules, first=first)
    _put(cursor, _RECALL, entity, first)
    kept = count_failing(cursor, entity.name, list(bits.values()))
    _put(cursor, _KEEP_CHANGED, entity, first)
    _put(cursor, _ADD_CHANGED, entity, first)
    of_rows = counted(cursor, entity.name, bits, broken=broken, rows=found.rows)
    both = Examined(counted=found.counted | of_rows.counted, bits=found.bits | of_rows.bits, rows=found.rows)
    return both, dict(zip(bits, kept, strict=True))


def keep(cursor: Cursor, entity: Entity, *, first: int) -> None:
    """Keep what the examination of every row of an entity found out about the rules of the rows."""
    cursor.execute("delete from quarantine.row_fault where entity = %s", (entity.name,))
    _put(cursor, _KEEP, entity, first)


def differing(
    cursor: Cursor, entity: Entity, rules: Sequence[Rule], *, first: int, base: date, night: date
) -> int:
    """How many outcomes of rows would have been kept that are not what the examination of every row has found."""
    _end(cursor, entity, base=base, night=night)
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


def _digest(cursor: Cursor, groups: Mapping[str, Sequence[Rule]]) -> str:
    """A hash over everything that decides what a rule of the rows says about a given row, and its place in a mask."""
    digest = hashlib.sha256()
    cursor.execute(_FUNCTIONS)
    for name, definition in cursor.fetchall():
        digest.update(f"{name}\0{definition}\0".encode())
    for entity, rules in groups.items():
        for rule in of_the_rows(rules):
            digest.update(f"{entity}\0{rule.rule_id}\0{rule.predicate}\0".encode())
    return digest.hexdigest()


def _end(cursor: Cursor, entity: Entity, *, base: date, night: date) -> None:
    cursor.execute(
        sql.SQL(_END).format(
            entity=sql.Identifier(entity.name), name=sql.Literal(entity.name),
            base=sql.Literal(base), night=sql.Literal(night),
        )
    )  # fmt: skip


def _put(cursor: Cursor, statement: str, entity: Entity, first: int) -> None:
    cursor.execute(
        sql.SQL(statement).format(
            name=sql.Literal(entity.name), first=sql.Literal(first),
            failing=failing_rows(entity.name), changed=failing_changed(entity.name),
        )
    )  # fmt: skip
