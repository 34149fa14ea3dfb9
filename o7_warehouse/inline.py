"""A night without scheduler: the same DAG by ``airflow dags test``, as one program, for debugging."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from o7_warehouse import warehouse
from o7_warehouse.airflow_api import TaskState
from o7_warehouse.airflow_environment import airflow_home, environment, migrate, program
from o7_warehouse.processes import start, stop
from o7_warehouse.scheduler import DAG_ID, STOP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from o7_warehouse.settings import Settings

POLL_SECONDS = 0.5


def run_night(
    settings: Settings, *, run_id: str, conf: dict[str, str], watch: Callable[[list[TaskState]], None]
) -> None:
    """Run the night's DAG in one process and wait for its end; its words go to the state directory's logs."""
    migrate(settings, lambda _: None)
    home = airflow_home(settings)
    running = start(
        "dags-test",
        program("dags", "test", DAG_ID, "--conf", json.dumps(conf)),
        environment=environment(settings),
        log=home / "logs" / f"inline-{run_id}.log",
        dies_with_parent=True,
        folder=home,
    )
    try:
        while running.is_alive:
            watch(_recorded(settings, run_id))
            time.sleep(POLL_SECONDS)
    finally:
        stop([running], home=home, patience=STOP_SECONDS)
    watch(_recorded(settings, run_id))


def _recorded(settings: Settings, run_id: str) -> list[TaskState]:
    """The steps the audit knows of, in their order."""
    with warehouse.transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select task, outcome, extract(epoch from finished_at - started_at)::float8"
            " from audit.task_record where run_id = %s order by recorded_at",
            (run_id,),
        )
        return [TaskState(task=task, state=outcome, seconds=seconds) for task, outcome, seconds in cursor]
