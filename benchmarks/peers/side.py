"""One side of a comparison, how it is run and counted, and what is told of it.

A side that could not be run, or that did other work than ours, has a reason and no figures: nothing can be won
against it.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol, Self

from benchmarks.peers.process import Command, NotRunError, Used, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

# A side that takes more of the processor than this is run once, and says so by its n.
ONCE_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Somebody who does the work.

    ``command`` makes ready what one run needs, uncounted, and gives what is counted. ``check`` raises NotRunError
    where the last run did not do the work, and says what is to be known of it where it did so in its own way.
    ``start`` is what its processes take before any work, run once.
    """

    name: str
    version: str
    command: Callable[[], Command]
    check: Callable[[], str | None]
    start: Callable[[], Command] | None = None
    is_ours: bool = False


@dataclass(slots=True, kw_only=True)
class Told:
    """What is told of a side: seconds of the processor run by run, or why there are none.

    ``beside`` is what ours took in the same turns, ``where`` the machine and the day.
    """

    family: str
    pupils: int
    name: str
    version: str
    is_ours: bool = False
    client: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    memory: float = 0.0
    start: float | None = None
    not_run: str | None = None
    note: str | None = None
    where: str = ""
    beside: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, side: Side, *, family: str, pupils: int) -> Self:
        """Nothing yet of a side."""
        return cls(family=family, pupils=pupils, name=side.name, version=side.version, is_ours=side.is_ours)

    @property
    def is_slow(self) -> bool:
        """Whether its first turn was long enough to count."""
        return bool(self.client) and self.cpu[0] > ONCE_SECONDS

    def keep(self, used: Used) -> None:
        """Add a run."""
        self.client.append(used.client)
        self.server.append(used.server)
        self.wall.append(used.wall)
        self.memory = max(self.memory, used.memory)

    def forget(self) -> None:
        """Take away every run."""
        self.client, self.server, self.wall, self.note = [], [], [], None

    @property
    def cpu(self) -> list[float]:
        """Client and server together, run by run. Raises NotRunError for a side without figures."""
        if self.not_run is not None or not self.client:
            raise NotRunError(f"{self.name} was not run: {self.not_run or 'nobody began it'}.")
        return [client + server for client, server in zip(self.client, self.server, strict=True)]

    @property
    def median(self) -> float:
        """The middle one of its runs. Raises NotRunError."""
        return statistics.median(self.cpu)

    @property
    def ratios(self) -> list[float]:
        """How many times what ours took it took, turn by turn. Raises NotRunError."""
        turns = zip(self.cpu, self.beside, strict=False)
        return [cpu / ours for cpu, ours in turns]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A side that could not even be made."""

    name: str
    version: str
    why: str

    def told(self, family: str, pupils: int) -> Told:
        """What is told of it."""
        return Told(family=family, pupils=pupils, name=self.name, version=self.version, not_run=self.why)


class Runner(Protocol):
    """Runs a command under a name; raises NotRunError."""

    def __call__(self, command: Command, *, name: str) -> Used:
        """Run it once."""


def chosen(sides: Sequence[Side], only: Sequence[str]) -> list[Side]:
    """Ours, and of the others those whose names hold one of the words."""
    return [side for side in sides if side.is_ours or any(word in side.name for word in only)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often sides run: counted turns, and the minutes after which no further one begins.

    Without turns the first one counts. ``only`` are words of the names of the sides to run.
    """

    turns: int
    minutes: float = float("inf")
    only: Sequence[str] = ("",)


def measure(
    sides: Sequence[Side], *, family: str, pupils: int, plan: Plan, postmaster: int, work: Path
) -> list[Told]:
    """Run the chosen sides turn about, each turn in the other order, after one turn that only shows who can.

    A side that is slow is not run again: its first turn counts.
    """
    end = time.monotonic() + 60 * plan.minutes
    begin = partial(run, postmaster=postmaster, work=work)
    sides = chosen(sides, plan.only)
    told = [Told.of(side, family=family, pupils=pupils) for side in sides]
    for side, one in zip(sides, told, strict=True):
        _first_turn(side, begin, one, counts=plan.turns == 0)
    for turn in range(plan.turns):
        for side, one in list(zip(sides, told, strict=True))[:: -1 if turn % 2 else 1]:
            if one.not_run is None and not one.is_slow and (time.monotonic() < end or not one.client):
                _turn(side, begin, one)
    ours = next((one for one in told if one.is_ours and one.not_run is None), None)
    for one in told:
        one.beside = ours.cpu if ours is not None and one.not_run is None else []
    return told


def _first_turn(side: Side, begin: Runner, told: Told, *, counts: bool) -> None:
    try:
        if side.start is not None:
            told.start = begin(side.start(), name=f"{side.name} start").cpu
    except NotRunError as error:
        told.not_run = str(error)
        return
    used = _turn(side, begin, told)
    if used is not None and not counts and used.cpu <= ONCE_SECONDS:
        told.forget()


def _turn(side: Side, begin: Runner, told: Told) -> Used | None:
    """Run a side once and keep what it used, or why it has no figures."""
    try:
        used = begin(side.command(), name=side.name)
        told.note = side.check()
    except NotRunError as error:
        told.forget()
        told.not_run = str(error)
        print(f"  {told.name}: not run: {told.not_run}", flush=True)
        return None
    told.keep(used)
    print(f"  {told.name}: {used.cpu:.2f} s of CPU, {used.server:.2f} of it in the server", flush=True)
    return used
