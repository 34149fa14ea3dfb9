"""The steps of a night one after another in one process, without Airflow: for rehearsals and for tests.

    python -m o7_warehouse.walk <state> [--night D] [--until STEP] [--from STEP --run-id ID] [--trigger T --from-raw]

The order is that of the DAG, which a test compares. As a program it prints the identity of the run; its exit code is
the error's, whose words go to stderr. Every walk of a rehearsal is a process of its own, as a task is: what dbt and
Great Expectations keep in memory would otherwise grow from night to night.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from dbt.cli.main import dbtRunner

from o7_warehouse import dbt_results, dbt_runner, rebuild, server, steps
from o7_warehouse.errors import O7Error, PermanentError
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult

LINE: Final = (
    "extract", "check_delivery", "load", "catalogue", "gate_in", "facts", "indicators",
    "gate_out", "publish", "restate", "render", "portal",
)  # fmt: skip


def walk(
    settings: Settings,
    *,
    run_id: str,
    night: dt.date | None,
    first: str,
    last: str,
    trigger: str = "walk",
    from_raw: bool = False,
) -> None:
    """Do every step from ``first`` to ``last``; a failure closes the run, as the last task of the DAG does.

    Raises what the steps raise.
    """
    with server.running(settings):
        steps.open_night(settings, run_id=run_id, night=night, trigger=trigger, from_raw=from_raw)
        todo = list(LINE[LINE.index(first) : LINE.index(last) + 1])
        while todo:
            try:
                if todo[0] in steps.BUILDS:
                    build(settings, todo[0], run_id=run_id)
                else:
                    steps.perform(settings, todo[0], run_id)
            except O7Error:
                steps.close_night(settings, run_id, unfinished=todo)
                raise
            todo.pop(0)
        if last == LINE[-1] and (failure := steps.close_night(settings, run_id, unfinished=[])):
            raise PermanentError(f"{failure.step}: {failure.message}")


def build(settings: Settings, step: str, *, run_id: str) -> None:
    """What the task of a step of dbt does.

    Raises what :func:`o7_warehouse.rebuild.only_one` and :func:`o7_warehouse.dbt_results.keep_results` raise.
    """
    with rebuild.only_one(settings):
        if dbt_runner.is_standing(settings, run_id=run_id, step=step):
            return
        os.environ.update(dbt_runner.begin(settings, run_id=run_id, step=step))
        done = dbtRunner().invoke(dbt_runner.command(settings, step))
        # dbt swallows an interruption, and what it had built until then would pass for the step.
        if isinstance(done.exception, KeyboardInterrupt):
            raise done.exception
        dbt_results.write_results(settings, cast("RunExecutionResult | None", done.result))
        dbt_results.keep_results(settings, run_id=run_id, step=step)


def main() -> int:
    """Walk as a program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("--night", type=dt.date.fromisoformat)
    parser.add_argument("--from", dest="first", default=LINE[0])
    parser.add_argument("--until", default=LINE[-1])
    parser.add_argument("--run-id", default=str(uuid.uuid4()))
    parser.add_argument("--trigger", default="walk")
    parser.add_argument("--from-raw", action="store_true")
    given = parser.parse_args()
    settings = Settings.load(given.state)
    try:
        walk(
            settings, night=given.night, first=given.first, last=given.until, run_id=given.run_id,
            trigger=given.trigger, from_raw=given.from_raw,
        )  # fmt: skip
    except O7Error as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{given.run_id}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
