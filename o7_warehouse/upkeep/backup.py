"""A copy of the warehouse: PostgreSQL's own dump, with a note of what it must give when it is restored.

Dump and note are taken from one snapshot. The copy holds personal data, so only its owner may enter the folder; it does
not hold secrets.json, without which nobody tells whose a pseudonym is. Keep that file apart, and as safe.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.audit.chain import head_of, read_seals
from o7_warehouse.distributed import refuse_copy
from o7_warehouse.erasure.files import BACKUPS
from o7_warehouse.errors import ServerError
from o7_warehouse.postgres import find_programs
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import connect, libpq_params, translated

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

DUMP: Final = "warehouse.dump"
NOTE: Final = "note.json"
CHUNK: Final = 2**20
FIGURES: Final = """
    select
        max(night.night)::text, count(*), md5(coalesce(string_agg(figure::text, '|' order by figure::text), ''))
    from indicators.indicator_values as figure
    inner join published.night on figure.night = night.night and figure.build_id = night.build_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a copy must give: the newest published night, its figures as one digest, the head of the audit's chain."""

    taken_at: str
    night: str | None
    figures: int
    figures_md5: str
    chain: str | None
    bytes: int
    sha256: str


def backup(settings: Settings, *, now: datetime) -> Path:
    """Copy the warehouse into a folder of its own below ``<state>/backups``; returns it.

    Raises SettingsError for a Citus cluster, ServerError with the kind of failure of pg_dump, StatementError,
    WarehouseUnavailableError.
    """
    refuse_copy(settings)
    shelf = settings.state / BACKUPS
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    shelf.chmod(0o700)
    folder = shelf / f"{now:%Y-%m-%dT%H%M%SZ}"
    room = shelf / f".unfinished-{folder.name}"
    room.mkdir(mode=0o700)
    with translated("taking a copy"), closing(connect(settings, ADMIN)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("select pg_export_snapshot()")
            [(snapshot,)] = cursor.fetchall()
            (room / DUMP).touch(mode=0o600)
            pg_program(
                settings, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={room / DUMP}"
            )
            told = state_of(cursor)
    note = Note(
        taken_at=now.isoformat(), bytes=(room / DUMP).stat().st_size, sha256=_digest(room / DUMP), **told
    )
    with os.fdopen(
        os.open(room / NOTE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(asdict(note), file, indent=1)
    room.rename(folder)
    return folder


def state_of(cursor: Cursor) -> dict[str, Any]:
    """What is compared between a warehouse and its copy."""
    cursor.execute(FIGURES)
    [(night, figures, digest)] = cursor.fetchall()
    head = head_of(read_seals(cursor))
    return {"night": night, "figures": figures, "figures_md5": digest, "chain": head.chain if head else None}


def newest(settings: Settings) -> Path | None:
    """The folder of the newest whole copy."""
    found = sorted(path.parent for path in (settings.state / BACKUPS).glob(f"[!.]*/{NOTE}"))
    return found[-1] if found else None


def read_note(folder: Path) -> Note:
    """The note beside a copy. Raises ServerError where the copy is not the one it was written for."""
    note = Note(**json.loads((folder / NOTE).read_text(encoding="utf-8")))
    if _digest(folder / DUMP) != note.sha256:
        raise ServerError(
            f"{folder / DUMP} is not the file its note was written for, so nobody knows what it holds. Take another "
            "copy: ./o7 upkeep backup"
        )
    return note


def pg_program(settings: Settings, program: str, *options: str) -> None:
    """Run a program of PostgreSQL against the warehouse as its administrator; the password stays out of its words."""
    params = libpq_params(settings, ADMIN)
    place = {
        "PGHOST": "host",
        "PGPORT": "port",
        "PGUSER": "user",
        "PGPASSWORD": "password",
        "PGDATABASE": "dbname",
    }
    # Variables such as PGOPTIONS of the caller must not reach the server.
    clean = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/"}
    clean |= {name: params[key] for name, key in place.items() if key in params}
    done = subprocess.run(
        [str(find_programs(settings.postgres_bin).folder / program), *options],
        env=clean, stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        # Its words may quote a row.
        raise ServerError(
            f"{program} ended with status {done.returncode}, so there is no copy that could be trusted. Its words are "
            "not shown because they may quote personal data. Run it by hand in a protected session, and mend the cause."
        )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
