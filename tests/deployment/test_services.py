"""Every service's command and health check, run as processes in the order the Compose file gives."""

from __future__ import annotations

import json
import os
import re
import signal
import smtplib
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import redis

from tests.conftest import open_folder
from tests.deployment.compose import Machine, compose
from tests.redis_server import INSTALL_REDIS, find_redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVICES = compose()["services"]
# By the executor: the second needs what the profile "celery" adds.
LASTING = {
    "local": ("api-server", "dag-processor", "reports", "mail", "scheduler", "watch"),
    "celery": (
        "redis",
        "api-server",
        "dag-processor",
        "reports",
        "mail",
        "worker-build",
        "worker-render",
        "scheduler",
        "watch",
    ),
}


@contextmanager
def running(machine: Machine, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A service for as long as the block lasts; its whole group is ended after it."""
    log = machine.folder / f"{name}.log"
    begin = {"postgres": machine.start_postgres, "redis": machine.start_redis}.get(name, machine.start)
    process = begin(SERVICES[name], log)
    try:
        yield process
    finally:
        end(process, signal.SIGINT if name == "postgres" else signal.SIGTERM)


def end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Ask the group of a process to end, and make it."""
    for number, patience in ((how, 30), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def finish(machine: Machine, name: str) -> None:
    """Run a service that ends by itself."""
    log = machine.folder / f"{name}.log"
    code = machine.start(SERVICES[name], log).wait(300)
    assert code == 0, log.read_text(encoding="utf-8")[-2000:]


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("executor", LASTING)
def test_the_services_start_become_healthy_and_run_a_night(executor: str) -> None:
    if executor == "celery" and find_redis() is None:
        pytest.skip(f'NO REDIS: the services of the profile "celery" were not started. {INSTALL_REDIS}')
    with open_folder() as folder:
        machine = Machine.on(folder, executor)
        finish(machine, "secrets")
        with running(machine, "postgres") as postgres:
            machine.wait_healthy("postgres", SERVICES["postgres"], postgres)
            for name in ("init", "source"):
                finish(machine, name)
            follow(machine, list(LASTING[executor]))


@pytest.mark.parametrize(
    ("name", "executor", "code", "told"),
    [
        pytest.param(
            "worker-build", "local", 2, "O7_EXECUTOR does not choose it", id="a worker nobody chose"
        ),
        pytest.param("scheduler", "celery", 4, "does not answer", id="workers chosen, and no Redis"),
    ],
)
def test_half_a_choice_of_workers_ends_at_once_and_says_so(
    name: str, executor: str, code: int, told: str, tmp_path: Path
) -> None:
    machine = Machine.on(tmp_path, executor)
    log = tmp_path / f"{name}.log"

    assert machine.start(SERVICES[name], log).wait(120) == code
    assert told in log.read_text(encoding="utf-8")


def follow(machine: Machine, names: list[str], *before: subprocess.Popen[bytes]) -> None:
    """Start the lasting services one inside the other, then use them; at last the scheduler is killed."""
    if names:
        with running(machine, names[0]) as process:
            machine.wait_healthy(names[0], SERVICES[names[0]], process)
            follow(machine, names[1:], *before, process)
        return
    if machine.executor == "celery":
        assert not stranger_may_send(machine)
        assert not machine.is_healthy(of_other_queues())
    finish(machine, "night")
    [report] = re.findall(r'href="(/2025-12-15/indicator_statement/[^"]+\.html)"', page(machine, "/"))
    assert "15 декабря 2025" in page(machine, report).replace("\N{NO-BREAK SPACE}", " ")
    assert mail_is_kept(machine)
    assert "scheduler_silent" not in open_alarms(machine)
    os.killpg(before[-2].pid, signal.SIGKILL)  # the one before the watch
    wait_for_alarm(machine, "scheduler_silent")


def open_alarms(machine: Machine) -> set[str]:
    """The alarms that the watch has left open."""
    told = json.loads((machine.folder / "state" / "watch" / "alarms.json").read_text(encoding="utf-8"))
    return {one["code"] for one in told["opened"]}


def wait_for_alarm(machine: Machine, code: str) -> None:
    """Airflow itself notices after half a minute that its scheduler gives no sign."""
    patience = time.monotonic() + 180
    while code not in open_alarms(machine):
        assert time.monotonic() < patience, f"nobody noticed: {code}"
        time.sleep(2)


def stranger_may_send(machine: Machine) -> bool:
    """Whether somebody without a password may put a message into a queue; all he may do is ask for a sign."""
    with redis.Redis(port=machine.ports[6379]) as stranger:
        assert stranger.ping()
        try:
            stranger.lpush("extract", "{}")
        except redis.exceptions.NoPermissionError:
            return False
        return True


def of_other_queues() -> dict[str, Any]:
    """A worker whose health check asks for one that nobody started."""
    service = SERVICES["worker-build"]
    return service | {"healthcheck": {"test": [*service["healthcheck"]["test"][:-1], "worker-nobody"]}}


def page(machine: Machine, path: str) -> str:
    """A page of the report server."""
    with urllib.request.urlopen(f"http://127.0.0.1:{machine.ports[8081]}{path}", timeout=10) as answer:
        found: str = answer.read().decode()
        return found


def mail_is_kept(machine: Machine) -> bool:
    """Whether a mail that is sent lies in the sink's folder."""
    with smtplib.SMTP("127.0.0.1", machine.ports[8025], timeout=10) as server:
        server.sendmail("a@example.org", ["b@example.org"], "Subject: x\r\n\r\ny")
    folder: Path = machine.folder / "state" / "mail" / "new"
    return len(list(folder.iterdir())) == 1
