"""Commands run as processes of their own, and what they used: the only module that starts the side of a comparison."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.measure import SETTLING_SECONDS, server_cpu
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LONGEST_SECONDS = 900
LAUNCH = ROOT / "benchmarks" / "peers" / "launch.py"


# Nobody's usage statistics leave the machine, and none of them waits for an answer.
QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "GX_ANALYTICS_ENABLED": "false", "INGESTR_DISABLE_TELEMETRY": "true",
    "RUNTIME__DLTHUB_TELEMETRY": "false", "SLING_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1",
}  # fmt: skip
# An address holds a password, a path tells whose machine it was.
ADDRESS = re.compile(r"postgres(?:ql)?(?:\+\w+)?://\S+")
TELLING = re.compile(r"\b\w*(?:Error|Exception)\b:|\berror\b|\bfatal\b", re.IGNORECASE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PLACE = re.compile(r"(?:/[\w.@+-]+)+/")


class NotRunError(Exception):
    """A side that could not be run; the words say why."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its words, and variables beside those of this process."""

    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one run used: processor seconds here and in the server, seconds of the clock, MB of its largest process."""

    client: float
    server: float
    wall: float
    memory: float

    @property
    def cpu(self) -> float:
        """Client and server together."""
        return self.client + self.server


def run(command: Command, *, postmaster: int, work: Path, name: str) -> Used:
    """Run one command with everything it starts. Raises NotRunError with its last words."""
    stem = "".join(letter if letter.isalnum() else "-" for letter in name)
    result, words = work / "used.json", work / f"{stem}.log"
    result.unlink(missing_ok=True)
    before = server_cpu(postmaster)
    with words.open("wb") as said:
        subprocess.run(
            [sys.executable, "-I", str(LAUNCH), str(result), str(LONGEST_SECONDS), *command.words],
            env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT), **command.environment},
            cwd=work, stdout=said, stderr=said, check=False,
        )  # fmt: skip
    time.sleep(SETTLING_SECONDS)
    server = server_cpu(postmaster) - before
    if not result.exists():
        raise NotRunError(f"it could not be started: {last_words(words)}")
    used: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    if used["is_late"]:
        raise NotRunError(f"it had not ended after {LONGEST_SECONDS} s")
    if used["code"] != 0:
        raise NotRunError(f"it ended with {used['code']}: {last_words(words)}")
    return Used(client=used["cpu"], server=server, wall=used["wall"], memory=used["memory"])


def last_words(log: Path, length: int = 160) -> str:
    """The last error a program told, else its last line; short enough for a table and free of what breaks one."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no words"]
    telling = [line for line in lines if TELLING.search(line)] or lines
    said = " ".join(COLOUR.sub("", telling[-1]).split()).replace("|", "/")
    said = PLACE.sub("…/", ADDRESS.sub("postgresql://…", said))
    return said if len(said) <= length else f"{said[: length - 1]}…"
