"""The DAG of upkeep: the line its docstring draws, a task for every step, and only where there is a timetable."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from o7_warehouse.settings import ROOT
from o7_warehouse.upkeep.steps import STEPS
from tests.dags.test_o7_night import DRAWN

if TYPE_CHECKING:
    from tests.dags.test_o7_night import Readings


def test_the_edges_are_those_the_docstring_draws(parsed: dict[str, Any]) -> None:
    source = (ROOT / "dags" / "o7_upkeep.py").read_text(encoding="utf-8")
    drawn = [
        line.split(" ──> ") for line in DRAWN.findall(ast.get_docstring(ast.parse(source), clean=False) or "")
    ]

    assert drawn
    assert sorted([a, b] for line in drawn for a, b in pairwise(line)) == parsed["edges"]["o7_upkeep"]


def test_every_step_is_a_task_that_says_what_it_does(parsed: dict[str, Any]) -> None:
    tasks = {one["__var"]["task_id"]: one["__var"] for one in parsed["dags"]["o7_upkeep"]["tasks"]}

    assert list(tasks) == list(STEPS)
    assert [name for name, task in tasks.items() if not task.get("doc_md")] == []


def test_it_has_a_timetable_only_where_the_night_has_one(readings: Readings) -> None:
    stored = {
        name: one["dags"]["o7_upkeep"]["timetable"] for name, one in readings[0].items() if name != "hourly"
    }

    assert stored[""]["__type"].endswith("NullTimetable")
    assert all(one["__var"]["expression"] == "0 12 * * 6" for name, one in stored.items() if name)
