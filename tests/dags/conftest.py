"""Airflow for the tests of the DAG files: its folder and variables are set before it is imported anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TIMETABLES = ("", "partitions", "cron", "hourly")
PARSE = """
import json, os, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
found = {}
for timetable in sys.argv[2:]:
    os.environ["O7_TIMETABLE"] = timetable
    for name in ("_support", "_edition_support", "_upkeep_support"):
        sys.modules.pop(name, None)
    bag = DagBag(sys.argv[1])
    found[timetable] = {
        "errors": {name: error.splitlines()[-1] for name, error in bag.import_errors.items()},
        "dags": {name: DagSerialization.serialize_dag(dag) for name, dag in bag.dags.items()},
        "edges": {
            name: sorted([task.task_id, child] for task in dag.tasks for child in task.downstream_task_ids)
            for name, dag in bag.dags.items()
        },
    }
print(json.dumps(found, default=str))
"""


def airflow_environment(home: Path) -> dict[str, str]:
    """The variables of a process that reads DAG files and reaches no database of anybody."""
    return os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "False",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'dags'}",
        "PYTHONHASHSEED": "random",
    }


def parse(home: Path) -> dict[str, Any]:
    """What a fresh process reads from the DAG folder, by timetable."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", PARSE, str(ROOT / "dags"), *TIMETABLES],
        env=airflow_environment(home), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """The DAG folder as two processes read it, whose sets and hashes have different orders."""
    return parse(tmp_path_factory.mktemp("first")), parse(tmp_path_factory.mktemp("second"))


@pytest.fixture(scope="module")
def parsed(readings: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    """The DAG folder as it is without a timetable."""
    found: dict[str, Any] = readings[0][""]
    return found
