"""Walks of a night in processes that can be killed, forked from one in which everything is imported already.

What a walk imports takes longer than many of its steps; a scheduler forks its tasks for the same reason.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from typing import TYPE_CHECKING, Final

from o7_warehouse import steps, walk
from tests.journeys.states import KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.process import BaseProcess
    from pathlib import Path

FORKED: Final = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([
    "o7_warehouse.walk", *steps.VERBS.values(), "o7_warehouse.report.render", "o7_warehouse.gx_adapter",
    "pytest", __name__,
])  # fmt: skip


def begun(options: list[str], environment: Mapping[str, str], words: Path) -> BaseProcess:
    """Begin to walk with these words of the command line; all that it prints is added to the file ``words``."""
    process = FORKED.Process(target=_walk, args=(options, dict(environment), words), daemon=True)
    process.start()
    return process


def _walk(options: list[str], environment: Mapping[str, str], words: Path) -> None:
    """What a process does: the program ``python -m o7_warehouse.walk``."""
    for name in [one for one in os.environ if one.startswith("O7_")]:
        del os.environ[name]
    os.environ.update({"O7_PSEUDONYM_KEY": KEY, **environment})
    time.tzset()
    with words.open("ab") as printed:
        for stream in (1, 2):
            os.dup2(printed.fileno(), stream)
    sys.argv[1:] = options
    sys.exit(walk.main())
