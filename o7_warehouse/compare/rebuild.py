"""The figures of a retained night, worked out anew by some revision of the code, in a warehouse of its own.

Each revision sees the same delivery and is asked by its own commands (`night`, `indicators`), so that it may differ
from ours in anything but the contract. What is published here is neither read by it nor touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from o7_warehouse.errors import CommandError, PermanentError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

LOCK = "requirements.lock"
# Of the words of a night that failed, the last ones say why.
LAST_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A revision of the project in a folder, and the program that runs its commands there."""

    label: str
    root: Path
    program: tuple[str, ...]

    def run(self, *words: str, output: IO[bytes] | int) -> str:
        """Run one command of the revision; returns its result. Raises PermanentError with its last words."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
        if "O7_POSTGRES_BIN" in os.environ:
            environment["O7_POSTGRES_BIN"] = os.environ["O7_POSTGRES_BIN"]
        done = subprocess.run(
            [*self.program, *words],
            env=environment | {"PYTHONPATH": str(self.root)},
            cwd=self.root,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
            encoding="utf-8",
        )
        if done.returncode:
            said = "\n".join(done.stderr.splitlines()[-LAST_WORDS:])
            raise PermanentError(
                f"{self.label} ended `{words[0]}` with exit code {done.returncode}, so there are no figures to "
                f"compare. It said:\n{said}"
            )
        return done.stdout or ""


@contextmanager
def workroom(settings: Settings) -> Iterator[Path]:
    """An empty folder in the state directory that is gone afterwards, for it will hold personal data.

    What a comparison that was killed has left is removed first. Raises CommandError while another one is at work.
    """
    folder = settings.state / "compare"
    with (settings.state / "compare.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"Another comparison is at work in {folder}; two would mix their rows. Wait until it has ended."
            ) from None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def present_code(settings: Settings) -> Code:
    """The code that is running, with whatever is not committed yet."""
    program = (sys.executable, "-P", "-m", "o7_warehouse")
    return Code(label="this code", root=settings.root, program=program)


def code_at(settings: Settings, revision: str, folder: Path) -> Code:
    """The code of a commit, unpacked into ``folder``. Raises CommandError where git does not know it.

    It runs in our environment when it asks for the very same packages, and builds its own otherwise.
    """
    archive = folder / "code.tar"
    command = ["git", "-C", str(settings.root), "archive", "--format=tar", "-o", str(archive), revision]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CommandError(
            f"git gives no revision {revision!r} of {settings.root} ({type(error).__name__}), so its code cannot be "
            "run. Name a commit, a branch or a tag of this repository."
        ) from None
    root = folder / "code"
    with tarfile.open(archive) as packed:
        packed.extractall(root, filter="data")
    archive.unlink()
    is_same = (root / LOCK).read_bytes() == (settings.root / LOCK).read_bytes()
    program = present_code(settings).program if is_same else ("sh", str(root / "o7"))
    return Code(label=f"revision {revision}", root=root, program=program)


def figures_by(code: Code, *, drop: Path, night: dt.date, state: Path) -> list[dict[str, Any]]:
    """The objects of `./o7 indicators`, at every level, that the code makes of the delivery in ``drop``.

    Raises PermanentError.
    """
    here = ("--state", str(state))
    code.run(
        "night",
        "--inline",
        "--drop",
        str(drop),
        "--date",
        night.isoformat(),
        *here,
        output=subprocess.DEVNULL,
    )
    told = code.run("indicators", "--format", "json", *here, output=subprocess.PIPE)
    found: list[dict[str, Any]] = json.loads(told)
    shutil.rmtree(state)
    return found
