"""Faults that strike a night at work: what they are, when they are due, and how each of them is done."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import psycopg2

from o7_warehouse import server
from o7_warehouse.postgres import processes_on
from o7_warehouse.walk import LINE
from tests.faults.silence import breaking_off

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.process import BaseProcess

    from tests.journeys.states import State

WALK, SERVER, BACKEND, SOURCE = "the process", "the server", "a connection", "the source"
STEPS: Final = ("open_night", *LINE, "close_night")
# A source is asked by these alone.
OF_SOURCE: Final = ("open_night", "extract")
# What these read is built anew after a crash of the server, by another run from its beginning: dear, and never lost.
OF_BUILD: Final = ("facts", "indicators", "gate_out", "publish")
# How often the steps done are looked up, and how long a connection is waited for that could be broken.
LOOK_SECONDS: Final = 0.05
WAIT_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """What strikes, in which step, after which part of its time; and whether the same run goes on afterwards."""

    kind: str
    step: str
    part: float
    is_resumed: bool


def plan(seed: int, faults: int | None) -> list[Fault]:
    """Where and when faults strike, in the order of the steps.

    None: one to three, each anywhere. A number: so many in one night, each in another step; what would end the run
    strikes before anything dear is built, and what comes later lets it go on.
    """
    chance = random.Random(seed)  # noqa: S311 - it must repeat itself
    found = _on_the_way(chance, faults) if faults else _anywhere(chance)
    # A source that breaks off is read by a run of its own, which comes before the one that is to end.
    return sorted(found, key=lambda one: (one.kind != SOURCE, STEPS.index(one.step)))


def _anywhere(chance: random.Random) -> list[Fault]:
    found = []
    for _ in range(chance.choices((1, 2, 3), (6, 3, 1))[0]):
        kind = chance.choices((WALK, SERVER, BACKEND, SOURCE), (5, 3, 1, 1))[0]
        step = chance.choice(OF_SOURCE if kind == SOURCE else STEPS)
        found.append(Fault(kind, step, chance.random(), chance.random() < 0.5))
    return found


def _on_the_way(chance: random.Random, faults: int) -> list[Fault]:
    found = []
    for step in chance.sample(STEPS[:-1], faults):
        is_early = STEPS.index(step) <= STEPS.index("load")
        kinds = (WALK, SERVER, BACKEND, SOURCE) if step in OF_SOURCE else (WALK, SERVER, BACKEND)
        kinds = kinds if is_early else (WALK,) if step in OF_BUILD else (WALK, SERVER)
        kind = chance.choice(kinds)
        found.append(Fault(kind, step, chance.random() / 2, not is_early or chance.random() < 0.5))
    return found


class Looking:
    """A connection that looks up what a run has done, and is opened again where the server was killed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._connection: psycopg2.extensions.connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def done(self, run_id: str) -> list[str]:
        """The steps the run has done, as often as it has; nothing where no server answers yet."""
        try:
            if self._connection is None:
                address = server.address(self._state.settings()).dsn("warehouse", server.ADMIN)
                self._connection = psycopg2.connect(address, connect_timeout=5)
                self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute(
                    "select task from audit.task_record where run_id = %s and outcome = 'success'", (run_id,)
                )
                return [task for (task,) in cursor.fetchall()]
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.__exit__()
            self._connection = None
            return []


class Night:
    """A night at work as its audit tells it."""

    def __init__(self, state: State, run_id: str, spans: Mapping[str, float], *, is_resumed: bool) -> None:
        self.state, self.run_id, self.spans, self.is_resumed = state, run_id, spans, is_resumed
        self.break_off: Callable[[], None] | None = None
        self.opened_before = self._done().count("open_night") if is_resumed else 0

    def next_step(self) -> str:
        """The step the run has not done yet; of one that has done them all, the last."""
        done = self._done()
        return next((step for step in LINE if step not in done), LINE[-1])

    def is_open(self) -> bool:
        """Whether the run was opened and has not ended, so that it can go on."""
        rows = self.state.execute(
            "select ended.run_id is null from audit.run left join audit.run_outcome as ended using (run_id)"
            " where run_id = %s", self.run_id
        )  # fmt: skip
        return rows == [(True,)] and "open_night" in self._done()

    @contextmanager
    def source_that_breaks_off(self) -> Iterator[str]:
        """The address of the replica behind a port that can be told to break off."""
        with (
            server.running(self.state.settings()) as running,
            breaking_off(running.port) as (port, break_off),
        ):
            self.break_off = break_off
            yield running.dsn("o7", "o7_export_reader").replace(f":{running.port}/", f":{port}/")

    def strike(self, fault: Fault, process: BaseProcess) -> str | None:
        """Wait for the moment and strike; the step that was at work then, None where the night was over before."""
        step = self._wait_for(fault.step, process)
        time.sleep(fault.part * self.spans[fault.step])
        if step is None or not process.is_alive():
            return None
        if fault.kind == WALK:
            process.kill()
        elif fault.kind == SERVER:
            self._kill_server()
        elif fault.kind == SOURCE:
            assert self.break_off is not None
            self.break_off()
        else:
            self._break_a_connection(process)
        return fault.step

    def _wait_for(self, step: str, process: BaseProcess) -> str | None:
        """Until everything before the step is done, or the process has ended."""
        before = set(STEPS[: STEPS.index(step)])
        with Looking(self.state) as looking:
            while process.is_alive():
                done = looking.done(self.run_id)
                is_opened = step == "open_night" or done.count("open_night") > self.opened_before
                if is_opened and before <= set(done):
                    return step
                time.sleep(LOOK_SECONDS)
        return None

    def _kill_server(self) -> None:
        mark = self.state.folder / "postgres" / "data" / "postmaster.pid"
        os.kill(int(mark.read_text(encoding="ascii").split()[0]), signal.SIGKILL)
        while processes_on(mark.parent):
            time.sleep(LOOK_SECONDS)

    def _break_a_connection(self, process: BaseProcess) -> None:
        """End the connection of the night that was opened last; where it has none, wait for one."""
        patience = time.monotonic() + WAIT_SECONDS
        ended: list[tuple[object, ...]] = []
        while not ended and time.monotonic() < patience and process.is_alive():
            ended = self.state.execute(
                "select pg_terminate_backend(pid) from (select pid from pg_stat_activity where datname = 'warehouse'"
                " and backend_type = 'client backend' and pid <> pg_backend_pid() order by backend_start desc limit 1"
                ") as newest"
            )

    def _done(self) -> list[str]:
        with Looking(self.state) as looking:
            return looking.done(self.run_id)
