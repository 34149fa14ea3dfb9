"""Airflow with Celery workers and a real Redis on this machine, and how each of them is lost."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import time
import uuid
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil
import psycopg2
import redis

from o7_warehouse import bootstrap, scheduler, server
from o7_warehouse.airflow_environment import airflow_home, environment, program
from o7_warehouse.celery_environment import worker_words
from o7_warehouse.processes import start
from o7_warehouse.queues import QUEUES, WORKERS_OF_ONE_MACHINE
from o7_warehouse.settings import Settings
from o7_warehouse.sources import SourceChoice
from tests.deployment.compose import compose, free_port
from tests.journeys.states import KEY
from tests.redis_server import find_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from o7_warehouse.airflow_api import TaskState
    from o7_warehouse.scheduler import Airflow

WAITING = "select count(*) from pg_catalog.pg_locks where relation = %s::regclass and not granted"


@dataclass
class Broker:
    """A Redis server with the options of the Compose file, except for what a container and a password add."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """What O7_CELERY_BROKER says."""
        return f"redis://127.0.0.1:{self.port}/0"

    def begin(self) -> None:
        """Start it with what it has on the disk, and wait for its answer."""
        words = [str(word) for word in compose()["services"]["redis"]["command"]]
        for option, value in (("--dir", str(self.folder)), ("--aclfile", "")):
            words[words.index(option) + 1] = value
        found = find_redis()
        assert found is not None
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [found, *words[1:], "--port", str(self.port), "--bind", "127.0.0.1"],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        patience = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < patience, "Redis never answered"
            time.sleep(0.1)

    def end(self, how: signal.Signals) -> None:
        """End it, and wait until it is gone."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(30)

    def answers(self) -> bool:
        """Whether it gives a sign."""
        try:
            with self.ask() as asked:
                return bool(asked.ping())
        except redis.ConnectionError:
            return False

    def ask(self) -> redis.Redis:
        """A connection to it."""
        return redis.Redis(port=self.port, socket_timeout=5)

    def waiting(self) -> int:
        """How many messages nobody has taken."""
        with self.ask() as asked:
            return sum(int(asked.llen(queue)) for queue in QUEUES)

    def held(self) -> int:
        """How many messages were taken and not acknowledged."""
        with self.ask() as asked:
            return int(asked.zcard("unacked_index"))

    def give_out_again(self) -> int:
        """Let the time be over in which lost workers might have acknowledged; returns how many messages those had."""
        with self.ask() as asked:
            held = asked.zrange("unacked_index", 0, -1)
            for tag in held:
                asked.zadd("unacked_index", {tag: 1})
            return len(held)


