"""Tombstones: whom the warehouse takes in no more, known by a keyed hash that nobody can turn back.

The key is not that of the pseudonyms, so a tombstone tells no pseudonym, and stays when that key is changed. О7 may go
on delivering an erased person: whoever erased here has no power there, and stopping the republic's nights for one
child would punish everybody else. So the rows are kept out at the door, counted, and told every night as a warning.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.erasure.reach import TABLES, belongings, note_rows
from o7_warehouse.errors import SettingsError
from o7_warehouse.pseudonyms import bring_pads, keyed, pseudonym

if TYPE_CHECKING:
    import uuid

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.erasure.reach import Belonging, Kind
    from o7_warehouse.sources.dialect import Dialect

# Where the paddings of the key lie for a transaction.
PADS: Final = "erasure_pads"
_KNOWN: Final = "select distinct key_check from audit.erased_person"
_COME_AGAIN: Final = """
    insert into pg_temp.erased_person (kind, identity)
    select {kind}, named.identity
    from (select distinct identity from ({named}) as every where identity is not null) as named
    cross join pg_temp.erasure_pads as pads
    where {hashed} in (select tombstone from audit.erased_person where kind = {kind})
"""
_KEEP_OUT: Final = "delete from {table} as row where {condition}"
_KEEP_OUT_SIDE: Final = """
    delete from {table} where exists (
        select from pg_temp.erasure_pads as pads
        where {hashed} in (select tombstone from audit.erased_person where kind = {kind})
    )
"""


def tombstone(key: bytes, kind: Kind, identity: str) -> uuid.UUID:
    """The tombstone of a person, as Python makes it: a pseudonym under the key of the erasures."""
    return pseudonym(key, kind, identity)


def key_check(key: bytes) -> str:
    """What tells two keys apart and gives neither away."""
    return hmac.digest(key, b"key check", "sha256").hex()[:16]


def are_any(cursor: Cursor, key: bytes) -> bool:
    """Whether anybody was ever erased; and if so, whether this key can recognise them.

    Raises SettingsError where the tombstones were made with another key.
    """
    cursor.execute(_KNOWN)
    known = {made_with for (made_with,) in cursor.fetchall()}
    if known - {key_check(key)}:
        raise SettingsError(
            "Persons were erased from this warehouse under another key than that of secrets.json, so they would not be "
            "recognised and would come back. Restore the secrets.json of the state directory that erased them."
        )
    return bool(known)


def keep_out(cursor: Cursor, contract: Contract, key: bytes) -> dict[str, int]:
    """Take the rows of erased persons out of landing again; returns how many by entity, where there are any."""
    if not are_any(cursor, key):
        return {}
    cursor.execute(TABLES)
    bring_pads(cursor, PADS, key)
    every = belongings(contract)
    for kind in sorted({one.kind for one in every}):
        cursor.execute(_come_again(kind, [one for one in every if one.kind == kind]))
    cursor.execute("select exists (select from pg_temp.erased_person)")
    [(came_again,)] = cursor.fetchall()
    kept: dict[str, int] = {}
    for one in every if came_again else ():
        note_rows(cursor, one, "landing")
        statement = sql.SQL(_KEEP_OUT).format(
            table=sql.Identifier("landing", one.entity), condition=one.condition
        )
        cursor.execute(statement)
        if cursor.rowcount:
            kept[one.entity] = kept.get(one.entity, 0) + cursor.rowcount
    cursor.execute("drop table pg_temp.erasure_pads, pg_temp.erased_person, pg_temp.erased_id")
    return kept


def keep_out_changes(
    cursor: Cursor,
    contract: Contract,
    key: bytes,
    side: sql.Composable,
    entity: Entity,
    known: list[str],
    *,
    dialect: Dialect,
) -> int:
    """Take changes of erased persons' rows out of the table they were poured into: nothing is there to be changed."""
    if not are_any(cursor, key):
        return 0
    bring_pads(cursor, PADS, key)
    taken = 0
    for one in belongings(contract):
        for name in one.persons if one.entity == entity.name else ():
            if name in known:
                hashed = keyed(one.kind, dialect.canonical(entity.column(name)), "pads")
                cursor.execute(
                    sql.SQL(_KEEP_OUT_SIDE).format(table=side, hashed=hashed, kind=sql.Literal(one.kind))
                )
                taken += cursor.rowcount
    cursor.execute("drop table pg_temp.erasure_pads")
    return taken


def _come_again(kind: Kind, every: list[Belonging]) -> sql.Composed:
    named = sql.SQL(" union all ").join(
        sql.SQL("select {} as identity from {}").format(
            sql.Identifier(name), sql.Identifier("landing", one.entity)
        )
        for one in every
        for name in one.persons
    )
    hashed = keyed(kind, sql.SQL("named.identity"), "pads")
    return sql.SQL(_COME_AGAIN).format(kind=sql.Literal(kind), named=named, hashed=hashed)
