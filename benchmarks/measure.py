"""CPU and memory of a piece of work, counted by the operating system.

Only this module knows how the processor seconds of a PostgreSQL server are read: the postmaster's own account holds
those of backends that have ended, the living children hold their own.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost: processor seconds of client and server together, and seconds of the clock."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours against the limit, pair by pair."""

    name: str
    goal: float
    ours: list[Cost]
    limit: list[Cost]

    @property
    def ratio(self) -> float:
        """The median of the ratios of processor seconds within each pair."""
        return statistics.median(a.cpu / b.cpu for a, b in zip(self.ours, self.limit, strict=True))

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the greatest of these ratios."""
        ratios = [a.cpu / b.cpu for a, b in zip(self.ours, self.limit, strict=True)]
        return min(ratios), max(ratios)


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/<pid>/stat after the command's name, or None for a process that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def server_cpu(postmaster: int) -> float:
    """Processor seconds of a PostgreSQL server up to now: the postmaster, its dead and its living children."""
    own = _stat(postmaster)
    if own is None:
        return 0.0
    ticks = sum(int(own[i]) for i in (11, 12, 13, 14))
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        fields = _stat(int(entry.name))
        if fields is not None and int(fields[1]) == postmaster:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def own_cpu() -> float:
    """Processor seconds of this process and of its ended children."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def cost_of(work: Callable[[], object], *, postmaster: int) -> Cost:
    """Run `work` once and count it. A backend must have ended or still live: give it no time to be lost between."""
    cpu, wall = own_cpu() + server_cpu(postmaster), time.perf_counter()
    work()
    wall = time.perf_counter() - wall
    time.sleep(0.2)  # backends that have just closed are reaped by the postmaster
    return Cost(cpu=own_cpu() + server_cpu(postmaster) - cpu, wall=wall)


def compare(
    name: str,
    *,
    goal: float,
    ours: Callable[[], object],
    limit: Callable[[], object],
    postmaster: int,
    pairs: int,
    before: Callable[[], object] = lambda: None,
) -> Comparison:
    """Alternate ours and the limit, `pairs` times after one warm-up of each; `before` resets what both write."""
    costs: dict[str, list[Cost]] = {"ours": [], "limit": []}
    for turn in range(pairs + 1):
        for side, work in (("ours", ours), ("limit", limit)):
            before()
            cost = cost_of(work, postmaster=postmaster)
            if turn:
                costs[side].append(cost)
    return Comparison(name=name, goal=goal, ours=costs["ours"], limit=costs["limit"])
