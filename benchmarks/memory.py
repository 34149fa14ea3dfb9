"""Memory of a group of processes while something runs, counted by the operating system.

The proportional set size (PSS) gives a page that several processes share to each of them in part, so that the sum
over all processes is what the machine really holds for them.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# One look at thirty processes costs about a hundredth of this: the kernel walks all their pages.
EVERY_SECONDS = 2.0
POSTGRES = "PostgreSQL"
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(slots=True)
class Peak:
    """The greatest sum of PSS seen while the block lasted, in MB, and whose it was then.

    ``roots`` gives the processes whose whole families count. ``server`` is the greatest sum of PostgreSQL's processes
    alone, ``largest_process`` the greatest resident set that one other process ever had.
    """

    roots: Callable[[], Iterable[int]]
    every: float = EVERY_SECONDS
    server: float = 0.0
    largest_process: float = 0.0
    total: float = 0.0
    by_program: dict[str, float] = field(default_factory=dict)
    samples: int = 0
    _end: threading.Event = field(default_factory=threading.Event)
    _sampler: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._sampler is not None:
            self._sampler.join()

    def _sample(self) -> None:
        while not self._end.wait(self.every):
            found: dict[str, float] = defaultdict(float)
            for pid in _families(set(self.roots())):
                program = _program(pid)
                found[program] += _kilobytes(PSS, f"/proc/{pid}/smaps_rollup") / 1024
                if program != POSTGRES:
                    self.largest_process = max(self.largest_process, high_water(pid))
            self.samples += 1
            self.server = max(self.server, found[POSTGRES])
            if sum(found.values()) > self.total:
                self.total, self.by_program = sum(found.values()), dict(found)


def high_water(pid: int | str = "self") -> float:
    """The greatest resident set of a process since it began its program, in MB; nothing for one that has gone."""
    return _kilobytes(HIGH_WATER, f"/proc/{pid}/status") / 1024


def _families(roots: set[int]) -> set[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _read(f"/proc/{entry.name}/stat")):
            children[int(stat.rsplit(")", 1)[1].split()[1])].append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children[pid]
    return found


def _program(pid: int) -> str:
    """PostgreSQL's processes as one, all others (Python) as the other: Airflow's names change with its versions."""
    return POSTGRES if _read(f"/proc/{pid}/comm").strip() == "postgres" else "Airflow and its tasks"


def _kilobytes(pattern: re.Pattern[str], path: str) -> int:
    found = pattern.search(_read(path))
    return int(found[1]) if found else 0


def _read(path: str) -> str:
    """The content, empty for a process that has gone."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
