"""Runs one command to its end with all that it starts, and writes down what they took together.

It is a program of its own because it becomes the parent of whatever its command leaves behind (a browser leaves
many): only a parent is told the processor time of the dead. It needs nothing but the standard library.

    python -I launch.py RESULT SECONDS COMMAND …
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# Helpers of a program that has ended get this long to end by themselves.
GRACE_SECONDS = 10.0
POLL_SECONDS = 0.02


def main() -> None:
    """Run the command; its words stay on this program's own output."""
    result, seconds, *command = sys.argv[1:]
    control = ctypes.CDLL(None, use_errno=True).prctl
    if control(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise SystemExit("This system does not let a process adopt orphans, so their time cannot be counted.")
    # A benchmark that is broken off must not leave a side at work on the tables of the next one.
    signal.signal(signal.SIGTERM, _break_off)
    control(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    told = _account(process.pid, began, float(seconds))
    Path(result).write_text(json.dumps(told), encoding="utf-8")


def _account(first: int, began: float, seconds: float) -> dict[str, float | bool | None]:
    """Collect every child until none is left; what outlives its time is ended."""
    code: int | None = None
    cpu, memory, wall, is_late = 0.0, 0.0, 0.0, False
    deadline = began + seconds
    while True:
        try:
            pid, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return {"code": code, "cpu": cpu, "memory": memory, "wall": wall, "is_late": is_late}
        if pid == 0:
            if time.perf_counter() > deadline:
                is_late = is_late or code is None
                _end_children()
            time.sleep(POLL_SECONDS if code is None else POLL_SECONDS / 4)
            continue
        cpu += used.ru_utime + used.ru_stime
        memory = max(memory, used.ru_maxrss / 1024)
        if pid == first:
            code, wall = os.waitstatus_to_exitcode(status), time.perf_counter() - began
            deadline = min(deadline, time.perf_counter() + GRACE_SECONDS)


def _break_off(*_: object) -> None:
    try:
        # Whose parent is ended becomes a child of this one, and is next.
        while True:
            _end_children()
            os.waitpid(-1, 0)
    except ChildProcessError:
        raise SystemExit(1) from None


def _end_children() -> None:
    own = os.getpid()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == own:
                os.kill(int(entry.name), signal.SIGKILL)


if __name__ == "__main__":
    main()
