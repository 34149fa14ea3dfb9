"""Housekeeping of what nobody else clears: PostgreSQL's dead rows, Airflow's old runs, leftovers of what was killed."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from o7_warehouse.airflow_environment import airflow_home, environment, program
from o7_warehouse.errors import ServerError
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.runs import hold_lock
from o7_warehouse.server import ADMIN
from o7_warehouse.upkeep.terms import term_of
from o7_warehouse.warehouse import connect, translated

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

AIRFLOW: Final = "databases/airflow"
# What a command makes under such a name is renamed or removed by the same command: what is a day old was killed.
LEFTOVERS: Final = ("drill", "compare/*", "**/.unfinished-*", "**/.sets/unfinished-*")
LEFT_AFTER: Final = timedelta(days=1)


def vacuum(settings: Settings) -> tuple[int, int]:
    """Clear the dead rows of the warehouse's tables and look at their values anew; returns its bytes before and after.

    Raises NightError while a command's night is at work, StatementError, WarehouseUnavailableError.
    """
    with (
        hold_lock(settings, run_id="upkeep"),
        closing(connect(settings, ADMIN, statement_timeout="0")) as connection,
        translated("vacuum"),
    ):
        connection.autocommit = True
        with connection.cursor() as cursor:
            before = _size(cursor)
            cursor.execute("vacuum (analyze)")
            return before, _size(cursor)


def clean_airflow(settings: Settings, *, now: datetime) -> datetime | None:
    """Let Airflow forget runs, messages and results whose term is over; returns before when.

    None where there is no Airflow, or its tables are kept without end.

    Raises CatalogueError without the term, and ServerError where a table of Airflow could not be cleared.
    """
    home = airflow_home(settings)
    if not settings.airflow_dsn and not (home / "migrated").exists():
        return None
    days = term_of(settings.root, AIRFLOW, on=now.astimezone(MOSCOW).date()).days
    if days is None:
        return None
    before = now - timedelta(days=days)
    log = home / "logs" / "clean.log"
    with log.open("wb") as words:
        code = subprocess.run(
            program(
                "db", "clean", "--clean-before-timestamp", before.isoformat(), "--skip-archive", "--yes",
                "--error-on-cleanup-failure",
            ),
            env=environment(settings), cwd=home, stdin=subprocess.DEVNULL, stdout=words, stderr=words, check=False,
        ).returncode  # fmt: skip
    if code != 0:
        raise ServerError(
            f"'airflow db clean' ended with {code}, so Airflow's own tables go on growing. Nothing of the warehouse "
            f"depends on it. Read {log}."
        )
    return before


def leftovers(settings: Settings, *, now: datetime) -> list[str]:
    """Remove what commands that were killed have left in the state directory; returns where it lay.

    Raises NightError while a command's night is at work.
    """
    with hold_lock(settings, run_id="upkeep"):
        gone = []
        for path in sorted({path for pattern in LEFTOVERS for path in settings.state.glob(pattern)}):
            if path.exists() and _touched_at(path) < (now - LEFT_AFTER).timestamp():
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
                gone.append(path.relative_to(settings.state).as_posix())
        return gone


def _touched_at(path: Path) -> float:
    """When anything in it was last written."""
    inner = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return max([path.lstat().st_mtime, *(one.lstat().st_mtime for one in inner)])


def _size(cursor: Cursor) -> int:
    cursor.execute("select pg_database_size(current_database())")
    [(size,)] = cursor.fetchall()
    return int(size)
