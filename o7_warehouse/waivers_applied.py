"""What a night's rows make of the waivers: which of them keep a rule silent, and which are exceeded or have ended.

Nothing is counted differently for a waiver. It is judged by the night, not by the clock, so that a night that is run
again is judged the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg2 import sql

from o7_warehouse.gate_pass import failing_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.gate_pass import Examined
    from o7_warehouse.rules import Rule
    from o7_warehouse.waivers import Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a waiver on a night; ``rows_failed`` are those of the rule everywhere."""

    waiver: Waiver
    state: Literal["silent", "exceeded", "ended"]
    rows_failed: int
    rows_in_scope: int
    org_ids: list[str] | None


def apply_waivers(
    cursor: Cursor,
    waivers: Iterable[Waiver],
    *,
    rules: Mapping[str, Rule],
    examined: Mapping[str, Examined],
    run_id: str,
    night: dt.date,
) -> frozenset[str]:
    """Judge every waiver that has begun, write it to the audit, and return the rules that are silent.

    A rule is silent when each of its failing rows is in the scope of a waiver that is neither exceeded nor ended. A
    rule that could not be evaluated never is. Works in the transaction of the pass, whose tables it reads.
    """
    judged = []
    for waiver in waivers:
        found = examined[rules[waiver.rule].entity]
        counted = found.counted.get(waiver.rule)
        if waiver.since > night or counted is None or counted.rows_failed is None:
            continue
        judged.append(_judge(cursor, waiver, rules[waiver.rule], found, counted.rows_failed, night))
    for one in judged:
        _record(cursor, one, run_id=run_id, night=night)
    return frozenset(
        one.waiver.rule
        for one in judged
        if one.rows_failed
        == sum(
            other.rows_in_scope
            for other in judged
            if other.waiver.rule == one.waiver.rule and other.state == "silent"
        )
    )


def _judge(
    cursor: Cursor, waiver: Waiver, rule: Rule, found: Examined, rows_failed: int, night: dt.date
) -> Applied:
    org_ids = _schools(cursor, waiver)
    cursor.execute(
        sql.SQL(
            "select count(*) from {} where mask & %(bit)s <> 0 and (%(orgs)s::text[] is null or org_id = any(%(orgs)s))"
        ).format(failing_rows(rule.entity)),
        {"bit": found.bits[rule.rule_id], "orgs": org_ids},
    )
    [(in_scope,)] = cursor.fetchall()
    if night > waiver.until:
        state: Literal["silent", "exceeded", "ended"] = "ended"
    else:
        state = "exceeded" if in_scope > waiver.up_to else "silent"
    return Applied(
        waiver=waiver, state=state, rows_failed=rows_failed, rows_in_scope=in_scope, org_ids=org_ids
    )


def _schools(cursor: Cursor, waiver: Waiver) -> list[str] | None:
    """The schools whose rows are in scope; None: rows of every school, and of none."""
    if waiver.school is not None:
        return [waiver.school]
    if waiver.municipality is None:
        return None
    cursor.execute(
        "select distinct source_id from gate.organization"
        " where btrim(municipality_oktmo) = %s and source_id is not null order by source_id",
        (waiver.municipality,),
    )
    return [source_id for (source_id,) in cursor.fetchall()]


def _record(cursor: Cursor, one: Applied, *, run_id: str, night: dt.date) -> None:
    waiver = one.waiver
    cursor.execute(
        "insert into audit.waiver_applied (run_id, night, waiver_id, rule_id, state, rows_failed, rows_in_scope,"
        " ceiling, since, until, granted_by, reason, municipality, org_id, org_ids)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        (
            run_id, night, waiver.id, waiver.rule, one.state, one.rows_failed, one.rows_in_scope, waiver.up_to,
            waiver.since, waiver.until, waiver.who, waiver.why, waiver.municipality, waiver.school, one.org_ids,
        ),
    )  # fmt: skip
