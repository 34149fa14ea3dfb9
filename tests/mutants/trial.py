"""Tries one fault: runs dbt on a copy of the project that has it, and says what saw it first.

    python trial.py <state> <project> <facts> <night> <unit tests or ''> <build> …

A program, so that dbt's own state ends with it. ``facts`` is a pickle of what the oracle says of the worlds that the
warehouse holds. Prints a sentence, or nothing when nobody saw the fault. The cheapest test is asked first.
"""

from __future__ import annotations

import os
import pickle
import sys
from datetime import date
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from o7_warehouse import dbt_runner
from o7_warehouse.settings import Settings
from tests.worlds.judged import by_warehouse, differences

# The night the sentences of the models are told for, unless they say another.
SENTENCES_NIGHT = "2025-12-15"
BUILD_ID = "0a1e7b5c-6d0f-5c52-9d5f-2b9b5c0f0e22"


class Dbt:
    """dbt on a project with a fault, which it reads once for all nights."""

    def __init__(self, settings: Settings, project: Path) -> None:
        self.settings = settings
        self.project = project

    def run(self, *words: str, night: str) -> list[Any]:
        """Results of the nodes; raises ValueError where one of them did not run at all."""
        day = date.fromisoformat(night)
        os.environ.update(dbt_runner.begin_apart(self.settings, night=day, build_id=BUILD_ID))
        target = self.project.parent / "target"
        done = dbtRunner().invoke(
            [
                *dbt_runner.QUIET, *words,
                "--project-dir", str(self.project), "--profiles-dir", str(self.project), "--profile", "o7",
                "--target", "warehouse", "--target-path", str(target), "--log-path", str(target),
            ]
        )  # fmt: skip
        if done.exception is not None:
            raise ValueError(f"dbt does not read the project with the fault: {done.exception}")
        results: list[Any] = list(done.result)
        for one in results:
            if one.status in ("error", "runtime error"):
                raise ValueError(f"{one.node.name} does not run with the fault: {one.message}")
        return results


def failed(results: list[Any]) -> list[str]:
    """Names of the tests that failed."""
    return [one.node.name for one in results if one.status == "fail"]


def seen_by(dbt: Dbt, facts: Path, night: str, unit_tests: str, builds: list[str]) -> str:
    """Who saw the fault; empty when nobody did."""
    if unit_tests and (names := failed(dbt.run("test", "--select", unit_tests, night=SENTENCES_NIGHT))):
        return f"unit test {names[0]}"
    for selection in builds:
        words = ("build", "--select", selection, "--exclude-resource-type", "unit_test")
        if names := failed(dbt.run(*words, "--indirect-selection", "buildable", night=night)):
            return f"data test {names[0]}"
    oracle = pickle.loads(facts.read_bytes())  # noqa: S301 - written by the test that started this
    if unequal := differences(by_warehouse(dbt.settings, BUILD_ID), oracle):
        return f"world {unequal[0]}"
    # The models that call a function say in their sentences what it must answer.
    if not unit_tests and (
        names := failed(dbt.run("test", "--select", "test_type:unit", night=SENTENCES_NIGHT))
    ):
        return f"unit test {names[0]}"
    return ""


def main() -> None:
    """Print who saw the fault."""
    state, project, facts, night, unit_tests, *builds = sys.argv[1:]
    settings = Settings.load(Path(state))
    sys.stdout.write(seen_by(Dbt(settings, Path(project)), Path(facts), night, unit_tests, builds))


if __name__ == "__main__":
    main()
