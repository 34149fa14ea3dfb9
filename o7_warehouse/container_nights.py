"""The nights a container asks the running Airflow for: one by hand, and a smoke night by itself at the first start."""

from __future__ import annotations

import sys
import time
import uuid

from o7_warehouse import scheduler, steps
from o7_warehouse.airflow_api import FINISHED, AirflowApi, TaskState, patiently
from o7_warehouse.airflow_sign_in import ADMIN_USER
from o7_warehouse.console import say
from o7_warehouse.containers import address, named_source, settings
from o7_warehouse.errors import ServerError
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import transaction

# Within the limits of memory and a few minutes, whatever the machine.
SMOKE_PUPILS = 10_000


def airflow_api() -> AirflowApi:
    """The running Airflow, as its administrator, once it knows the night.

    A dag-processor says that it is healthy before it has read a file. Raises AirflowUnavailableError, and ServerError
    where the night is not read in time.
    """
    host, port = address("API_ADDRESS")
    password = Settings.load().secrets.airflow_admin_password
    api = AirflowApi(base=f"http://{host}:{port}", user=ADMIN_USER, password=password)
    patience = time.monotonic() + scheduler.BOOT_SECONDS
    while not patiently(lambda: api.has_dag(scheduler.DAG_ID)):
        if time.monotonic() > patience:
            raise ServerError(
                f"Airflow has not read {scheduler.DAG_ID} within {scheduler.BOOT_SECONDS} seconds, so no night can be "
                "asked for. Read: docker compose logs dag-processor"
            )
        time.sleep(scheduler.POLL_SECONDS)
    return api


def run_night() -> None:
    """Ask the running scheduler for one night and follow it to its end."""
    api = airflow_api()
    run_id, told = str(uuid.uuid4()), set()

    def watch(tasks: list[TaskState]) -> None:
        for task in tasks:
            if task.state in FINISHED and task.task not in told:
                told.add(task.task)
                say(f"{task.task}: {task.state} after {task.seconds or 0:.1f} s")

    result = scheduler.run_night(api, dag_run_id=f"manual__{run_id}", conf={"run_id": run_id}, watch=watch)
    if not result.succeeded:
        failure = steps.failure_of(settings(), run_id)
        say(f"{failure.step}: {failure.message}")
        sys.exit(failure.exit_code)


def no_smoke() -> str | None:
    """Why no smoke night is run; None where it is: over a small synthetic О7, and once."""
    if source := named_source():
        return f"{source} names a source, and a smoke night is of made-up pupils only"
    if (pupils := Settings.load().synthetic_pupils) > SMOKE_PUPILS:
        return f"the synthetic О7 has {pupils} pupils, more than {SMOKE_PUPILS}: ask by docker compose run --rm night"
    with transaction(settings(), ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from published.night")
        [(nights,)] = cursor.fetchall()
    return f"nights are published already ({nights})" if nights else None


def run_smoke_night() -> bool:
    """One night by itself at the first start, and whether it was run; the DAG is left paused where it was."""
    if reason := no_smoke():
        say(f"No smoke night: {reason}.")
        return False
    api = airflow_api()
    was_paused = patiently(lambda: api.call("GET", f"/dags/{scheduler.DAG_ID}"))["is_paused"]
    try:
        run_night()
    finally:
        if was_paused:
            patiently(lambda: api.pause(scheduler.DAG_ID))
            # The run the timetable has asked for meanwhile: a synthetic О7 has one night, and it is another.
            patiently(lambda: api.fail_unfinished(scheduler.DAG_ID))
    return True
