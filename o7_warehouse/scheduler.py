"""Real Airflow around a night: boots it, asks for one run, follows it, and leaves no process behind.

Airflow is only ever started as programs and spoken to by REST; it is never imported here.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from o7_warehouse.airflow_api import FINISHED, AirflowApi, TaskState, patiently
from o7_warehouse.airflow_environment import Ports, airflow_home, environment, program
from o7_warehouse.airflow_people import prepare
from o7_warehouse.airflow_sign_in import ADMIN_USER
from o7_warehouse.broker import refuse_silent_broker
from o7_warehouse.celery_environment import worker_words
from o7_warehouse.errors import ServerError
from o7_warehouse.processes import Program, start, stop
from o7_warehouse.queues import WORKERS_OF_ONE_MACHINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from o7_warehouse.settings import Settings

DAG_ID = "o7_night"
LAST_TASK = "close_night"
# A run that was ended by hand or by its time limit skips what had not begun.
ENDED = FINISHED | {"skipped", "upstream_failed", "removed"}
# Each of these is one `airflow …`; a triggerer is not among them, for no task of ours defers.
PROGRAMS = {name: [name] for name in ("api-server", "scheduler", "dag-processor")}
BOOT_SECONDS = 240
STOP_SECONDS = 30
# Each question costs the api-server processor time that the night itself could use.
POLL_SECONDS = 1
RUNNING = "running.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Airflow:
    """A running Airflow: where it answers, and its programs."""

    api: AirflowApi
    ports: Ports
    programs: tuple[Program, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended, task by task."""

    succeeded: bool
    tasks: tuple[TaskState, ...]


@contextmanager
def running(settings: Settings, say: Callable[[str], None]) -> Iterator[Airflow]:
    """Airflow for as long as the block lasts; the one of :func:`keep` where it runs already.

    The database server must run. Raises ServerError, AirflowUnavailableError.
    """
    kept = find_kept(settings)
    if kept is not None:
        yield kept
        return
    ports = Ports.free()
    programs: list[Program] = []
    try:
        airflow = _boot(settings, ports, programs, say, dies_with_parent=True)
        yield airflow
    finally:
        if lost := [one.name for one in programs if not one.is_alive]:
            # Nobody saw it where the other worker has done everything.
            say(
                f"{', '.join(lost)} ended before its time: read airflow/logs/{lost[0]}.log in the state directory"
            )
        say("stopping Airflow")
        stop(programs, home=airflow_home(settings), patience=STOP_SECONDS)


def keep(settings: Settings, say: Callable[[str], None]) -> Airflow:
    """Boot Airflow so that it outlives this process, until :func:`stop_kept`."""
    kept = find_kept(settings)
    if kept is not None:
        return kept
    ports = Ports.free()
    programs: list[Program] = []
    with ExitStack() as undone:
        # Whatever ends this before its time, an interrupt too, leaves no program behind.
        undone.callback(stop, programs, home=airflow_home(settings), patience=STOP_SECONDS)
        airflow = _boot(settings, ports, programs, say, dies_with_parent=False)
        programs.append(_serve_reports(settings, ports))
        undone.pop_all()
    known = {"ports": asdict(ports), "programs": [asdict(one) for one in programs]}
    (airflow_home(settings) / RUNNING).write_text(json.dumps(known), encoding="utf-8")
    return airflow


def _serve_reports(settings: Settings, ports: Ports) -> Program:
    """Show the folder of reports, and nothing else, on loopback."""
    folder = settings.state / "reports"
    folder.mkdir(exist_ok=True)
    return start(
        "reports",
        [
            sys.executable,
            "-P",
            "-m",
            "o7_warehouse.report.serve",
            str(ports.reports),
            "127.0.0.1",
            str(folder),
        ],
        environment=environment(settings, ports),
        log=airflow_home(settings) / "logs" / "reports.log",
        dies_with_parent=False,
        folder=folder,
    )


def find_kept(settings: Settings) -> Airflow | None:
    """The Airflow that :func:`keep` left running for this state directory, if all of it still lives."""
    path = airflow_home(settings) / RUNNING
    if not path.exists():
        return None
    known = json.loads(path.read_text(encoding="utf-8"))
    programs = tuple(Program(**one) for one in known["programs"])
    if not all(one.is_alive for one in programs):
        stop_kept(settings)
        return None
    ports = Ports(**known["ports"])
    return Airflow(api=_api(settings, ports), ports=ports, programs=programs)


