"""The wrapper ``./o7``: one environment, built once, repaired when broken off, found from anywhere.

Each test has a project of its own: the real script, locks without packages, and a command line that
tells what it was given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TELL = "import os, sys; print(__package__, sys.argv[1:], os.getcwd(), os.environ.get('PYTHONPATH'))\n"
BUILDING = "building the environment"
BASE = {"PATH": f"{ROOT / '.tools' / 'bin'}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/")}


@pytest.fixture
def project(tmp_path):
    """A miniature project below a folder with a space in its name."""
    folder = tmp_path / "a project"
    for package in ("o7_warehouse", "o7_simulator"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__main__.py").write_text(TELL, encoding="utf-8")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (folder / lock).write_text(f"# {lock}\n", encoding="utf-8")
    shutil.copy(ROOT / "o7", folder / "o7")
    return folder


def call(project, *words, cwd=None, **variables):
    command = [str(project / "o7"), *words]
    return subprocess.run(
        command, cwd=cwd or project, env=BASE | variables, capture_output=True, text=True, check=False
    )


def test_the_environment_is_built_once_and_then_only_used(project):
    first, second = call(project, "night"), call(project, "night")

    assert BUILDING in first.stderr
    assert (second.returncode, second.stderr) == (0, "")


def test_a_later_start_costs_next_to_nothing(project):
    call(project, "night")

    shortest = min(elapsed(lambda: call(project, "night")) for _ in range(5))
    bare = min(
        elapsed(lambda: subprocess.run([project / ".venv/bin/python", "-c", ""], check=True))
        for _ in range(5)
    )
    assert shortest - bare < 0.1


def elapsed(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def test_words_and_folder_are_handed_on_untouched(project, tmp_path):
    told = call(project, "report", "--night", "2025-12-15", "a b", "*", cwd=tmp_path).stdout

    assert told == f"o7_warehouse {['report', '--night', '2025-12-15', 'a b', '*']} {tmp_path} {project}\n"


def test_simulate_is_the_other_house(project):
    assert call(project, "simulate", "--pupils", "5").stdout.startswith("o7_simulator ['--pupils', '5']")


def test_a_link_from_elsewhere_finds_the_project(project, tmp_path):
    link = tmp_path / "o7"
    link.symlink_to(project / "o7")

    told = subprocess.run(
        [link, "up"], cwd=tmp_path, env=BASE, capture_output=True, text=True, check=True
    ).stdout
    assert told.startswith("o7_warehouse ['up']")


def test_a_package_in_the_callers_folder_is_not_run_instead(project, tmp_path):
    (tmp_path / "o7_warehouse").mkdir()
    (tmp_path / "o7_warehouse" / "__main__.py").write_text("print('another')\n", encoding="utf-8")

    assert call(project, "night", cwd=tmp_path).stdout.startswith("o7_warehouse")


def test_a_changed_lock_is_followed(project):
    call(project, "night")
    (project / "requirements.lock").write_text("# another\n", encoding="utf-8")

    assert BUILDING in call(project, "night").stderr
    assert BUILDING not in call(project, "night").stderr


@pytest.mark.parametrize(
    "words", [("test",), ("bench", "one"), ("lint",), ("sbom", "file"), ("--state", "night", "test")]
)
def test_work_on_the_project_needs_the_tools_and_the_night_keeps_them(project, words):
    call(project, "night")

    assert "requirements-dev.lock" in call(project, *words).stderr
    assert call(project, "night").stderr == ""
    assert call(project, *words).stderr == ""


def test_a_word_that_only_looks_like_a_command_builds_no_tools(project):
    assert "requirements-dev.lock" not in call(project, "--state", "test", "night").stderr


def test_a_build_that_was_broken_off_is_made_anew(project):
    call(project, "night")
    (project / ".venv" / "built-from").unlink()
    left_over = project / ".venv" / "half a package"
    left_over.touch()

    assert BUILDING in call(project, "night").stderr
    assert not left_over.exists()


def test_a_project_that_was_moved_builds_anew(project, tmp_path):
    call(project, "night")
    moved = project.rename(tmp_path / "elsewhere")

    assert BUILDING in call(moved, "night").stderr


def test_two_who_come_first_at_once_build_once(project):
    command = [str(project / "o7"), "night"]
    both = [
        subprocess.Popen(command, env=BASE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    words = [process.communicate()[1] for process in both]
    assert sorted(BUILDING in said for said in words) == [False, True]
    assert [process.returncode for process in both] == [0, 0]


def test_a_lock_that_cannot_be_installed_is_an_error_and_leaves_no_stamp(project):
    (project / "requirements.lock").write_text("no-hash==1\n", encoding="utf-8")

    failed = call(project, "night")
    assert failed.returncode == 2
    assert "could not install what requirements.lock lists" in failed.stderr
    assert not (project / ".venv" / "built-from").exists()


def test_without_python_it_says_what_to_install(project, tmp_path):
    for program in ("sh", "dirname", "readlink", "sha256sum", "mkdir", "id", "date"):
        (tmp_path / program).symlink_to(shutil.which(program))
    script = project / "o7"
    script.write_text(
        script.read_text(encoding="utf-8").replace("/usr/bin/python3.11 /usr/local/bin/python3.11", "")
    )

    failed = call(project, "night", PATH=str(tmp_path))
    assert failed.returncode == 2
    assert "apt install python3 python3-venv python3-pip" in failed.stderr
