"""The set-based pass: one scan of an entity tells for each of its rules which rows break it.

The scan makes one bit per rule and keeps only the rows with a bit set, in a temporary table that ends with the
transaction; counts, failing keys and quarantine are read from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg2
from psycopg2 import sql

from o7_warehouse.gate_relations import GATE, changed_view, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity
    from o7_warehouse.rules import Rule

# SQLSTATE classes of what a predicate meets in a row, or is itself: they belong to the rule. Others stop the gate.
OF_THE_RULE: Final = ("22", "42")
PERSONS: Final = frozenset({"person", "student"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one engine found out about one rule; ``rows_failed`` None: it could not be evaluated."""

    rows_checked: int | None
    rows_failed: int | None
    error_class: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """An entity after its pass: what each rule counted, the bit of each sound rule in the kept mask, and its rows."""

    counted: dict[str, Counted]
    bits: dict[str, int]
    rows: int


def failing_rows(entity: str) -> sql.Identifier:
    """The temporary table with source_id, org_id, student_id, row_hash and mask of an entity's failing rows.

    Where rules go on from an earlier night, a row that breaks such and others stands there once for each.
    """
    return sql.Identifier("pg_temp", f"failing_{entity}")


def failing_changed(entity: str) -> sql.Identifier:
    """The same of the rows touched by what changed since the night to go on from."""
    return sql.Identifier("pg_temp", f"failing_changed_{entity}")


def examine(
    cursor: Cursor, entity: Entity, rules: Sequence[Rule], *, night: date, schema: str = GATE
) -> Examined:
    """Evaluate all rules of an entity in one scan and keep its failing rows; ``schema`` holds the relations.

    A rule that cannot be evaluated is found and left out of the scan; its count has an error class. Raises
    psycopg2.Error for everything that is no fault of a rule.
    """
    places = places_of(rules)
    view = sql.Identifier(schema, entity.name)
    broken = _scan(cursor, entity, rules, places, view=view, into=failing_rows(entity.name))
    return counted(cursor, entity.name, places, broken=broken, rows=_rows(cursor, entity.name, night))


def examine_changed(
    cursor: Cursor, entity: Entity, rules: Sequence[Rule], *, first: int
) -> dict[str, Counted]:
    """Evaluate rules over the touched rows alone; returns those that could not be evaluated.

    ``first``: how many rules the others of the entity are, so that all have places of their own in a mask.
    """
    places = places_of(rules, first=first)
    view = changed_view(entity.name)
    return _scan(cursor, entity, rules, places, view=view, into=failing_changed(entity.name))


def places_of(rules: Sequence[Rule], *, first: int = 0) -> dict[str, int]:
    """The bit of each rule in a mask, from the place ``first`` on."""
    return {rule.rule_id: 1 << (first + place) for place, rule in enumerate(rules)}


def counted(
    cursor: Cursor, entity: str, bits: Mapping[str, int], *, broken: Mapping[str, Counted], rows: int
) -> Examined:
    """What the failing rows of an entity say about the rules with these bits; ``broken`` ones have no count."""
    sound = {rule_id: bit for rule_id, bit in bits.items() if rule_id not in broken}
    failed = count_failing(cursor, entity, list(sound.values()))
    counts = {
        rule_id: Counted(rows_checked=rows, rows_failed=count)
        for rule_id, count in zip(sound, failed, strict=True)
    }
    return Examined(counted=counts | dict(broken), bits=sound, rows=rows)


def _scan(
    cursor: Cursor,
    entity: Entity,
    rules: Sequence[Rule],
    bits: Mapping[str, int],
    *,
    view: sql.Identifier,
    into: sql.Identifier,
) -> dict[str, Counted]:
    """Make the table of failing rows in one scan; returns the rules that had to be left out."""
    broken: dict[str, Counted] = {}
    if (error := _attempt(cursor, _masked(entity, rules, bits, view=view, into=into))) is not None:
        broken = {rule.rule_id: count for rule in rules if (count := _fault_of(cursor, rule, view))}
        if not broken:
            raise error
        sound = [rule for rule in rules if rule.rule_id not in broken]
        cursor.execute(_masked(entity, sound, bits, view=view, into=into))
    return broken


def _masked(
    entity: Entity,
    rules: Sequence[Rule],
    bits: Mapping[str, int],
    *,
    view: sql.Identifier,
    into: sql.Identifier,
) -> sql.Composed:
    mask = sql.SQL(" + ").join(
        sql.SQL("case when ({}) then 0 else {}::bigint end").format(
            sql.SQL(rule.predicate), sql.Literal(bits[rule.rule_id])
        )
        for rule in rules
    )
    # `offset 0` keeps the planner from writing the mask twice, once to test it and once to show it.
    return sql.SQL(
        "create temporary table {table} on commit drop as select * from (select source_id, {org} as org_id,"
        " {student} as student_id, _row_hash as row_hash, {mask} as mask from {view} offset 0) as masked"
        " where mask <> 0"
    ).format(
        table=into,
        org=sql.Identifier(entity.owner) if entity.owner else sql.SQL("null::text"),
        student=_student(entity),
        mask=mask if rules else sql.SQL("0::bigint"),
        view=view,
    )


def _student(entity: Entity) -> sql.Composable:
    if entity.name in PERSONS:
        return sql.Identifier("source_id")
    return sql.Identifier("student_id") if "student_id" in entity.column_names else sql.SQL("null::text")


def _attempt(cursor: Cursor, statement: sql.Composable) -> psycopg2.Error | None:
    cursor.execute("savepoint pass")
    try:
        cursor.execute(statement)
    except psycopg2.Error as error:
        if (error.pgcode or "")[:2] not in OF_THE_RULE:
            raise
        cursor.execute("rollback to savepoint pass")
        return error
    cursor.execute("release savepoint pass")
    return None


def _fault_of(cursor: Cursor, rule: Rule, view: sql.Identifier) -> Counted | None:
    # Only the name of the error is kept: its words may quote a value.
    error = _attempt(
        cursor,
        sql.SQL("select count(*) from {} where not ({})").format(view, sql.SQL(rule.predicate)),
    )
    if error is None:
        return None
    return Counted(rows_checked=None, rows_failed=None, error_class=f"psycopg2.errors.{type(error).__name__}")


def count_failing(cursor: Cursor, entity: str, bits: Sequence[int]) -> list[int]:
    """How many of the failing rows of an entity have each bit."""
    if not bits:
        return []
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) filter (where mask & {} <> 0)").format(sql.Literal(bit)) for bit in bits
    )
    cursor.execute(sql.SQL("select {} from {}").format(counts, failing_rows(entity)))
    [row] = cursor.fetchall()
    return list(row)


def _rows(cursor: Cursor, entity: str, night: date) -> int:
    cursor.execute(sql.SQL("select count(*) from {} as delivered").format(rows_of(entity, night)))
    [(rows,)] = cursor.fetchall()
    return int(rows)
