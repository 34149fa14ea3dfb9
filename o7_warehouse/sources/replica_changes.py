"""What a replica is asked on a night that reads changes: newer rows, sums by bucket, keys, rows of given keys.

The sums must be those of ``changes/fingerprint.py``, made here of the views' own types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.fingerprint import shift_of
from o7_warehouse.contract import KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from o7_warehouse.contract import Entity
    from o7_warehouse.sources.replica import ReplicaDelivery

# Byte by byte, whatever the order of texts is in the source.
_HASH: Final = 'coalesce(hashtextextended({key}::text collate "C", 0), 0)'
_INSTANT: Final = "case when isfinite({cursor}) then floor(date_part('epoch', {cursor}))::bigint else -1 end"
# Worked out once a row: `offset 0` keeps the planner from copying the expressions to where they are used.
_SUMS: Final = """
    select key_hash >> {shift}, count(*), bit_xor(key_hash), sum(hashint8(key_hash # instant)), {number}
    from (select {hash} as key_hash, {instant} as instant from {view} offset 0) as hashed group by 1
"""
_KEYS: Final = """
    select {key}::text, count(*), sum(hashint8({hash} # {instant})), {number} from {view}
    where {hash} >> {shift} = any(array{buckets}::bigint[]) group by 1
"""


def newer_rows(
    delivery: ReplicaDelivery, entity: Entity, columns: list[str], since: datetime
) -> sql.Composed:
    """The rows that О7 says it has touched since an instant, and those of which it cannot say so."""
    condition = sql.SQL("{cursor} >= {since} or {cursor} is null or {key} is null").format(
        cursor=sql.Identifier(entity.cursor or ""), since=sql.Literal(since), key=sql.Identifier(KEY)
    )
    return sql.SQL("{} where {}").format(delivery.selected(entity.name, columns), condition)


def rows_of(
    delivery: ReplicaDelivery, entity: Entity, columns: list[str], keys: Sequence[str | None]
) -> sql.Composed:
    """Every row of the given keys."""
    condition = sql.SQL("{}::text = any({}::text[])").format(
        sql.Identifier(KEY), sql.Literal([key for key in keys if key is not None])
    )
    if None in keys:
        condition = sql.SQL("{} or {} is null").format(condition, sql.Identifier(KEY))
    return sql.SQL("{} where {}").format(delivery.selected(entity.name, columns), condition)


def sums(delivery: ReplicaDelivery, entity: Entity, *, bits: int, number: int) -> sql.Composed:
    """Count and sums of every bucket, each with a number that says whose it is."""
    return sql.SQL(_SUMS).format(**_parts(delivery, entity, bits, number))


def keys(
    delivery: ReplicaDelivery, entity: Entity, *, bits: int, buckets: list[int], number: int
) -> sql.Composed:
    """Count and sum of every key of some buckets, with the same number."""
    return sql.SQL(_KEYS).format(**_parts(delivery, entity, bits, number), buckets=sql.SQL(str(buckets)))


def _parts(delivery: ReplicaDelivery, entity: Entity, bits: int, number: int) -> dict[str, sql.Composable]:
    key, cursor = sql.Identifier(KEY), sql.Identifier(entity.cursor or "")
    hashed = sql.SQL(_HASH).format(key=key)
    return {
        "key": key,
        "number": sql.Literal(number),
        "hash": hashed,
        "instant": sql.SQL(_INSTANT).format(cursor=cursor),
        "shift": sql.Literal(shift_of(bits)),
        "view": delivery.view(entity.name),
    }
