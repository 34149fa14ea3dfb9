"""Pseudonyms of pupils and staff: HMAC-SHA-256 made by the server, with a key that enters no statement.

HMAC is two hashes over two paddings of the key. The paddings reach the server by COPY into a temporary table,
which no log shows, and PostgreSQL's own ``sha256`` does the rest (design §2).
"""

from __future__ import annotations

import base64
import hmac
import io
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.errors import SettingsError

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

BLOCK_BYTES = 64  # of SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One kind of person: the prefix of its message, its table of keys, and the entities whose key it is."""

    kind: str
    entities: tuple[str, ...]

    @property
    def table(self) -> sql.Identifier:
        """The table of keys."""
        return sql.Identifier("raw_o7", f"{self.kind}_keys")

    @property
    def identity(self) -> sql.Identifier:
        """Its column with О7's identity."""
        return sql.Identifier(f"{self.kind}_id")

    @property
    def key(self) -> sql.Identifier:
        """Its column with the pseudonym."""
        return sql.Identifier(f"{self.kind}_key")


# A pupil is one person, whether the card or the person is delivered.
REGISTERS = (
    Register(kind="student", entities=("person", "student")),
    Register(kind="staff", entities=("staff_person",)),
)


def pseudonym(key: bytes, kind: str, identity: str) -> uuid.UUID:
    """The pseudonym as Python makes it: what the server must make too."""
    return uuid.UUID(bytes=hmac.digest(key, f"{kind}:{identity}".encode(), "sha256")[:16])


def version_in_force(cursor: Cursor) -> int:
    """Which version of the key made the pseudonyms of the warehouse."""
    cursor.execute("select max(version) from access.pseudonym_key")
    [(version,)] = cursor.fetchall()
    return int(version)


def key_in_force(cursor: Cursor, settings: Settings) -> bytes:
    """The key that made the pseudonyms of the warehouse. Raises SettingsError where the settings do not hold it."""
    return settings.pseudonym_key_of(version_in_force(cursor))


def bring_pads(cursor: Cursor, table: str, key: bytes) -> None:
    """Bring the two paddings of the HMAC into a temporary table of this name by COPY, which no log shows.

    ``key`` has at most 64 bytes.
    """
    name = sql.Identifier("pg_temp", table)
    cursor.execute(
        sql.SQL("create temporary table {} (inner_pad bytea, outer_pad bytea) on commit drop").format(
            sql.Identifier(table)
        )
    )
    pads = (bytes(byte ^ mask for byte in key.ljust(BLOCK_BYTES, b"\0")) for mask in (0x36, 0x5C))
    line = "\t".join(f"\\\\x{pad.hex()}" for pad in pads)
    cursor.copy_expert(sql.SQL("copy {} from stdin").format(name), io.StringIO(line + "\n"))


def keyed(prefix: str, identity: sql.Composable, pads: str) -> sql.Composed:
    """The expression of a pseudonym: that of ``<prefix>:<identity>``."""
    return hashed(sql.SQL("{} || {}").format(sql.Literal(f"{prefix}:"), identity), pads)


def hashed(message: sql.Composable, pads: str) -> sql.Composed:
    """The expression of the HMAC-SHA-256 of a text, its first 16 bytes as uuid; ``pads``: the name of the paddings."""
    return sql.SQL(
        "encode(substr(sha256({pads}.outer_pad || sha256("
        "{pads}.inner_pad || convert_to({message}, 'UTF8'))), 1, 16), 'hex')::uuid"
    ).format(pads=sql.Identifier(pads), message=message)


def add_pseudonyms(cursor: Cursor, key: bytes, version: int) -> int:
    """Make the pseudonyms of the persons in landing that have none yet; returns how many.

    ``version``: that of the key. Raises SettingsError when the stored ones were made with another key.
    """
    bring_pads(cursor, "hmac_pads", key)
    made = 0
    for register in REGISTERS:
        refuse_another_key(cursor, key, version, register)
        cursor.execute(_statement(register), {"version": version})
        made += cursor.rowcount
    cursor.execute("drop table pg_temp.hmac_pads")
    return made


def _statement(register: Register) -> sql.Composed:
    persons = sql.SQL(" union all ").join(
        sql.SQL("select source_id from {}").format(sql.Identifier("landing", entity))
        for entity in register.entities
    )
    return sql.SQL(
        """
        insert into {table} ({identity}, {key}, key_version)
        select person.source_id, {pseudonym}, %(version)s
        from (select distinct delivered.source_id from ({persons}) as delivered) as person
        cross join pg_temp.hmac_pads as pads
        where person.source_id is not null
            and not exists (select from {table} as known where known.{identity} = person.source_id)
        """
    ).format(
        table=register.table,
        identity=register.identity,
        key=register.key,
        pseudonym=keyed(register.kind, sql.SQL("person.source_id"), "pads"),
        persons=persons,
    )


def refuse_another_key(cursor: Cursor, key: bytes, version: int, register: Register) -> None:
    """Refuse to go on where a stored pseudonym of this version was made with another key. Raises SettingsError."""
    query = sql.SQL("select {}, {}::text from {} where key_version = %s limit 1")
    cursor.execute(query.format(register.identity, register.key, register.table), (version,))
    for identity, stored in cursor.fetchall():
        if str(pseudonym(key, register.kind, identity)) != stored:
            fingerprint = base64.b32encode(hmac.digest(key, b"fingerprint", "sha256"))[:6].decode()
            raise SettingsError(
                "The pseudonyms in the warehouse were made with another key than the given one (whose "
                "fingerprint is "
                f"{fingerprint}). One person would get two. Restore the secrets.json or O7_PSEUDONYM_KEY "
                "they were "
                "made with."
            )
