"""A whole rehearsal of a few pupils: killed in its first night, then given again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from benchmarks.scale.results import FIRST, read
from o7_warehouse import walk
from o7_warehouse.postgres import processes_on
from o7_warehouse.settings import ROOT

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
PUPILS = 60


def test_a_rehearsal_that_was_killed_is_given_again_and_leaves_results_and_no_world(state):
    into, data = state / "results.json", state / "worlds" / str(PUPILS) / "postgres" / "data"
    command = [
        sys.executable, "-P", "-m", "benchmarks.bench_scale", "--sizes", str(PUPILS), "--first-only",
        "--into", str(into), "--state", str(state / "worlds"),
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert any("first: load:" in line for line in killed.stdout)
        killed.send_signal(signal.SIGKILL)
    left_behind = processes_on(data)

    again = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1700
    )

    assert left_behind
    assert again.returncode == 0, again.stderr
    [size] = read(into)
    steps = [step.name for step in size.nights[FIRST].steps]
    assert steps == ["open_night", *walk.LINE, "close_night"]
    assert size.nights[FIRST].peak_bytes > size.nights[FIRST].cluster_bytes / 2
    assert all(step.client_seconds > 0 and step.python_mb > 20 for step in size.nights[FIRST].steps)
    assert f"drawn: {state / 'results-first.svg'}" in again.stdout
    assert list((state / "worlds").iterdir()) == []
    assert not set(left_behind) & set(processes_on(data))