def stop_kept(settings: Settings) -> bool:
    """End what :func:`keep` left running; says whether there was anything."""
    path = airflow_home(settings) / RUNNING
    if not path.exists():
        return False
    known = json.loads(path.read_text(encoding="utf-8"))
    stop([Program(**one) for one in known["programs"]], home=airflow_home(settings), patience=STOP_SECONDS)
    path.unlink()
    return True


def run_night(
    api: AirflowApi,
    *,
    dag_run_id: str,
    conf: dict[str, str],
    watch: Callable[[list[TaskState]], None],
) -> RunResult:
    """Ask for one run of the night's DAG, follow it to its end, and show ``watch`` the tasks on the way.

    A run that is broken off here (an interrupt) is marked failed, so that no later scheduler goes on with it.
    """
    path = (DAG_ID, dag_run_id)
    patiently(lambda: api.fail_unfinished(DAG_ID))
    patiently(lambda: api.unpause(DAG_ID))
    patiently(lambda: api.trigger(DAG_ID, dag_run_id=dag_run_id, conf=conf))
    with ExitStack() as undone:
        # Whatever ends this before its time, an interrupt too, leaves no run at work. A busy Airflow is waited for:
        # an error here would stand in the place of what ended the night.
        undone.callback(patiently, lambda: api.fail_unfinished(DAG_ID))
        while not _has_ended(tasks := patiently(lambda: api.tasks(*path))):
            watch(tasks)
            time.sleep(POLL_SECONDS)
        while (state := patiently(lambda: api.run_state(*path))) not in FINISHED:
            time.sleep(POLL_SECONDS)
        undone.pop_all()
    watch(tasks)
    return RunResult(succeeded=state == "success", tasks=tuple(tasks))


def _has_ended(tasks: list[TaskState]) -> bool:
    """Whether the last task is over; it runs whatever happened to the others."""
    return any(task.task == LAST_TASK and task.state in ENDED for task in tasks)


def _boot(
    settings: Settings,
    ports: Ports,
    programs: list[Program],
    say: Callable[[str], None],
    *,
    dies_with_parent: bool,
) -> Airflow:
    """Start the programs, each noted in ``programs`` at once, and wait until they and the DAG are there."""
    refuse_silent_broker(settings)
    prepare(settings, say)
    home, wanted = airflow_home(settings), programs_for(settings)
    say(f"starting Airflow: {', '.join(wanted)}")
    for name, words in wanted.items():
        started = start(
            name,
            program(*words),
            environment=environment(settings, ports),
            log=home / "logs" / f"{name}.log",
            dies_with_parent=dies_with_parent,
            folder=home,
        )
        programs.append(started)  # at once: whoever called us stops what has been started
    airflow = Airflow(api=_api(settings, ports), ports=ports, programs=tuple(programs))
    patience = time.monotonic() + BOOT_SECONDS
    while not (airflow.api.is_healthy() and airflow.api.has_dag(DAG_ID)):
        _refuse_dead_or_late(airflow, late=time.monotonic() > patience)
        time.sleep(POLL_SECONDS)
    return airflow


def programs_for(settings: Settings) -> dict[str, list[str]]:
    """Name -> what stands after ``airflow``: the three, and Celery workers where the settings choose them."""
    if settings.executor != "celery":
        return PROGRAMS
    return PROGRAMS | {name: worker_words(name, queues) for name, queues in WORKERS_OF_ONE_MACHINE.items()}


def _refuse_dead_or_late(airflow: Airflow, *, late: bool) -> None:
    dead = [one.name for one in airflow.programs if not one.is_alive]
    if dead:
        raise ServerError(
            f"Airflow's {', '.join(dead)} ended while starting. A night needs all of them. "
            f"Read airflow/logs/{dead[0]}.log in the state directory."
        )
    if airflow.api.is_healthy() and (broken := airflow.api.import_errors()):
        raise ServerError(
            f"Airflow cannot read {', '.join(broken)}. Without it there is no {DAG_ID}. "
            "Run: ./o7 test tests/dags"
        )
    if late:
        raise ServerError(
            f"Airflow was not well {BOOT_SECONDS} s after its start, or has not read {DAG_ID}. "
            "Read airflow/logs in the state directory; on a loaded machine run the same command again."
        )


def _api(settings: Settings, ports: Ports) -> AirflowApi:
    return AirflowApi(
        base=f"http://127.0.0.1:{ports.api}",
        user=ADMIN_USER,
        password=settings.secrets.airflow_admin_password,
    )
