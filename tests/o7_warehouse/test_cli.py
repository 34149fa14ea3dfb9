"""The command line speaks in sentences: help for every command, and an error without a traceback."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import commands_show, night_table
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = (
    "night",
    "up",
    "down",
    "report",
    "indicators",
    "leaves",
    "readings",
    "breakdowns",
    "populations",
    "portfolio",
    "explain",
    "wins",
    "digest",
    "worklist",
    "compare",
    "test",
    "bench",
    "lint",
    "simulate",
    "docs",
    "dbt",
    "audit",
    "edition",
)


def o7(*words: str) -> subprocess.CompletedProcess[str]:
    """One command, as the wrapper runs it."""
    command = [sys.executable, "-P", "-m", "o7_warehouse", *words]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_help_names_every_command() -> None:
    text = o7("--help").stdout

    assert [name for name in COMMANDS if f" {name} " not in text] == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["indicators"], 2, "holds no warehouse", id="nothing to answer from"),
        pytest.param(["leaves", "--level", "village"], 2, "village", id="an unknown level"),
        pytest.param(["explain", "4.1"], 2, "holds no warehouse", id="nothing to explain"),
        pytest.param(["explain", "4.1", "--rows", "0"], 2, "--rows", id="a drill of nobody"),
        pytest.param(["wins"], 2, "holds no warehouse", id="nothing to win"),
        pytest.param(["digest"], 2, "holds no warehouse", id="nothing to tell"),
        pytest.param(["worklist"], 2, "holds no warehouse", id="nothing to mend"),
        pytest.param(["compare", "--code"], 2, "holds no warehouse", id="nothing to compare"),
        pytest.param(["compare"], 2, "exactly one thing", id="a comparison of nothing"),
        pytest.param(["compare", "--code", "--known-now"], 2, "exactly one thing", id="two changes at once"),
        pytest.param(
            ["compare", "--known-now", "--from", "main"], 2, "exactly one", id="a revision without code"
        ),
        pytest.param(["night", "--pupils", "5", "--drop", "x"], 2, "one source", id="two sources"),
        pytest.param(["night", "--date", "15.12.2025"], 2, "15.12.2025", id="a date in another form"),
        pytest.param(["report", "--report", "nothing"], 2, "'nothing'", id="an unknown report"),
        pytest.param(["edition", "list"], 2, "holds no warehouse", id="nothing to list"),
        pytest.param(
            ["edition", "show", "2025-13-01"], 2, "names no edition", id="an edition of a 13th month"
        ),
        pytest.param(
            ["edition", "draft", "2025-Q5", "--by", "x"], 2, "names no period", id="a fifth quarter"
        ),
        pytest.param(["docs"], 2, "holds no warehouse", id="nothing to describe"),
        pytest.param(["bench", "nothing"], 2, "nothing", id="an unknown benchmark"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    state = [] if words[0] == "bench" else ["--state", str(tmp_path)]

    done = o7(*words, *state)

    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        pytest.param(1333, 2000, ("1 333", "2 000", "66,7"), id="half rounds up, groups of three"),
        pytest.param(122_999, 123_000, ("122 999", "123 000", "99,9"), id="fewer than all are never 100,0"),
        pytest.param(None, 7, ("нет данных", "7", "нет данных"), id="no figure, no nought"),
        pytest.param(0, 0, ("0", "0", "нет данных"), id="nobody to count"),
    ],
)
def test_a_figure_is_printed_as_the_report_prints_it(
    numerator: int | None, denominator: int, printed: tuple[str, ...]
) -> None:
    told = [text.replace("\N{NO-BREAK SPACE}", " ") for text in night_table.figures(numerator, denominator)]

    assert told == list(printed)


def test_a_table_stands_in_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"indicator": "4.1", "value": 68.0}, {"indicator": "4.2", "value": None}]

    commands_show.write_rows(rows, commands_show.Form.csv)

    assert capsys.readouterr().out == "indicator,value\n4.1,68.000000\n4.2,\n"
