"""Walks a night's line step by step in one process, without Airflow: the same steps in the same order.

    python walk.py <state> [--night D] [--until STEP] [--from STEP --run-id ID]

Run as a program, so that every walk is a process of its own, as a task is. Prints the identity of the run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import uuid
from pathlib import Path

from dbt.cli.main import dbtRunner

from o7_warehouse import dbt_runner, server, steps
from o7_warehouse.errors import O7Error
from o7_warehouse.settings import ROOT, Settings

LINE = (
    "extract", "check_delivery", "load", "catalogue", "gate_in", "staging", "intermediate", "marts",
    "indicators", "gate_out", "publish", "restate", "render",
)  # fmt: skip


def build(settings: Settings, layer: str, *, run_id: str) -> None:
    """What the task of a layer does."""
    os.environ.update(dbt_runner.begin(settings, run_id=run_id, layer=layer))
    dbtRunner().invoke(
        [
            *dbt_runner.QUIET, "build", "--select", *steps.LAYERS[layer].split(),
            "--indirect-selection", "buildable",
            "--project-dir", str(ROOT / "dbt_project"), "--profiles-dir", str(ROOT / "dbt_project"),
            "--profile", "o7", "--target", "warehouse", *dbt_runner.flags(settings),
        ]
    )  # fmt: skip
    dbt_runner.keep_results(settings, run_id=run_id, layer=layer)


def walk(settings: Settings, *, night: dt.date | None, first: str, last: str, run_id: str) -> None:
    """Every step from ``first`` to ``last``; a failure closes the run, as the last task of the DAG does."""
    with server.running(settings):
        steps.open_night(settings, run_id=run_id, night=night, trigger="test")
        todo = list(LINE[LINE.index(first) : LINE.index(last) + 1])
        while todo:
            try:
                if todo[0] in steps.LAYERS:
                    build(settings, todo[0], run_id=run_id)
                else:
                    steps.perform(settings, todo[0], run_id)
            except O7Error:
                steps.close_night(settings, run_id, unfinished=todo)
                raise
            todo.pop(0)
        if last == LINE[-1]:
            steps.close_night(settings, run_id, unfinished=[])


def main() -> int:
    """Walk; the exit code is the error's, its words go to stderr."""
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("--night", type=dt.date.fromisoformat)
    parser.add_argument("--from", dest="first", default=LINE[0])
    parser.add_argument("--until", default=LINE[-1])
    parser.add_argument("--run-id", default=str(uuid.uuid4()))
    given = parser.parse_args()
    settings = Settings.load(given.state)
    try:
        walk(settings, night=given.night, first=given.first, last=given.until, run_id=given.run_id)
    except O7Error as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{given.run_id}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
