"""One step of a night in a process of its own, as a task is; the greatest resident set goes into a file.

It is that of this process or of a child it has waited for, whichever was larger.

    python -m benchmarks.scale.one_step <state> <step> <run_id> <file>

The address of the source comes by the environment: it holds a password. The exit code is the error's.
"""

from __future__ import annotations

import importlib
import os
import resource
import sys
from pathlib import Path

from benchmarks.memory import high_water
from o7_warehouse import steps
from o7_warehouse.errors import O7Error, PermanentError
from o7_warehouse.processes import end_with_parent
from o7_warehouse.settings import Settings


def main() -> int:
    """Do the step."""
    # A killed rehearsal leaves nobody at work in a world that the next one removes.
    end_with_parent()
    state, step, run_id, answer = sys.argv[1:]
    known = ("O7_SOURCE_DSN", "O7_POSTGRES_BIN")
    settings = Settings.load(Path(state), {name: os.environ[name] for name in known if name in os.environ})
    try:
        _do(settings, step, run_id)
    except O7Error as error:
        sys.stderr.write(f"{step}: {type(error).__name__}: {error}\n")
        return error.exit_code
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    Path(answer).write_text(f"{max(high_water(), children):.1f}", encoding="utf-8")
    return 0


def _do(settings: Settings, step: str, run_id: str) -> None:
    if step == "open_night":
        steps.open_night(settings, run_id=run_id, night=None, trigger="benchmark")
    elif step == "close_night":
        if failure := steps.close_night(settings, run_id, unfinished=[]):
            raise PermanentError(f"{failure.step}: {failure.message}")
    elif step in steps.BUILDS:
        # It imports dbt, which costs two seconds that no other step should pay.
        importlib.import_module("o7_warehouse.walk").build(settings, step, run_id=run_id)
    else:
        steps.perform(settings, step, run_id)


if __name__ == "__main__":
    sys.exit(main())
