"""Processor seconds of a piece of work, counted by the operating system, and ratios of them.

Only this module knows how the seconds of a PostgreSQL server are read: the postmaster's own account holds those of
backends that have ended, the living children hold their own.
"""

from __future__ import annotations

import os
import resource
import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TICKS = os.sysconf("SC_CLK_TCK")
# A backend that has just been left closes and is collected by the postmaster within this time.
SETTLING_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost: processor seconds of client and server, and seconds of the clock."""

    client: float
    server: float
    wall: float

    @property
    def cpu(self) -> float:
        """Client and server together."""
        return self.client + self.server


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ours took against what the limit took, pair by pair; without a goal it only informs."""

    name: str
    goal: float | None
    ours: Sequence[float]
    limit: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """One per pair."""
        return [ours / limit for ours, limit in zip(self.ours, self.limit, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        """Whether the goal is met, if there is one."""
        return self.goal is None or self.ratio <= self.goal


def server_cpu(postmaster: int) -> float:
    """Processor seconds of a PostgreSQL server up to now: the postmaster, its dead and its living children."""
    own = _stat(postmaster)
    if own is None:
        raise SystemExit("The measured PostgreSQL server has ended, so nothing more can be counted.")
    ticks = sum(int(own[place]) for place in (11, 12, 13, 14))
    for entry in Path("/proc").iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else None
        if fields is not None and int(fields[1]) == postmaster:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/<pid>/stat after the command's name, or None for a process that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


class Sessions:
    """Processor seconds of the sessions of one database that live while the block lasts, looked at again and again.

    What a session uses after the last look is not seen: so much of the clock at most.
    """

    LOOK_SECONDS = 0.05

    def __init__(self, postmaster: int, database: str) -> None:
        self._postmaster, self._marker = postmaster, f" {database} "
        self._ticks: dict[int, int] = {}
        # What looking itself took of this process, which is nobody's work.
        self.looking = 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def cpu(self) -> float:
        """What was seen of all of them."""
        return sum(self._ticks.values()) / TICKS

    def _look_on(self) -> None:
        while not self._is_over.wait(self.LOOK_SECONDS):
            for pid in self._children():
                fields = _stat(pid)
                if fields is not None and self._marker in _title(pid):
                    self._ticks[pid] = int(fields[11]) + int(fields[12])
            self.looking = time.thread_time()

    def _children(self) -> list[int]:
        try:
            return [
                int(pid)
                for pid in Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children")
                .read_text()
                .split()
            ]
        except FileNotFoundError:
            raise SystemExit(
                "The measured PostgreSQL server has ended, so nothing more can be counted."
            ) from None


def _title(pid: int) -> str:
    """What a process of the server calls itself: its user, its database and its client; empty for one that has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children_cpu() -> float:
    """Processor seconds of this process's ended children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own_cpu() -> float:
    """Processor seconds of this process and of its ended children."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime + children_cpu()


def cost_of(
    work: Callable[[], object], *, postmaster: int, client_cpu: Callable[[], float] = own_cpu
) -> Cost:
    """Run `work` once and count it. Nothing else may use the server meanwhile; its own housekeeping counts."""
    client, server, wall = client_cpu(), server_cpu(postmaster), time.perf_counter()
    work()
    wall, client = time.perf_counter() - wall, client_cpu() - client
    time.sleep(SETTLING_SECONDS)
    return Cost(client=client, server=server_cpu(postmaster) - server, wall=wall)


def in_turns(
    sides: Mapping[str, Callable[[], object]],
    *,
    pairs: int,
    postmaster: int,
    before: Callable[[str], object],
) -> dict[str, list[Cost]]:
    """Run the sides turn about, each turn in the other order, `pairs` times after one that does not count.

    Whoever comes second pays for what the first left behind: pages still to be written, files still to be
    removed. `before` resets what a side writes and is not counted.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for turn in range(pairs + 1):
        for name in list(sides) if turn % 2 else reversed(list(sides)):
            before(name)
            cost = cost_of(sides[name], postmaster=postmaster)
            if turn:
                costs[name].append(cost)
    return costs
