"""The DAG of an edition: it loads, it is the line its docstring draws, and nobody's silence approves anything."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Any

import pytest

from o7_warehouse.settings import ROOT
from tests.dags.test_o7_night import DRAWN

Readings = tuple[dict[str, Any], dict[str, Any]]
LINE = ["choose_edition", "draft", "submit", "approval", "record_decision", "issue", "deliver"]
# Recipients do not wait for the portal, nor does it for them.
BESIDE = ["issue", "show"]


def dag_of(parsed: dict[str, Any]) -> dict[str, Any]:
    """The serialised DAG."""
    found: dict[str, Any] = parsed["dags"]["o7_edition"]
    return found


def tasks_of(parsed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The serialised tasks by name."""
    return {one["__var"]["task_id"]: one["__var"] for one in dag_of(parsed)["tasks"]}


def test_the_edges_are_a_line_with_the_portal_at_its_side_and_those_the_docstring_draws(
    parsed: dict[str, Any],
) -> None:
    text = ast.get_docstring(
        ast.parse((ROOT / "dags" / "o7_edition.py").read_text(encoding="utf-8")), clean=False
    )
    drawn = [line.split(" ──> ") for line in DRAWN.findall(text or "")]

    assert sorted([a, b] for line in drawn for a, b in pairwise(line)) == parsed["edges"]["o7_edition"]
    assert sorted([*map(list, pairwise(LINE)), BESIDE]) == parsed["edges"]["o7_edition"]


def test_every_task_says_what_it_does(parsed: dict[str, Any]) -> None:
    assert dag_of(parsed)["doc_md"]
    assert [name for name, task in tasks_of(parsed).items() if not task.get("doc_md")] == []


def test_silence_is_a_failure_and_never_an_answer(parsed: dict[str, Any]) -> None:
    approval = tasks_of(parsed)["approval"]

    assert approval["task_type"] == "HITLOperator"
    # Without defaults the end of the wait is an error of the task; with them it would be an answer.
    assert approval.get("defaults") is None
    assert approval.get("execution_timeout") is None


def test_nothing_is_issued_or_sent_past_the_decision(parsed: dict[str, Any]) -> None:
    assert {task.get("trigger_rule", "all_success") for task in tasks_of(parsed).values()} == {"all_success"}


def test_a_message_is_tried_for_as_long_as_the_outbox_tries(parsed: dict[str, Any]) -> None:
    deliver = tasks_of(parsed)["deliver"]

    # Four days of pauses up to twelve hours: domain of the outbox_* parameters.
    assert deliver["retries"] * deliver["retry_delay"] >= 4.5 * 24 * 3600
    assert deliver.get("retry_exponential_backoff", 0) == 0
    assert dag_of(parsed)["dagrun_timeout"] >= (10 + 5) * 24 * 3600


@pytest.mark.parametrize(
    ("timetable", "cron"),
    [("", None), ("partitions", "0 8 1-14 * *"), ("cron", "0 8 1-14 * *")],
)
def test_a_run_begins_on_the_days_something_can_be_due_where_nights_begin_by_themselves(
    readings: Readings, timetable: str, cron: str | None
) -> None:
    stored = readings[0][timetable]["dags"]["o7_edition"]["timetable"]

    assert stored["__var"].get("expression") == cron
    if cron is not None:
        assert stored["__var"]["timezone"] == "Europe/Moscow"


def test_two_processes_read_the_same_dag(readings: Readings) -> None:
    first, second = (one["partitions"]["dags"]["o7_edition"] for one in readings)

    assert first == second
    assert first["catchup"] is False
    assert first["max_active_runs"] == 2
