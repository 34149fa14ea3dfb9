"""The synthetic О7 that stands in when no source is named: filled once per size and seed, then a replica."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2

from o7_warehouse.errors import SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

DATABASE = "o7"
OWNER = "o7_source"
READER = "o7_export_reader"


def ensure_filled(settings: Settings, server: Server, say: Callable[[str], None]) -> str:
    """The address of the synthetic replica as its reader; the replica is filled first where it is not yet.

    The simulator is another house: it is run as a program of its own. Raises SourceUnavailableError.
    """
    mark = mark_of(settings)
    wanted = {"pupils": settings.synthetic_pupils, "seed": settings.synthetic_seed}
    if not (mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == wanted and _is_there(server)):
        mark.unlink(missing_ok=True)
        say(f"filling the synthetic О7: {settings.synthetic_pupils} pupils, seed {settings.synthetic_seed}")
        _fill(settings, server)
        mark.write_text(json.dumps(wanted), encoding="utf-8")
    return server.dsn(DATABASE, READER)


def _is_there(server: Server) -> bool:
    with closing(psycopg2.connect(server.dsn(DATABASE, OWNER))) as connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('o7_export.v1_delivery') is not null")
        [(found,)] = cursor.fetchall()
    return bool(found)


def mark_of(settings: Settings) -> Path:
    """The file that says what the database was filled with; no address of a source, which ends with its run."""
    return settings.state / "synthetic.json"


def _fill(settings: Settings, server: Server) -> None:
    fill(
        settings, server,
        "--pupils", str(settings.synthetic_pupils), "--seed", str(settings.synthetic_seed), "--nights", "1",
        "--truth", str(settings.state / "truth.json"),
    )  # fmt: skip


def fill(settings: Settings, server: Server, *options: str) -> str:
    """Fill the replica of the embedded server by options of the simulator; returns its address as its reader.

    Raises SourceUnavailableError.
    """
    target = f"postgresql://{OWNER}@{server.host}:{server.port}/{DATABASE}"
    simulate(settings, *options, "--to", target, password=server.secrets.role_password(OWNER))
    return server.dsn(DATABASE, READER)


def simulate(settings: Settings, *options: str, password: str = "") -> None:
    """Run the simulator. Raises SourceUnavailableError where it ends with an error."""
    # The password goes by the environment: arguments can be read by every account of the machine.
    environment = os.environ | {"PGPASSWORD": password, "PYTHONPATH": str(settings.root)}
    command = [sys.executable, "-P", "-m", "o7_simulator", *options]
    code = subprocess.run(command, env=environment, cwd=settings.root, check=False).returncode
    if code != 0:
        raise SourceUnavailableError(
            f"The simulator ended with {code} (its words are above), so there is no source to read from. "
            "Mend what it names, or name a source with --source or --drop."
        )
