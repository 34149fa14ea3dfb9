"""Failing keys that an erasure takes away, so that the seals over the others can still be checked.

A seal knows of a run's keys their number and one digest. Both are written down as they are before and after: the first
must be what was sealed, the last what is there, and between two erasures nothing may have changed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg2 import sql
from psycopg2.extras import Json

from o7_warehouse.audit.tables import Shape, covered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

TABLE: Final = "failing_key"
_TOUCHED: Final = """
    select counted.run_id::text, jsonb_object_agg(counted.rule_id, counted.keys), (
        select seal.content #> '{{tables,failing_key,columns}}' from audit.seal where seal.run_id = counted.run_id
    )
    from (
        select line.run_id, line.rule_id, count(*) as keys from audit.failing_key as line
        where {condition} group by line.run_id, line.rule_id
    ) as counted
    group by counted.run_id
"""
_STATE: Final = """
    select count(*), encode(sha256(coalesce(string_agg(line.digest, ''::bytea order by line.digest), '')), 'hex')
    from (select {digest} as digest from {table} where run_id = {run_id}) as line
"""


@contextmanager
def note_keys(cursor: Cursor, *, erasure_id: str, condition: str) -> Iterator[None]:
    """Note the state of the keys of every run that loses some in the block, before and after it."""
    cursor.execute(sql.SQL(_TOUCHED).format(condition=sql.SQL(condition)))
    touched = cursor.fetchall()
    [present] = [shape for shape in covered(cursor) if shape.table == TABLE]
    shapes = {run_id: Shape(TABLE, tuple(columns or present.columns), ()) for run_id, _, columns in touched}
    before = {run_id: _state(cursor, run_id, shape) for run_id, shape in shapes.items()}
    yield
    for run_id, rules, _ in touched:
        cursor.execute(
            "insert into audit.erased_keys"
            " (run_id, erasure_id, rules, keys_before, digest_before, keys_after, digest_after)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            (run_id, erasure_id, Json(rules), *before[run_id], *_state(cursor, run_id, shapes[run_id])),
        )


def _state(cursor: Cursor, run_id: str, shape: Shape) -> tuple[int, str]:
    cursor.execute(sql.SQL(_STATE).format(digest=shape.digest, table=shape.name, run_id=sql.Literal(run_id)))
    [(keys, digest)] = cursor.fetchall()
    return int(keys), str(digest)
