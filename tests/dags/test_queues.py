"""Every task has a queue, and on every queue a worker listens, in each place where workers are started."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from o7_warehouse.celery_environment import TUNING
from o7_warehouse.queues import BUILD, EXTRACT, QUEUES, RENDER, WORKERS
from o7_warehouse.scheduler import programs_for
from o7_warehouse.settings import Settings
from tests.dags.conftest import airflow_environment
from tests.deployment.compose import compose

if TYPE_CHECKING:
    from pathlib import Path

# Section and option of everything that Airflow and its Celery provider describe.
OPTIONS = """
import json
from importlib.resources import files
import yaml
from airflow.providers.celery.get_provider_info import get_provider_info
core = yaml.safe_load(files("airflow.config_templates").joinpath("config.yml").read_text(encoding="utf-8"))
described = [*core.items(), *get_provider_info()["config"].items()]
print(json.dumps([[section, option] for section, content in described for option in content["options"]]))
"""
Tasks = dict[str, dict[str, str]]


def queues_of(parsed: dict[str, Any]) -> Tasks:
    """DAG -> task -> the queue its messages go to; a task that names none is sent to Airflow's default queue."""
    return {
        name: {one["__var"]["task_id"]: one["__var"].get("queue", "default") for one in dag["tasks"]}
        for name, dag in parsed["dags"].items()
    }


def test_every_task_has_a_queue_that_a_service_of_the_compose_file_works_on(parsed: dict[str, Any]) -> None:
    started = [service["command"][0] for service in compose()["services"].values() if service.get("command")]
    worked_on = {queue for worker, queues in WORKERS.items() if worker in started for queue in queues}
    used = {queue for tasks in queues_of(parsed).values() for queue in tasks.values()}

    assert len(queues_of(parsed)) > 1
    assert used == worked_on == set(QUEUES)


def test_of_the_workers_of_one_machine_each_alone_does_every_task(
    parsed: dict[str, Any], tmp_path: Path
) -> None:
    on_celery = {"O7_EXECUTOR": "celery", "O7_CELERY_BROKER": "redis://127.0.0.1/0"}
    words = programs_for(Settings.load(tmp_path, on_celery))
    worked_on = {name: set(words[name][words[name].index("--queues") + 1].split(",")) for name in WORKERS}
    used = {queue for tasks in queues_of(parsed).values() for queue in tasks.values()}

    assert len(worked_on) == 2
    assert worked_on == dict.fromkeys(WORKERS, used)


def test_what_touches_rows_what_dbt_builds_and_what_is_written_are_parted(parsed: dict[str, Any]) -> None:
    night, edition, upkeep = (queues_of(parsed)[name] for name in ("o7_night", "o7_edition", "o7_upkeep"))

    assert {name for name, queue in night.items() if queue == BUILD} == {"catalogue", "facts", "indicators"}
    assert {name for name, queue in night.items() if queue == RENDER} == {
        "restate", "render", "portal", "close_night",
    }  # fmt: skip
    assert {name for name, queue in night.items() if queue == EXTRACT} == {
        "open_night", "extract", "check_delivery", "load", "gate_in", "gate_out", "publish",
    }  # fmt: skip
    assert set(edition.values()) == {RENDER}
    assert set(upkeep.values()) == {EXTRACT}


def test_every_task_ends_with_its_supervisor(parsed: dict[str, Any]) -> None:
    without = {
        (name, one["__var"]["task_id"])
        for name, dag in parsed["dags"].items()
        for one in dag["tasks"]
        if not one["__var"].get("has_on_execute_callback")
    }

    assert without == set()


def test_every_variable_for_celery_is_one_that_airflow_or_its_provider_reads(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", OPTIONS],
        env=airflow_environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    options = {"__".join(pair).upper() for pair in json.loads(done.stdout.splitlines()[-1])}

    assert [name for name in TUNING if name.removeprefix("AIRFLOW__") not in options] == []
