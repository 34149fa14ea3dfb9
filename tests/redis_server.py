"""The Redis server of the machine: the tests bring none, and say so where there is none."""

from __future__ import annotations

import shutil

INSTALL_REDIS = "Install it: apt-get install --no-install-recommends redis-server"


def find_redis() -> str | None:
    """The program to test with; None where it is not installed."""
    return shutil.which("redis-server")
