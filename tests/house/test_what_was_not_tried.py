"""Every run of the tests says what it had nothing to try with, also where those tests are left to --full."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.settings import ROOT
from tests.not_given import NO_CITUS, NO_REDIS

if TYPE_CHECKING:
    from pathlib import Path

CHOSEN = "tests/house/test_what_was_not_tried.py"


def last_words(path: Path, citus: str) -> str:
    """What an ordinary run says on a machine with these programs and this coordinator."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "--collect-only", "-m", "not full", CHOSEN],
        env=os.environ | {"PATH": str(path), "O7_TEST_CITUS_DSN": citus},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of programs, a redis-server among them."""
    program = tmp_path / "installed" / "redis-server"
    program.parent.mkdir()
    program.touch(mode=0o755)
    return program.parent


def test_a_run_says_that_neither_citus_nor_redis_was_there_to_be_tried(tmp_path: Path) -> None:
    said = last_words(tmp_path, citus="")

    assert said.count(NO_CITUS) == 1
    assert said.count(NO_REDIS) == 1


def test_a_run_says_nothing_of_what_was_there(installed: Path) -> None:
    said = last_words(installed, citus="host=127.0.0.1 dbname=citus")

    assert "collected" in said
    assert "NO CITUS" not in said
    assert "NO REDIS" not in said
