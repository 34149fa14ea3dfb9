"""The embedded PostgreSQL server of one state directory: the first user starts it, the last one stops it.

Each user holds a shared lock on ``postgres/users.lock``; starting and stopping happen under an exclusive lock
on ``postgres/start.lock``. The kernel drops both when a process dies, so a killed user is no user any more; a
server left behind by the last of them is found again, and stopped, by the next.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

import psycopg2

from o7_warehouse.errors import ServerError, WarehouseUnavailableError
from o7_warehouse.postgres import (
    SLOWEST_START_SECONDS,
    Identity,
    Programs,
    find_programs,
    identity_for,
    make_cluster,
    processes_on,
    run,
)
from o7_warehouse.postgres_settings import server_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.secrets import Secrets
    from o7_warehouse.settings import Settings

HOST = "127.0.0.1"
ADMIN = "o7_admin"
STARTS_BEFORE_GIVING_UP = 3
SLOWEST_END_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a running server and the passwords of its roles."""

    port: int
    secrets: Secrets = field(repr=False)
    host: str = HOST

    def dsn(self, database: str, role: str) -> str:
        """A libpq URI, with the role's password in it: never for a log or a message."""
        password = quote(self.secrets.role_password(role), safe="")
        return f"postgresql://{role}:{password}@{self.host}:{self.port}/{database}"


@contextmanager
def running(settings: Settings, *, keep: bool = False) -> Iterator[Server]:
    """The server of this state directory, for as long as the block lasts; made and started where necessary.

    With ``keep`` it goes on running after the last user, until :func:`stop`. Raises ServerError.
    """
    folder = _prepared(settings)
    with (folder / "users.lock").open("w") as users:
        with _exclusive(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _ensure_started(settings, folder)
            if keep:
                (folder / "keep").touch()
        try:
            yield server
        finally:
            with _exclusive(folder):
                _stop_if_unused(settings, folder, users)


def stop(settings: Settings) -> bool:
    """End what ``keep`` began: stop the server, or leave that to its last user. Says whether it stopped."""
    folder = _prepared(settings)
    with (folder / "users.lock").open("w") as users, _exclusive(folder):
        (folder / "keep").unlink(missing_ok=True)
        return _stop_if_unused(settings, folder, users)


def address(settings: Settings) -> Server:
    """The server that somebody else keeps running for this state directory.

    Raises WarehouseUnavailableError where none was ever started.
    """
    port = _stored_port(settings.state / "postgres")
    if port is None:
        raise WarehouseUnavailableError(
            f"No database server was ever started for {settings.state}, so there is nothing to read. Run "
            "./o7 night first, or name the right --state directory."
        )
    return Server(port, settings.secrets)


def _prepared(settings: Settings) -> Path:
    folder = settings.state / "postgres"
    try:
        (folder / "log").mkdir(mode=0o755, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError
    except OSError as error:
        raise ServerError(
            f"{folder} cannot be written to ({type(error).__name__}), so no server can keep its data there. "
            "Give a --state directory of your own, or run as the account that owns this one."
        ) from error
    return folder


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_if_unused(settings: Settings, folder: Path, users: TextIO) -> bool:
    """Give back the shared lock, and stop the server unless it is to be kept or others hold the lock."""
    # Unlocked by name, not by closing: a forked child may hold a copy of the open file.
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if (folder / "keep").exists():
        return False
    if processes_on(folder / "data"):
        programs, identity = _tools(settings, folder)
        run(programs, identity, folder, ["pg_ctl", "stop", "-D", str(folder / "data"), "-m", "fast", "-w"])
        # pg_ctl waits for the mark to go; the process itself goes a moment later.
        patience = time.monotonic() + SLOWEST_END_SECONDS
        while processes_on(folder / "data") and time.monotonic() < patience:
            time.sleep(0.02)
    return True


def _tools(settings: Settings, folder: Path) -> tuple[Programs, Identity]:
    programs = find_programs(settings.postgres_bin)
    version = folder / "data" / "PG_VERSION"
    if version.exists() and (made_by := version.read_text(encoding="ascii").strip()) != str(programs.major):
        raise ServerError(
            f"{folder / 'data'} was made by PostgreSQL {made_by}, and the programs found are "
            f"{programs.major}; one cannot read the other's files. Set O7_POSTGRES_BIN to programs of "
            f"{made_by}, or give another --state."
        )
    return programs, identity_for(programs, folder)


def _ensure_started(settings: Settings, folder: Path) -> Server:
    data, secrets = folder / "data", settings.secrets
    if (running_server := _answering(folder, secrets)) is not None:
        return running_server
    programs, identity = _tools(settings, folder)
    identity.give(folder / "log")
    if not data.exists():
        make_cluster(programs, identity, folder, admin=ADMIN, password=secrets.role_password(ADMIN))
    # No process works in the data directory (else it would have answered), so this is a dead server's mark;
    # the number in it may meanwhile be another process's, and PostgreSQL would then refuse to start.
    (data / "postmaster.pid").unlink(missing_ok=True)
    port = _stored_port(folder)
    for attempts_left in reversed(range(STARTS_BEFORE_GIVING_UP)):
        port = _free_port(port)
        _write(data / "postgresql.conf", server_settings(port=port), identity)
        _write(folder / "port", f"{port}\n", Identity())
        command = ["pg_ctl", "start", "-D", str(data), "-w", "-t", str(SLOWEST_START_SECONDS)]
        try:
            run(programs, identity, folder, command, log=folder / "log" / "server")
            break
        except ServerError:
            # Between the choice of the port and the start somebody else may have taken it.
            if not attempts_left or _is_free(port):
                raise
    return address(settings)


def _answering(folder: Path, secrets: Secrets) -> Server | None:
    """The server that already runs on our data, once it answers; None when no process works there.

    Raises ServerError when a process works there but does not answer as ours.
    """
    patience = time.monotonic() + SLOWEST_START_SECONDS
    while processes_on(folder / "data"):
        port = _stored_port(folder)
        if port is not None:
            server = Server(port, secrets)
            if data_directory(server) == str(folder / "data"):
                return server
        # It may be starting, recovering or stopping.
        if time.monotonic() > patience:
            raise ServerError(
                f"A PostgreSQL server works in {folder / 'data'}, but the one on port {port} does not answer "
                "as this state directory's own. Two servers on the same files would destroy them. End the "
                f"processes {processes_on(folder / 'data')}, or give another --state."
            )
        time.sleep(0.1)
    return None


def data_directory(server: Server) -> str | None:
    """What the server says its data directory is (a port is no identity); None without an answer."""
    try:
        # Whoever else may listen on this port never sees the password.
        connection = psycopg2.connect(
            server.dsn("postgres", ADMIN), connect_timeout=10, require_auth="scram-sha-256"
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("show data_directory")
            found = cursor.fetchone()
    except psycopg2.OperationalError:  # it may also die between the greeting and the answer
        return None
    return str(found[0]) if found else None


def _stored_port(folder: Path) -> int | None:
    path = folder / "port"
    return int(path.read_text(encoding="ascii")) if path.exists() else None


def _free_port(wanted: int | None) -> int:
    if wanted is not None and _is_free(wanted):
        return wanted
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    try:
        # create_server sets SO_REUSEADDR, so connections in TIME_WAIT do not count.
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def _write(path: Path, text: str, identity: Identity) -> None:
    """Replace a file whole, so that no reader ever sees half of it."""
    unnamed = path.with_suffix(".new")
    unnamed.write_text(text, encoding="utf-8")
    identity.give(unnamed)
    os.replace(unnamed, path)  # noqa: PTH105 - Path.replace is the same call
