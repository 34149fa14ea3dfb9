"""A copy put in the place of a warehouse that was lost: on a new machine, in a state directory of its own.

The state directory holds the secrets.json of the lost one and no warehouse yet. All of the dump is restored or nothing;
it counts when it gives what its note says, as in a drill. Nothing is added: whoever was erased after the copy was
taken is in it again, and has to be erased again (docs/backup-and-restore.md).
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

from o7_warehouse.databases import prepare
from o7_warehouse.errors import ErasureError
from o7_warehouse.pseudonyms import REGISTERS, key_in_force, refuse_another_key, version_in_force
from o7_warehouse.secrets import FILE_NAME
from o7_warehouse.server import ADMIN
from o7_warehouse.upkeep.backup import DUMP, NOTE, pg_program, read_note
from o7_warehouse.upkeep.drill import Drilled, compared, tombstones_of
from o7_warehouse.warehouse import libpq_params, transaction

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

_HOLDS_TABLES: Final = (
    "select exists (select from pg_catalog.pg_namespace where nspname in ('audit', 'raw_o7'))"
)


def restore(settings: Settings, folder: Path, embedded: Server | None, *, now: datetime) -> Drilled:
    """Restore the copy in ``folder`` into an empty warehouse and compare it; what it gave, as a drill tells it.

    Raises ErasureError where there is no copy, where a warehouse is there already, or where the copy does not give
    what it must; SettingsError for a secrets.json that is not the one of the copy; ServerError, StatementError,
    WarehouseUnavailableError.
    """
    if not (folder / NOTE).is_file() or not (folder / DUMP).is_file():
        raise ErasureError(
            f"{folder} does not hold {DUMP} and {NOTE}, so there is nothing to restore. Name the folder of a copy: one "
            "of those in backups of the state directory, with both files as ./o7 upkeep backup has written them."
        )
    note = read_note(folder)
    prepare(settings, embedded)
    _refuse_a_warehouse(settings)
    began = time.monotonic()
    database = libpq_params(settings, ADMIN)["dbname"]
    pg_program(
        settings,
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={database}",
        str(folder / DUMP),
    )
    _refuse_other_secrets(settings)
    rules = compared(settings, settings, note, tombstones_of(settings))
    return Drilled(
        folder=folder, note=note, rules=rules, is_replayed=None, restore_seconds=time.monotonic() - began,
        lost_seconds=(now - datetime.fromisoformat(note.taken_at)).total_seconds(),
    )  # fmt: skip


def _refuse_a_warehouse(settings: Settings) -> None:
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(_HOLDS_TABLES)
        [(holds_tables,)] = cursor.fetchall()
    if holds_tables:
        raise ErasureError(
            "There is a warehouse here already, and a copy would be mixed with it. Nothing was restored. Name a state "
            f"directory that holds {FILE_NAME} and nothing else (--state), or an empty database (O7_WAREHOUSE_DSN)."
        )


def _refuse_other_secrets(settings: Settings) -> None:
    """The next night would give everybody another pseudonym, or stop; better to know it now."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        version, key = version_in_force(cursor), key_in_force(cursor, settings)
        for register in REGISTERS:
            refuse_another_key(cursor, key, version, register)
