"""What changed of an entity since the base, brought to ``landing``: by the cursor, and what is left by comparison.

Whatever the cursor gives, the sums over all rows decide: a bucket whose sum is another one is compared key by key. A
key that is gone is noted; of a key that differs every row is fetched again, so a row that came, changed or was copied
behind the cursor is found, and landing holds all of a key's rows or none. Then the sums must be equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import errors, sql

from o7_warehouse.changes.fingerprint import ensure, key_hash, shift_of, term
from o7_warehouse.changes.statements import (
    ARE_EXPLAINED,
    CAME,
    COMPARE_BUCKETS,
    COMPARE_KEYS,
    FIND_GONE,
    FORGET_OTHERS,
    NOTE_REPLACED,
    OTHER_BUCKETS,
    STILL_OTHER,
    SUM_OF_ROWS,
)
from o7_warehouse.changes.tonight import landing_of, raw_of
from o7_warehouse.errors import DeliveryError
from o7_warehouse.pipe import poured
from o7_warehouse.sources import replica_changes as asked

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.reading import Reading
    from o7_warehouse.contract import Entity
    from o7_warehouse.sources.replica import ReplicaDelivery

BUCKETS, KEYS = sql.Identifier("pg_temp", "source_bucket"), sql.Identifier("pg_temp", "source_key")
KEYS_AT_ONCE: Final = 5_000
# More than this of an entity behind the cursor, and reading it whole costs less than asking key by key.
MOST_BEHIND_SHARE: Final = 0.2
MOST_BEHIND_ROWS: Final = 5_000
# How many buckets may differ until one pass over raw costs less than looking each up.
FEW_BUCKETS_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What landed of an entity: rows at the source, rows that came; or, in words, why it must be read whole."""

    rows_in: int = 0
    rows_read: int = 0
    doubt: str = ""


def land_changed(
    cursor: Cursor,
    delivery: ReplicaDelivery,
    entity: Entity,
    columns: list[str],
    reading: Reading,
    *,
    rows: int,
) -> Found:
    """Land what changed of an entity of whose base raw must hold ``rows``; where that is in doubt nothing has landed.

    Raises DeliveryError, SourceUnavailableError.
    """
    cursor.execute("savepoint changes")
    try:
        found = _Comparison(cursor, delivery, entity, columns, reading).run(rows)
    except (errors.InvalidDatetimeFormat, errors.DatetimeFieldOverflow):
        # Of a delivery by files: a replica's instants are instants.
        found = Found(doubt="отметки времени прежней поставки не читаются")
    if found.doubt:
        cursor.execute("rollback to savepoint changes")
    cursor.execute("release savepoint changes")
    return found


class _Comparison:
    """One entity: what its statements have in common."""

    def __init__(
        self, cursor: Cursor, delivery: ReplicaDelivery, entity: Entity, columns: list[str], reading: Reading
    ) -> None:
        if reading.base is None or reading.since is None or entity.cursor is None:
            raise ValueError(f"{entity.name} has no cursor tonight, so nothing of it can be read by changes.")
        self.cursor, self.delivery, self.entity, self.columns = cursor, delivery, entity, columns
        self.base: date = reading.base
        self.since = reading.since
        self.of_source = partial(asked.rows_of, delivery, entity, columns)
        self.number = delivery.contract.entity_names.index(entity.name)
        self.parts: dict[str, sql.Composable] = {
            "name": sql.Literal(entity.name), "number": sql.Literal(self.number),
            "landing": landing_of(entity), "raw": raw_of(entity),
            "landed_hash": key_hash("landed"), "known_hash": key_hash("known"),
            "landed_term": term("landed", entity.cursor), "known_term": term("known", entity.cursor),
        }  # fmt: skip

    def run(self, rows: int) -> Found:
        bits, counted = ensure(self.cursor, self.entity, base=self.base, rows=rows)
        if counted != rows:
            return Found(doubt=f"в хранилище строк {counted}, а по счету ночи {rows}")
        shift = shift_of(bits)
        self.parts |= {"shift": sql.Literal(shift), "last": sql.Literal((1 << shift) - 1)}
        self._pour(
            landing_of(self.entity),
            self.columns,
            asked.newer_rows(self.delivery, self.entity, self.columns, self.since),
        )
        sums = asked.sums(self.delivery, self.entity, bits=bits, number=self.number)
        self._pour(BUCKETS, ["bucket", "row_count", "keys", "digest", "number"], sums)
        buckets = self._other_buckets()
        if buckets and (doubt := self._compare(bits, buckets, rows)):
            return Found(doubt=doubt)
        self._execute(NOTE_REPLACED)
        return self._counted(rows)

    def _other_buckets(self) -> list[int]:
        """Buckets that differ from the source by more than one row that is gone; such rows are noted."""
        self._execute(COMPARE_BUCKETS)
        if self.cursor.rowcount > 0:
            self._execute(FIND_GONE)
            self._execute(ARE_EXPLAINED)
        return [bucket for (bucket,) in self._asked(OTHER_BUCKETS)]

    def _compare(self, bits: int, buckets: list[int], rows: int) -> str:
        keys = asked.keys(self.delivery, self.entity, bits=bits, buckets=buckets, number=self.number)
        self._pour(KEYS, ["source_id", "row_count", "digest", "number"], keys)
        is_few = len(buckets) < FEW_BUCKETS_SHARE * (1 << bits)
        self.parts["in_bucket"] = sql.SQL(
            "{known_hash} between (other.bucket << {shift}) and ((other.bucket << {shift}) | {last})"
            if is_few
            else "{known_hash} >> {shift} = other.bucket"
        ).format(**self.parts)
        self._execute(COMPARE_KEYS)
        again = [key for (key,) in self._asked(CAME)]
        if len(again) > max(MOST_BEHIND_ROWS, MOST_BEHIND_SHARE * rows):
            return f"мимо отметки времени изменилось слишком много: ключей {len(again)}"
        self._execute(FORGET_OTHERS)
        for first in range(0, len(again), KEYS_AT_ONCE):
            self._pour(
                landing_of(self.entity), self.columns, self.of_source(again[first : first + KEYS_AT_ONCE])
            )
        [(other,)] = self._asked(STILL_OTHER)
        return f"после сверки ключей не сошлось групп: {other}" if other else ""

    def _counted(self, rows: int) -> Found:
        """The counts, when what stays of raw and what landed are as many rows as the source has."""
        [(rows_in, rows_read, replaced)] = self._asked(SUM_OF_ROWS)
        if rows - replaced + rows_read != rows_in:
            return Found(doubt=f"строк {rows - replaced + rows_read}, а у источника {rows_in}")
        return Found(rows_in=rows_in, rows_read=rows_read)

    def _pour(self, target: sql.Composable, columns: list[str], query: sql.Composable) -> None:
        rows_in, rows_came = poured(
            self.cursor, target, columns, partial(self.delivery.copy_query, self.entity.name, query),
            label=self.entity.name, options=self.delivery.copy_options,
        )  # fmt: skip
        if rows_in != rows_came:
            raise DeliveryError(
                f"{self.entity.name}: the source counted {rows_in} rows, and {rows_came} came. Rows that nobody can "
                "account for are not loaded. Run the night again; if it repeats, ask О7's operator.",
                check="rows_unaccounted",
            )

    def _execute(self, statement: str) -> None:
        self.cursor.execute(sql.SQL(statement).format(**self.parts))

    def _asked(self, statement: str) -> list[tuple[Any, ...]]:
        self._execute(statement)
        return self.cursor.fetchall()
