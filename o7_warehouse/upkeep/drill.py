"""The restore drill: the newest copy, restored into a server of its own, must be the warehouse of its moment.

A server and not a database beside: functions made by dbt name their database, and a loss takes the server with it. It
lies in the state directory, for it holds personal data, and is gone afterwards.
"""

from __future__ import annotations

import shutil
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse import server
from o7_warehouse.audit.replay import examine_again
from o7_warehouse.audit.verify import examine
from o7_warehouse.databases import prepare
from o7_warehouse.erasure.tombstones import PADS, are_any
from o7_warehouse.errors import ErasureError
from o7_warehouse.pseudonyms import REGISTERS, bring_pads, keyed
from o7_warehouse.server import ADMIN
from o7_warehouse.upkeep.backup import DUMP, newest, pg_program, read_note, state_of
from o7_warehouse.upkeep.replay import replayed
from o7_warehouse.warehouse import WAREHOUSE, connect, libpq_params, transaction, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings
    from o7_warehouse.upkeep.backup import Note

FOLDER: Final = "drill"
_ERASED: Final = """
    select count(*) from {table} as known cross join pg_temp.erasure_pads as pads
    where {hashed} = any(%s::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """A drill that held: which copy, what it gave, how old it is and how long it took.

    ``is_replayed``: whether its last night was built once more and came out the same; None where nobody tried.
    """

    folder: Path
    note: Note
    rules: int
    is_replayed: bool | None
    lost_seconds: float
    restore_seconds: float


def drill(settings: Settings, *, now: datetime) -> Drilled:
    """Restore the newest copy beside the warehouse, compare, judge and build its last night again, and remove it.

    RPO is the age of the copy, RTO the time until it has proved to be whole. Raises ErasureError where there is no
    copy, or it does not give what it must; ServerError, StatementError, WarehouseUnavailableError, and what the steps
    of a night raise.
    """
    folder = newest(settings)
    if folder is None:
        raise ErasureError(
            "There is no copy of the warehouse, so a loss would be final. Take one: ./o7 upkeep backup"
        )
    note = read_note(folder)
    stones = tombstones_of(settings)
    began = time.monotonic()
    with _beside(settings) as beside:
        pg_program(beside, "pg_restore", "--exit-on-error", f"--dbname={WAREHOUSE}", str(folder / DUMP))
        rules = compared(settings, beside, note, stones)
        restored = time.monotonic()
        is_replayed = _built_again(beside, note)
    return Drilled(
        folder=folder, note=note, rules=rules, is_replayed=is_replayed, restore_seconds=restored - began,
        lost_seconds=(now - datetime.fromisoformat(note.taken_at)).total_seconds(),
    )  # fmt: skip


def _built_again(beside: Settings, note: Note) -> bool:
    """Whether the last night was built once more out of the copy; one that comes out otherwise raises ErasureError."""
    differing = None if note.night is None else replayed(beside, date.fromisoformat(note.night))
    if differing:
        told = ", ".join(f"{table} ({count})" for table, count in differing.items())
        raise ErasureError(
            f"The night {note.night} built from the copy of {note.taken_at} has other figures than were published: "
            f"{told}. What is in the copy is not what the figures were made of. Find out what has changed since: "
            "./o7 audit verify, ./o7 compare."
        )
    return differing is not None


@contextmanager
def _beside(settings: Settings) -> Iterator[Settings]:
    """Settings of an empty server of its own, which is gone with the block."""
    folder = settings.state / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    beside = replace(
        settings, state=folder, warehouse_dsn=None, warehouse_target="warehouse",
        airflow_dsn=None, source_dsn=None, drop=None,
    )  # fmt: skip
    try:
        with server.running(beside) as running:
            prepare(beside, running)
            if settings.warehouse_dsn:
                # There the administrator is whoever the address names, and owns what was copied.
                owner = libpq_params(settings, ADMIN)["user"]
                with transaction(beside, ADMIN) as connection, connection.cursor() as cursor:
                    cursor.execute(sql.SQL("create role {}").format(sql.Identifier(owner)))
            yield beside
    finally:
        shutil.rmtree(folder)


def tombstones_of(settings: Settings) -> dict[str, list[str]]:
    """Whom a warehouse has erased: an older copy must not bring them back.

    Raises SettingsError where secrets.json could not recognise them; StatementError, WarehouseUnavailableError.
    """
    with transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        are_any(cursor, settings.secrets.erasure_key)
        cursor.execute("select kind, array_agg(tombstone::text) from audit.erased_person group by kind")
        return dict(cursor.fetchall())


def compared(settings: Settings, beside: Settings, note: Note, stones: dict[str, list[str]]) -> int:
    """Compare the restored warehouse with the note; returns how many rules its last night was judged by again.

    Raises ErasureError where it is another one, or holds somebody who was erased.
    """
    with translated("comparing a restored copy"), closing(connect(beside, ADMIN)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ")
        with connection.cursor() as cursor:
            given = state_of(cursor)
            differing = [name for name, told in given.items() if told != getattr(note, name)]
            if not examine(cursor, kept=note.chain).is_sound:
                differing.append("audit")
            if _holds_erased(cursor, settings, stones):
                differing.append("erased persons")
            rules = 0
            if note.night is not None:
                again = examine_again(cursor, settings, date.fromisoformat(note.night))
                rules = again.rules
                differing += [] if again.is_equal else ["rules of the last night"]
        connection.rollback()
    if differing:
        raise ErasureError(
            f"The copy of {note.taken_at} does not give what it must: {', '.join(differing)}. A warehouse restored "
            "from it would not be this one. Take another copy (./o7 upkeep backup), and find out what has changed."
        )
    return rules


def _holds_erased(cursor: Cursor, settings: Settings, stones: dict[str, list[str]]) -> bool:
    bring_pads(cursor, PADS, settings.secrets.erasure_key)
    held = 0
    for register in REGISTERS:
        hashed = keyed(register.kind, sql.SQL("known.{}").format(register.identity), "pads")
        cursor.execute(
            sql.SQL(_ERASED).format(table=register.table, hashed=hashed), (stones.get(register.kind, []),)
        )
        held += cursor.fetchall()[0][0]
    return held > 0
