"""A scheduler and a dag-processor that die in the middle of a night are started again, and the night goes on."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse.indicators import indicator_rows
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import Settings
from tests.conftest import open_folder
from tests.deployment.compose import Machine
from tests.deployment.test_services import SERVICES, finish, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from typing import Any

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
PATIENCE_SECONDS = 900
# A minute without a heartbeat, ten seconds until it is looked for, forty before the next try; and a busy machine.
NOTICED_SECONDS = 180
RUNNERS = ("dag-processor", "scheduler")
ENDED = "select run_id, message, outcome from audit.run_outcome order by recorded_at"
BUILDER = "select pid from pg_stat_activity where usename = 'o7_transformer' and state <> 'idle' limit 1"
TRIES = """
    select try_number, start_date from task_instance
    where task_id = '{task}' and run_id = (select run_id from dag_run order by id desc limit 1)
"""


@pytest.fixture(scope="module")
def machine() -> Iterator[tuple[Machine, ExitStack]]:
    """A server with its databases and a filled source; the stack ends what is started on it."""
    with open_folder() as folder, ExitStack() as started:
        machine = Machine.on(folder)
        finish(machine, "secrets")
        up(machine, started, "postgres")
        for name in ("init", "source"):
            finish(machine, name)
        up(machine, started, "api-server")
        yield machine, started


def up(machine: Machine, started: ExitStack, name: str) -> subprocess.Popen[bytes]:
    """A service, started and healthy."""
    process = started.enter_context(running(machine, name))
    machine.wait_healthy(name, SERVICES[name], process)
    return process


def ask(machine: Machine, name: str, statement: str) -> list[tuple[Any, ...]]:
    """What a database says."""
    with (
        closing(psycopg2.connect(machine.server().dsn(name, ADMIN))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall()


def wait_until_at_work(machine: Machine, task: str, night: subprocess.Popen[bytes]) -> None:
    """Until a task of the night runs."""
    patience = time.monotonic() + PATIENCE_SECONDS
    at_work = f"select from task_instance where task_id = '{task}' and state = 'running'"
    while not ask(machine, "airflow", at_work):
        assert night.poll() is None, words(machine)
        assert time.monotonic() < patience, f"{task} never began"
        time.sleep(0.1)


def figures(machine: Machine) -> list[dict[str, Any]]:
    """Every published figure, as the simulator tells it."""
    given = {"O7_WAREHOUSE_DSN": machine.server().dsn("warehouse", ADMIN), "O7_WAREHOUSE_TLS": "unguarded"}
    rows = indicator_rows(Settings.load(machine.folder / "state", given))
    return [{name: value for name, value in row.items() if name != "definition_version"} for row in rows]


def truth(machine: Machine) -> list[dict[str, Any]]:
    """What the figures must be."""
    [night] = json.loads((machine.folder / "state" / "truth.json").read_text(encoding="utf-8")).values()
    told: list[dict[str, Any]] = night["indicators"]
    return told


def words(machine: Machine) -> str:
    """What the command that asked for the night has said."""
    return (machine.folder / "night.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("task", ["load", "facts"])
def test_a_night_goes_on_when_what_runs_it_was_killed_and_is_started_again(
    machine: tuple[Machine, ExitStack], task: str
) -> None:
    """The scheduler goes with its tasks, as a container takes them along, and the dag-processor beside it."""
    house, started = machine
    lost = [up(house, started, name) for name in RUNNERS]
    before = ask(house, "warehouse", ENDED)
    night = house.start(SERVICES["night"], house.folder / "night.log")
    wait_until_at_work(house, task, night)

    struck = datetime.now(UTC)
    for process in lost:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    again = [up(house, started, name) for name in RUNNERS]

    assert night.wait(PATIENCE_SECONDS) == 0, words(house)
    assert [outcome for *_, outcome in ask(house, "warehouse", ENDED)[len(before) :]] == ["success"]
    assert figures(house) == truth(house)
    [(tries, began)] = ask(house, "airflow", TRIES.format(task=task))
    assert tries == 2
    assert (began - struck).total_seconds() < NOTICED_SECONDS
    for process in again:
        os.killpg(process.pid, signal.SIGKILL)


def test_a_night_goes_on_when_the_database_under_it_and_under_airflow_crashed(
    machine: tuple[Machine, ExitStack],
) -> None:
    """PostgreSQL throws everybody out and reads its log; whatever ends of that is started again, as the engine does."""
    house, started = machine
    lasting = {name: up(house, started, name) for name in RUNNERS}
    before = ask(house, "warehouse", ENDED)
    night = house.start(SERVICES["night"], house.folder / "night.log")
    wait_until_at_work(house, "facts", night)
    patience = time.monotonic() + PATIENCE_SECONDS
    while not (at_work := ask(house, "warehouse", BUILDER)):
        assert time.monotonic() < patience, "dbt never came"
        time.sleep(0.1)

    os.kill(at_work[0][0], signal.SIGKILL)
    patience = time.monotonic() + PATIENCE_SECONDS
    while (ended := after_the_crash(house) or before) == before:
        assert time.monotonic() < patience, "the night never ended"
        time.sleep(2)
        for name, process in list(lasting.items()):
            if process.poll() is not None:
                # Not waited for: one that is started before the server is ready ends again, and is started again.
                lasting[name] = started.enter_context(running(house, name))

    assert [outcome for *_, outcome in ended[len(before) :]] == ["success"], ended
    assert figures(house) == truth(house)
    assert night.wait(60) is not None
    for process in lasting.values():
        os.killpg(process.pid, signal.SIGKILL)


def after_the_crash(machine: Machine) -> list[tuple[Any, ...]] | None:
    """The runs that have ended; None while nobody is let in."""
    try:
        return ask(machine, "warehouse", ENDED)
    except psycopg2.OperationalError:
        return None
