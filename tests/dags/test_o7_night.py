"""The DAG of a night: it loads, it is the line its docstring draws, and it promises what the house asks."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import Any

import pytest

from o7_warehouse import steps, walk
from o7_warehouse.settings import ROOT

Readings = tuple[dict[str, Any], dict[str, Any]]
DRAWN = re.compile(r"^\s{4}(\w+(?: ──> \w+)+)$", re.MULTILINE)


def dag_of(parsed: dict[str, Any]) -> dict[str, Any]:
    """The serialised DAG."""
    found: dict[str, Any] = parsed["dags"]["o7_night"]
    return found


def tasks_of(parsed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The serialised tasks by name."""
    return {one["__var"]["task_id"]: one["__var"] for one in dag_of(parsed)["tasks"]}


def test_every_dag_file_loads(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}
    assert set(parsed["dags"]) == {path.stem for path in (ROOT / "dags").glob("[!_]*.py")}


def test_the_edges_are_those_the_docstring_draws(parsed: dict[str, Any]) -> None:
    text = ast.get_docstring(
        ast.parse((ROOT / "dags" / "o7_night.py").read_text(encoding="utf-8")), clean=False
    )
    drawn = [line.split(" ──> ") for line in DRAWN.findall(text or "")]

    assert drawn
    assert sorted([a, b] for line in drawn for a, b in pairwise(line)) == parsed["edges"]["o7_night"]


def test_every_step_of_the_toolbox_is_a_task_and_no_task_is_more(parsed: dict[str, Any]) -> None:
    known = {*steps.VERBS, *steps.BUILDS, "render", "open_night", "close_night"}

    assert set(tasks_of(parsed)) == known


def test_a_walk_without_airflow_takes_the_steps_in_the_same_order(parsed: dict[str, Any]) -> None:
    place = {name: number for number, name in enumerate(("open_night", *walk.LINE, "close_night"))}

    assert set(place) == set(tasks_of(parsed))
    assert [(a, b) for a, b in parsed["edges"]["o7_night"] if place[a] >= place[b]] == []


def test_every_task_says_what_it_does(parsed: dict[str, Any]) -> None:
    assert dag_of(parsed)["doc_md"]
    assert [name for name, task in tasks_of(parsed).items() if not task.get("doc_md")] == []


def test_the_night_is_closed_whatever_happened_before(parsed: dict[str, Any]) -> None:
    others = {
        task.get("trigger_rule", "all_success")
        for name, task in tasks_of(parsed).items()
        if name != "close_night"
    }

    assert tasks_of(parsed)["close_night"]["trigger_rule"] == "all_done"
    assert others == {"all_success"}


def test_one_night_at_a_time_with_an_end_and_a_time_limit(parsed: dict[str, Any]) -> None:
    dag = dag_of(parsed)

    assert dag["max_active_runs"] == 1
    assert dag["catchup"] is False
    assert dag["dagrun_timeout"] == 5 * 3600
    assert dag["tags"]


@pytest.mark.parametrize("timetable", ["", "partitions", "cron"])
def test_two_processes_read_the_same_dag(readings: Readings, timetable: str) -> None:
    first, second = (one[timetable]["dags"] for one in readings)

    assert first
    assert first == second


def test_the_night_is_the_partition_where_the_timetable_says_so(readings: Readings) -> None:
    stored = readings[0]["partitions"]["dags"]["o7_night"]["timetable"]

    assert stored["__type"].endswith("CronPartitionTimetable")
    assert stored["__var"]["run_offset"] == -1
    assert stored["__var"]["timezone"] == "Europe/Moscow"


def test_an_unknown_timetable_is_an_error_that_says_so(readings: Readings) -> None:
    errors = readings[0]["hourly"]["errors"]

    assert len(errors) == len(list((ROOT / "dags").glob("[!_]*.py")))
    assert all("'hourly'" in error for error in errors.values())
