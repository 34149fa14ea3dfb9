"""What the open rows of an entity add up to: by buckets of their keys' hash, a count and two sums of hashes.

A row counts by its key and by the instant of its cursor, so equal sums say that no row came, went or was touched; where
a single row is missing, the keys' sum, an XOR, is its very key. Of raw the sums are kept from night to night
(``raw_o7.fingerprint``) and moved on by what a night begins and ends; a note that is missing, or of another night, is
made again. An index over the hash of the key finds a bucket's rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity

# So few that comparing a bucket key by key costs little, so many that the sums are a small part of the keys.
ROWS_PER_BUCKET: Final = 64
LEAST_BITS: Final = 2
MOST_BITS: Final = 40
HASH_BITS: Final = 64
# A row without a key is a row under one more key.
_HASH: Final = "coalesce(hashtextextended({key}, 0), 0)"
# Instants of the contract's form; what else a file may have brought counts as one instant of its own.
_TERM: Final = """hashint8({hash} # case when {cursor} like '____-__-__T__:__:__+03:00'
    then floor(date_part('epoch', {cursor}::timestamptz))::bigint else -1 end)"""
_INDEX: Final = (
    "create index {name} on {raw} (coalesce(hashtextextended(source_id, 0), 0)) where _night_to = 'infinity'"
)
_HELD: Final = "select night, bits, row_count from raw_o7.fingerprint_state where entity = %s"
_BUILD: Final = """
    insert into raw_o7.fingerprint (entity, bucket, row_count, keys, digest)
    select {name}, {hash} >> {shift}, count(*), bit_xor({hash}), sum({term})
    from {raw} as known where _night_to = 'infinity' group by 2
"""
_NOTE: Final = """
    insert into raw_o7.fingerprint_state (entity, night, bits, row_count) values (%s, %s, %s, %s)
    on conflict (entity) do update
    set night = excluded.night, bits = excluded.bits, row_count = excluded.row_count
"""
_MOVE: Final = """
    insert into raw_o7.fingerprint as held (entity, bucket, row_count, keys, digest)
    select {name}, bucket, sum(sign), bit_xor(key_hash), sum(sign * term)
    from (
        select {hash} >> {shift} as bucket, 1 as sign, {hash} as key_hash, {term}::bigint as term
        from {raw} as known where _night_from = {night}
        union all
        select {hash} >> {shift}, -1, {hash}, {term}
        from {raw} as known where _night_to = {night}
    ) as moved
    group by bucket
    on conflict (entity, bucket) do update
    set
        row_count = held.row_count + excluded.row_count, keys = held.keys # excluded.keys,
        digest = held.digest + excluded.digest
"""
# A night that changes more than this share makes the note anew when it is asked for.
MOVED_SHARE: Final = 0.25


def key_hash(table: str) -> sql.Composed:
    """The hash of the key of a row of ``table``, a name within a statement."""
    return sql.SQL(_HASH).format(key=sql.Identifier(table, "source_id"))


def term(table: str, cursor_column: str) -> sql.Composed:
    """The hash of key and cursor of a row of ``table``, canonical text as raw and landing have it."""
    return sql.SQL(_TERM).format(cursor=sql.Identifier(table, cursor_column), hash=key_hash(table))


def shift_of(bits: int) -> int:
    """How far a hash is shifted to be the number of its bucket."""
    return HASH_BITS - bits


def ensure(cursor: Cursor, entity: Entity, *, base: date, rows: int) -> tuple[int, int]:
    """Bring the note of an entity to the night ``base``; returns the bits of its buckets, and the rows it counts.

    ``rows`` is how many raw must have open; a note that counts others is made anew.
    """
    _ensure_index(cursor, entity)
    cursor.execute(_HELD, (entity.name,))
    wanted = _bits(rows)
    for night, bits, counted in cursor.fetchall():
        if night == base and counted == rows and abs(bits - wanted) <= 1:
            return bits, counted
    forget(cursor, entity)
    cursor.execute(
        sql.SQL(_BUILD).format(
            name=sql.Literal(entity.name), raw=_raw(entity), hash=key_hash("known"),
            term=_term_of(entity), shift=sql.Literal(shift_of(wanted)),
        )
    )  # fmt: skip
    cursor.execute(
        "select coalesce(sum(row_count), 0)::bigint from raw_o7.fingerprint where entity = %s", (entity.name,)
    )
    [(counted,)] = cursor.fetchall()
    cursor.execute(_NOTE, (entity.name, base, wanted, counted))
    return wanted, counted


def move_on(cursor: Cursor, entity: Entity, *, base: date | None, night: date, moved: int, rows: int) -> None:
    """Move the note on from ``base`` to the night that was loaded after it; one of another night is thrown away."""
    cursor.execute(_HELD, (entity.name,))
    for held, bits, _ in cursor.fetchall():
        if held != base or moved > MOVED_SHARE * rows:
            forget(cursor, entity)
            return
        if moved:
            cursor.execute(
                sql.SQL(_MOVE).format(
                    name=sql.Literal(entity.name), raw=_raw(entity), hash=key_hash("known"), term=_term_of(entity),
                    shift=sql.Literal(shift_of(bits)), night=sql.Literal(night),
                )
            )  # fmt: skip
        cursor.execute(_NOTE, (entity.name, night, bits, rows))


def forget(cursor: Cursor, entity: Entity) -> None:
    """Throw the note of an entity away."""
    cursor.execute("delete from raw_o7.fingerprint where entity = %s", (entity.name,))
    cursor.execute("delete from raw_o7.fingerprint_state where entity = %s", (entity.name,))


def _ensure_index(cursor: Cursor, entity: Entity) -> None:
    name = f"{entity.name}_key"
    cursor.execute("select to_regclass(%s) is null", (f"raw_o7.{name}",))
    [(is_missing,)] = cursor.fetchall()
    if is_missing:
        cursor.execute(sql.SQL(_INDEX).format(name=sql.Identifier(name), raw=_raw(entity)))
        # Of an index over an expression nothing is known before; without it a planner reads the whole table instead.
        cursor.execute("set local default_statistics_target = 10")
        cursor.execute(sql.SQL("analyze {}").format(_raw(entity)))


def _bits(rows: int) -> int:
    return min(MOST_BITS, max(LEAST_BITS, (rows // ROWS_PER_BUCKET).bit_length()))


def _term_of(entity: Entity) -> sql.Composed:
    if entity.cursor is None:
        raise ValueError(f"{entity.name} has no cursor, so its rows have no fingerprint.")
    return term("known", entity.cursor)


def _raw(entity: Entity) -> sql.Identifier:
    return sql.Identifier("raw_o7", entity.name)
