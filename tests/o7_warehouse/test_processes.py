"""Programs beside the command are ended whole, whatever they began and however the command ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from o7_warehouse.processes import Program, members, start, stop
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# A program whose child leaves its group, and which itself does not hear SIGTERM.
STUBBORN = [
    sys.executable, "-c",
    """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
""",
]  # fmt: skip


def begin(home: Path, command: list[str]) -> Program:
    """A program that carries the mark of ``home``."""
    return start(
        "sleeper", command, environment={"AIRFLOW_HOME": str(home)}, log=home / "log", dies_with_parent=True,
        folder=home,
    )  # fmt: skip


def until(truth: object, patience: float = 20) -> None:
    """Wait for a condition that is bound to come true."""
    deadline = time.monotonic() + patience
    while not truth():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_a_program_is_alive_until_it_is_stopped(tmp_path: Path) -> None:
    program = begin(tmp_path, SLEEPER)
    assert program.is_alive
    assert members(tmp_path) == [program.pid]

    stop([program], home=tmp_path, patience=10)

    assert not program.is_alive
    assert members(tmp_path) == []


def test_a_child_that_left_the_group_and_a_deaf_program_are_ended_too(tmp_path: Path) -> None:
    program = begin(tmp_path, STUBBORN)
    until(lambda: b"ready" in (tmp_path / "log").read_bytes())
    until(lambda: len(members(tmp_path)) == 2)

    stop([program], home=tmp_path, patience=0.5)

    assert members(tmp_path) == []


def test_another_state_directory_is_left_alone(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "ours-too"
    for folder in (ours, theirs):
        folder.mkdir()
    program, other = begin(ours, SLEEPER), begin(theirs, SLEEPER)

    stop([program], home=ours, patience=10)

    assert other.is_alive
    stop([other], home=theirs, patience=10)


def test_a_number_that_now_is_another_process_is_not_taken_for_the_program() -> None:
    assert not Program(name="old", pid=os.getpid(), started_at="1").is_alive


def test_a_killed_command_takes_its_programs_with_it(tmp_path: Path) -> None:
    code = """
import pathlib, sys, time
from o7_warehouse.processes import start
home = pathlib.Path(sys.argv[1])
start(
    "sleeper", sys.argv[2:], environment={"AIRFLOW_HOME": str(home)}, log=home / "log",
    dies_with_parent=True, folder=home,
)
print("ready", flush=True)
time.sleep(600)
"""
    words = [sys.executable, "-c", code, str(tmp_path), *SLEEPER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == b"ready\n"
        assert len(members(tmp_path)) == 1

        command.send_signal(signal.SIGKILL)
        command.wait(10)

    until(lambda: members(tmp_path) == [])


def test_a_task_that_asked_for_it_ends_with_its_killed_supervisor(tmp_path: Path) -> None:
    code = """
import os, time
from o7_warehouse.processes import end_with_parent
if os.fork() == 0:
    end_with_parent()
print("ready", flush=True)
time.sleep(600)
"""
    variables = {"PYTHONPATH": str(ROOT), "AIRFLOW_HOME": str(tmp_path)}
    words = [sys.executable, "-c", code]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=variables) as supervisor:
        assert supervisor.stdout is not None
        assert [supervisor.stdout.readline() for _ in range(2)] == [b"ready\n"] * 2
        assert len(members(tmp_path)) == 2

        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait(10)

        until(lambda: members(tmp_path) == [])