@dataclass
class Plant:
    """A warehouse whose nights run on Celery workers."""

    settings: Settings
    airflow: Airflow
    broker: Broker
    admin: str = field(repr=False)
    # The main process of each worker that lives.
    mains: dict[str, psutil.Process]

    def begin_lost(self) -> None:
        """Begin the workers that were lost, as the command did; a night must never wait for this."""
        for name in WORKERS_OF_ONE_MACHINE.keys() - self.mains.keys():
            begun = start(
                name, program(*worker_words(name, WORKERS_OF_ONE_MACHINE[name])),
                environment=environment(self.settings, self.airflow.ports),
                log=airflow_home(self.settings) / "logs" / f"{name}.log", dies_with_parent=True,
                folder=airflow_home(self.settings),
            )  # fmt: skip
            self.mains[name] = psutil.Process(begun.pid)

    def lose_all(self, task: int) -> None:
        """The worker that has a task is lost with everything that ran in it, and stays lost."""
        everything = self._worker_of(task)
        for one in everything:
            one.kill()
        self._forget(everything)

    def lose_main(self, task: int) -> None:
        """Only the worker's main process is killed, and what it began must not go on beside the next try."""
        everything = self._worker_of(task)
        everything[0].kill()
        self._forget(everything)

    def lose_supervisor(self, task: int) -> None:
        """Only the pool process that looks after a task is killed: the task must end, the worker lives on."""
        main = self._worker_of(task)[0]
        [pool] = [one for one in main.children() if task in numbers(one.children(recursive=True))]
        tasks = pool.children(recursive=True)
        pool.kill()
        _wait_for_the_end(tasks)
        assert main.is_running()

    def _worker_of(self, task: int) -> list[psutil.Process]:
        """The processes of the worker that has the task of this number, the main one first."""
        every = [[main, *main.children(recursive=True)] for main in self.mains.values()]
        [found] = [processes for processes in every if task in numbers(processes)]
        return found

    def _forget(self, lost: list[psutil.Process]) -> None:
        _wait_for_the_end(lost)
        self.mains = {name: main for name, main in self.mains.items() if main != lost[0]}

    def night(self, drop: Path, faults: list[Fault | Return]) -> tuple[str, scheduler.RunResult]:
        """Run the night of a drop while the faults happen; returns the run's identity and how it ended."""
        run_id = str(uuid.uuid4())
        source = Settings.load(self.settings.state, {"O7_DROP": str(drop)})
        SourceChoice.from_settings(source).store(self.settings, run_id)
        with ExitStack() as held:

            def watch(tasks: list[TaskState]) -> None:
                states = {one.task: one.state for one in tasks}
                for fault in faults:
                    fault.look(self, run_id, states, held)

            result = scheduler.run_night(
                self.airflow.api, dag_run_id=f"manual__{run_id}", conf={"run_id": run_id}, watch=watch
            )
        return run_id, result

    def tasks(self, run_id: str) -> dict[str, dict[str, Any]]:
        """The tasks of a night, each in its last try."""
        path = f"/dags/{scheduler.DAG_ID}/dagRuns/manual__{run_id}/taskInstances"
        return {one["task_id"]: one for one in self.airflow.api.call("GET", path)["task_instances"]}

    def tries(self, run_id: str) -> dict[str, int]:
        """How often each task of a night was begun."""
        return {name: one["try_number"] for name, one in self.tasks(run_id).items()}

    def again_after(self, fault: Fault) -> float:
        """Seconds from a fault until its task was given out again; when it begins is up to this machine."""
        given = dt.datetime.fromisoformat(self.tasks(fault.run_id)[fault.task]["queued_when"])
        return (given - fault.struck_at).total_seconds()

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement as the administrator of the warehouse."""
        with closing(psycopg2.connect(self.admin)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()


@dataclass(eq=False)
class Fault:
    """What is lost while ``task`` is at work: it waits for ``table``, locked as soon as all ``before`` it ended."""

    task: str
    before: tuple[str, ...]
    table: str
    # Told the process number of the task.
    strike: Callable[[Plant, int], None]
    # Seconds until the task is to be given out again.
    within: float = 0
    state: str = "ahead"
    run_id: str = ""
    struck_at: dt.datetime = field(init=False)

    def look(self, plant: Plant, run_id: str, states: dict[str, str], held: ExitStack) -> None:
        """Lock, strike or do nothing, as the states of the tasks have it."""
        if self.state == "ahead" and all(states.get(name) == "success" for name in self.before):
            assert states.get(self.task) != "success", f"{self.task} ended before its table was locked"
            self.lock = held.enter_context(closing(psycopg2.connect(plant.admin)))
            with self.lock.cursor() as cursor:
                cursor.execute(f"lock table {self.table} in access exclusive mode")
            self.state, self.run_id = "locked", run_id
        if self.state == "locked" and plant.ask(WAITING, self.table) != [(0,)]:
            task = plant.tasks(run_id)[self.task]["pid"]
            self.struck_at = dt.datetime.now(dt.UTC)
            self.strike(plant, task)
            self.lock.rollback()
            self.state = "over"


@dataclass
class Return:
    """Something is begun again as soon as a task is in a state, and not before."""

    task: str
    awaited: str
    begin: Callable[[Plant], None]
    state: str = "ahead"

    def look(self, plant: Plant, _run_id: str, states: dict[str, str], _held: ExitStack) -> None:
        """Begin it, or do nothing, as the states of the tasks have it."""
        if self.state == "ahead" and states.get(self.task) == self.awaited:
            self.begin(plant)
            self.state = "over"


def numbers(processes: list[psutil.Process]) -> set[int]:
    """Their numbers."""
    return {one.pid for one in processes}


def _wait_for_the_end(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert [one.cmdline() for one in alive] == []


@contextmanager
def plant(folder: Path, say: Callable[[str], None]) -> Iterator[Plant]:
    """PostgreSQL, Redis and Airflow with its two workers, for as long as the block lasts."""
    broker = Broker(folder)
    broker.begin()
    settings = Settings.load(
        folder / "state",
        {"O7_PSEUDONYM_KEY": KEY, "O7_EXECUTOR": "celery", "O7_CELERY_BROKER": broker.address},
    )
    try:
        with server.running(settings) as embedded:
            bootstrap.ensure(settings, embedded)
            with scheduler.running(settings, say) as airflow:
                workers = [one for one in airflow.programs if one.name in WORKERS_OF_ONE_MACHINE]
                mains = {one.name: psutil.Process(one.pid) for one in workers}
                yield Plant(settings, airflow, broker, embedded.dsn("warehouse", server.ADMIN), mains)
    finally:
        broker.end(signal.SIGTERM)
