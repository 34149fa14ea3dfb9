"""Programs that run beside the command: started in a group of their own, ended whole, never left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running program, known by its number and the instant it began: a number alone is used again."""

    name: str
    pid: int
    started_at: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs (one that ended and was not collected does not)."""
        return _started_at(self.pid) == self.started_at


def start(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    dies_with_parent: bool,
    folder: Path,
) -> Program:
    """Start a program in its own session, its words going to the file ``log``.

    With ``dies_with_parent`` the kernel sends it SIGTERM when this process ends, even by SIGKILL.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as words:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if dies_with_parent else None,  # noqa: PLW1509 - no threads here yet
        )
    process.returncode = 0  # stop() collects its end, not this object
    return Program(name=name, pid=process.pid, started_at=_started_at(process.pid) or "")


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_with_parent() -> None:
    """Let the kernel kill this process as soon as the one that began it ends, however that ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(programs: Iterable[Program], *, home: Path, patience: float) -> None:
    """End programs and everything they began: ask with SIGTERM, wait ``patience`` seconds, then SIGKILL.

    ``home`` is the AIRFLOW_HOME they all carry in their environment; it finds children that left their group.
    """
    known = [one for one in programs if one.is_alive]
    for one in known:
        _signal_group(one.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while (left := members(home)) and time.monotonic() < deadline:
        _collect()
        time.sleep(POLL_SECONDS)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    while members(home):
        _collect()
        time.sleep(POLL_SECONDS)


def members(home: Path) -> list[int]:
    """Numbers of the living processes, other than this one, whose environment names this AIRFLOW_HOME."""
    mark = f"AIRFLOW_HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in variables and _started_at(int(entry.name)) is not None:
            found.append(int(entry.name))
    return found


def _started_at(pid: int) -> str | None:
    """The kernel's start time of a process in ticks since boot; None when it has ended, collected or not."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        )
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else fields[19]


def _collect() -> None:
    """Collect our children that have ended, so that they are no longer in the table of processes."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
