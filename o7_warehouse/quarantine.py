"""What is kept of the rows that break a rule: pseudonymous keys for auditors, references for staging to leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.gate_pass import failing_rows
from o7_warehouse.pseudonyms import bring_pads, keyed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name


def begin_keys(cursor: Cursor, key: bytes) -> None:
    """Bring the two paddings of the HMAC into a temporary table, for :func:`keys_of`."""
    bring_pads(cursor, "gate_pads", key)


def write_keys(cursor: Cursor, *, entity: str, bits: Mapping[str, int], run_id: str, night: date) -> int:
    """Write one row per failing row and rule to ``audit.failing_key``; returns how many.

    ``row_key`` is HMAC-SHA-256 of ``<entity>:<source_id>``, its first 16 bytes: the same row has the same key
    every night, and nobody without the secret can find out whose it is.
    """
    if not bits:
        return 0
    cursor.execute(
        sql.SQL(
            """
            insert into audit.failing_key (run_id, night, rule_id, row_key, student_key, org_id)
            select {run_id}, {night}, found.rule_id, found.row_key, found.student_key, found.org_id
            from ({keys}) as found
            """
        ).format(run_id=sql.Literal(run_id), night=sql.Literal(night), keys=keys_of(entity, bits))
    )
    return int(cursor.rowcount)


def keys_of(entity: str, bits: Mapping[str, int]) -> sql.Composed:
    """A query with rule_id, row_key, student_key and org_id: one row per failing row and rule of an entity."""
    return sql.SQL(
        """
        select rules.rule_id, keyed.row_key, keyed.student_key, keyed.org_id
        from (
            select
                failing.mask,
                failing.org_id,
                student_keys.student_key,
                {row_key} as row_key
            from {failing} as failing
            cross join pg_temp.gate_pads as pads
            left join raw_o7.student_keys as student_keys on student_keys.student_id = failing.student_id
        ) as keyed
        inner join (values {rules}) as rules (rule_id, bit) on keyed.mask & rules.bit <> 0
        """
    ).format(
        row_key=keyed(entity, sql.SQL("failing.source_id"), "pads"),
        failing=failing_rows(entity),
        rules=_as_values(bits),
    )


def _as_values(bits: Mapping[str, int]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("({}, {}::bigint)").format(sql.Literal(rule_id), sql.Literal(bit))
        for rule_id, bit in bits.items()
    )


def forget_night(cursor: Cursor, night: date) -> None:
    """Take away what an earlier run put into quarantine for the night."""
    cursor.execute("delete from quarantine.entry where night = %s", (night,))


def put_aside(cursor: Cursor, *, entity: str, bits: Mapping[str, int], night: date) -> int:
    """Put the rows that break a placement rule into ``quarantine.entry``; returns how many rows of raw they are."""
    if not bits:
        return 0
    reasons = sql.SQL(", ").join(
        sql.SQL("case when mask & {} <> 0 then {} end").format(sql.Literal(bit), sql.Literal(rule_id))
        for rule_id, bit in bits.items()
    )
    cursor.execute(
        sql.SQL(
            """
            with entries as (
                insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids, org_id)
                select
                    {night}, {entity}, source_id, row_hash, count(*),
                    array_remove(array[{reasons}]::text[], null), min(org_id)
                from {failing}
                where mask & {any_bit}::bigint <> 0
                group by source_id, row_hash, mask
                returning copies
            )
            select coalesce(sum(copies), 0) from entries
            """
        ).format(
            night=sql.Literal(night),
            entity=sql.Literal(entity),
            reasons=reasons,
            failing=failing_rows(entity),
            any_bit=sql.Literal(sum(bits.values())),
        )
    )
    [(rows,)] = cursor.fetchall()
    return int(rows)
