"""A whole night on the real scheduler, by the command people type; and how one ends that is broken off."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from o7_warehouse.airflow_environment import airflow_home
from o7_warehouse.processes import members
from o7_warehouse.settings import ROOT, Settings

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
NIGHT = "2025-12-15"
SMALL = ("--pupils", "400", "--seed", "5")


def o7(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One command in a state directory of its own."""
    command = [str(ROOT / "o7"), *words, "--state", str(state)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=state)


def begin(state: Path, *words: str) -> subprocess.Popen[str]:
    """The same, not waited for."""
    command = [str(ROOT / "o7"), *words, "--state", str(state)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=state)


def wait_for(step: str, command: subprocess.Popen[str]) -> None:
    """Until the command has told of a step."""
    assert command.stderr is not None
    while step not in (line := command.stderr.readline()):
        assert line, "the night ended by itself"


def left_behind(state: Path) -> list[int]:
    """Processes of Airflow, and of the PostgreSQL server, that still work in a state directory."""
    data = f"{state}/postgres/data".encode()
    numbers = [one.name for one in Path("/proc").iterdir() if one.name.isdigit()]
    servers = [int(number) for number in numbers if data in command_line(number)]
    return members(airflow_home(Settings.load(state))) + servers


def command_line(number: str) -> bytes:
    """A process's command line; empty when it has ended."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return b""


def same(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Indicators as truth.json has them."""
    return [{name: value for name, value in one.items() if name != "definition_version"} for one in found]


def test_a_night_is_run_printed_and_answered_from_and_nothing_stays_behind(state: Path) -> None:
    done = o7(state, "night", *SMALL)

    assert done.returncode == 0, done.stderr
    assert re.findall(r"^ +(4\.\d) +\d", done.stdout, re.MULTILINE) == ["4.1", "4.2", "4.3", "4.4"]
    assert left_behind(state) == []

    truth = json.loads((state / "truth.json").read_text(encoding="utf-8"))[NIGHT]
    assert same(json.loads(o7(state, "indicators", "--format", "json").stdout)) == truth["indicators"]
    assert json.loads(o7(state, "leaves", "--format", "json").stdout) == truth["leaves"]
    assert left_behind(state) == []


def test_dbt_looks_at_the_newest_night_and_changes_nothing_published(state: Path) -> None:
    assert o7(state, "night", *SMALL).returncode == 0
    before = o7(state, "indicators", "--format", "json").stdout

    built = o7(state, "dbt", "build", "--select", "staging")

    assert built.returncode == 0, built.stdout
    assert "RuntimeWarning" not in built.stderr
    assert o7(state, "indicators", "--format", "json").stdout == before


def test_a_night_that_is_broken_off_leaves_no_process_and_the_next_one_runs(state: Path) -> None:
    with begin(state, "night", *SMALL) as command:
        wait_for("load", command)
        command.send_signal(signal.SIGTERM)

        assert command.wait(120) == 143
    assert left_behind(state) == []
    assert o7(state, "night", *SMALL).returncode == 0


def test_a_killed_command_takes_its_scheduler_with_it(state: Path) -> None:
    with begin(state, "night", *SMALL) as command:
        wait_for("extract", command)
        command.kill()
        command.wait(30)
    home = airflow_home(Settings.load(state))
    patience = time.monotonic() + 90
    while members(home) and time.monotonic() < patience:
        time.sleep(1)

    assert members(home) == []
    assert o7(state, "night", *SMALL).returncode == 0


def test_a_failed_step_is_told_in_three_sentences_and_tried_once(state: Path) -> None:
    folder = state / "drop"
    folder.mkdir()
    (folder / "manifest.json").write_text("{", encoding="utf-8")

    done = o7(state, "night", "--drop", str(folder))

    assert done.returncode == 3
    assert "manifest.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert left_behind(state) == []


def test_what_is_kept_up_is_used_by_a_night_and_taken_down_whole(state: Path) -> None:
    settings = {"O7_SYNTHETIC_PUPILS": "400"}
    up = subprocess.run(
        [str(ROOT / "o7"), "up", "--state", str(state)], capture_output=True, text=True, check=False,
        env=os.environ | settings,
    )  # fmt: skip
    assert up.returncode == 0, up.stderr
    told = dict(re.findall(r"^(\w+) {2,}(.+)$", up.stdout, re.MULTILINE))
    before = left_behind(state)

    with closing(psycopg2.connect(told["Database"])) as looker, looker.cursor() as cursor:
        cursor.execute("select count(*) from published.night")
    with urllib.request.urlopen(told["Reports"], timeout=30) as page:  # noqa: S310 - on loopback
        assert "Отчетов пока нет" in page.read().decode()
    assert told["Stop"] == f"./o7 down --state {state}"

    assert o7(state, "night", "--pupils", "400", "--seed", "22").returncode == 0
    assert left_behind(state) != []
    assert o7(state, "down").returncode == 0
    assert before != []
    assert left_behind(state) == []
