"""`./o7 watch` as cron runs it: with nothing alive, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from o7_warehouse.settings import ROOT


def run(state, *words):
    """The command with a timetable that nobody keeps."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse", *words, "--state", str(state)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "O7_TIMETABLE": "cron"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_with_scheduler_and_warehouse_dead_it_speaks_once_and_goes_on_ending_with_3(state):
    first, second, listed = run(state, "watch"), run(state, "watch"), run(state, "alarms")

    codes = [
        line.split(" МСК ")[1].split(":")[0] for line in first.stdout.replace("\u00a0", " ").splitlines()
    ]
    assert {"scheduler_silent", "warehouse_silent", "backup_old"} <= set(codes)
    assert "docs/runbook/warehouse_silent.md" in first.stdout
    assert (second.stdout, second.stderr) == ("", "")
    assert listed.stdout == first.stdout
    assert [done.returncode for done in (first, second, listed)] == [3, 3, 3]
