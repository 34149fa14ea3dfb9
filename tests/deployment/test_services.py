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
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
import redis

from o7_warehouse.postgres import find_programs
from o7_warehouse.server import ADMIN
from tests.conftest import open_folder
from tests.deployment.compose import SERVERS, Machine, compose
from tests.redis_server import INSTALL_REDIS, find_redis

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = compose()["services"]
INSTALL_CITUS = "Name the programs of a PostgreSQL with the extension Citus by O7_POSTGRES_BIN."
# By the executor: the second needs what the profile "celery" adds.
LASTING = {
    "local": ("api-server", "dag-processor", "reports", "portal", "mail", "scheduler", "watch"),
    "celery": (
        "redis",
        "api-server",
        "dag-processor",
        "reports",
        "portal",
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
    if name in SERVERS:
        process = machine.start_postgres(name, SERVICES[name], log)
    else:
        process = (machine.start_redis if name == "redis" else machine.start)(SERVICES[name], log)
    try:
        yield process
    finally:
        end(process, signal.SIGINT if name in SERVERS else signal.SIGTERM)


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
        # As it stands in the file, the timetable asks for a night of its own meanwhile.
        machine = Machine.on(folder, executor=executor, timetable="partitions")
        finish(machine, "secrets")
        with running(machine, "postgres") as postgres:
            machine.wait_healthy("postgres", SERVICES["postgres"], postgres)
            for name in ("init", "source"):
                finish(machine, name)
            follow(machine, list(LASTING[executor]))


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_the_servers_of_the_cluster_become_one_and_a_night_lies_on_its_nodes() -> None:
    if not knows_citus():
        pytest.skip(f'NO CITUS: the services of the profile "citus" were not started. {INSTALL_CITUS}')
    with open_folder() as folder, ExitStack() as started:
        machine = Machine.on(folder, target="citus")
        finish(machine, "secrets")
        for name in SERVERS:
            server = started.enter_context(running(machine, name))
            machine.wait_healthy(name, SERVICES[name], server)
        # A container that is started again joins again.
        for name in ("cluster", "cluster", "init", "source"):
            finish(machine, name)
        follow(machine, list(LASTING["local"]))
        assert {port for _, port in distributed_to(machine)} == {
            machine.servers[name] for name in SERVERS[2:]
        }


def knows_citus() -> bool:
    """Whether this machine's PostgreSQL has the extension."""
    folder = find_programs(os.environ.get("O7_POSTGRES_BIN")).folder
    told = subprocess.run(
        [str(folder / "pg_config"), "--sharedir"], capture_output=True, text=True, check=True
    )
    return (Path(told.stdout.strip()) / "extension" / "citus.control").exists()


def distributed_to(machine: Machine) -> set[tuple[str, int]]:
    """The servers on which shards of facts lie."""
    with (
        closing(psycopg2.connect(machine.server("coordinator").dsn("warehouse", ADMIN))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "select distinct nodename, nodeport from citus_shards where table_name = 'marts.fct_profile_gap'::regclass"
        )
        return set(cursor.fetchall())


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
    assert_the_smoke_night_runs_once(machine)
    [report] = re.findall(r'href="(/2025-12-15/indicator_statement/[^"]+\.html)"', page(machine, "/"))
    assert "15 декабря 2025" in page(machine, report).replace("\N{NO-BREAK SPACE}", " ")
    assert "Республика" in page(machine, "/", port=8082)
    assert "15.12.2025" in page(machine, "/status/", port=8082)
    assert mail_is_kept(machine)
    assert newcomer_signs_in(machine)
    assert "scheduler_silent" not in open_alarms(machine)
    os.killpg(before[-2].pid, signal.SIGKILL)  # the one before the watch
    wait_for_alarm(machine, "scheduler_silent")


def assert_the_smoke_night_runs_once(machine: Machine) -> None:
    """It prints what it gave, leaves the DAG paused, and does nothing where a night is published."""
    log = machine.folder / "smoke.log"
    finish(machine, "smoke")
    told = log.read_text(encoding="utf-8")
    assert {figure for figure in ("4.1", "4.2", "4.3", "4.4") if figure not in told} == set(), told
    assert ask_airflow(machine, "select is_paused from dag where dag_id = 'o7_night'") == [(True,)]
    assert ask_airflow(machine, "select 1 from dag_run where state in ('queued', 'running')") == []
    finish(machine, "smoke")
    assert "No smoke night: nights are published already (1)" in log.read_text(encoding="utf-8")


def ask_airflow(machine: Machine, question: str) -> list[tuple[Any, ...]]:
    """What Airflow's own database answers."""
    address = machine.server().dsn("airflow", ADMIN)
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


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


def page(machine: Machine, path: str, *, port: int = 8081) -> str:
    """A page of the report server, or of the one at another port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{machine.ports[port]}{path}", timeout=10) as answer:
        found: str = answer.read().decode()
        return found


def newcomer_signs_in(machine: Machine) -> bool:
    """Whether an account that is made by hand in a container of its own opens Airflow."""
    log = machine.folder / "people.log"
    words = ["people", "add", "petrova", "--role", "ministry", "--full-name", "А. М. Петрова"]
    assert machine.start(SERVICES["o7"] | {"command": words}, log).wait(300) == 0, log.read_text(
        encoding="utf-8"
    )
    [password] = re.findall(r"Пароль \(показан один раз\): (\S+)", log.read_text(encoding="utf-8"))
    told = json.dumps({"username": "petrova", "password": password}).encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{machine.ports[8080]}/auth/token", told, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - on loopback
        return "access_token" in json.load(answer)


def mail_is_kept(machine: Machine) -> bool:
    """Whether a mail that is sent lies in the sink's folder."""
    with smtplib.SMTP("127.0.0.1", machine.ports[8025], timeout=10) as server:
        server.sendmail("a@example.org", ["b@example.org"], "Subject: x\r\n\r\ny")
    folder: Path = machine.folder / "state" / "mail" / "new"
    return len(list(folder.iterdir())) == 1
