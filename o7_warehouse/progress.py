"""The steps of a night on the terminal: a line for each that ended, and what is being done now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from o7_warehouse.console import errors

if TYPE_CHECKING:
    from rich.status import Status

    from o7_warehouse.airflow_api import TaskState

MARKS = {"success": "[green]✓[/]", "failed": "[red]✗[/]"}


class StepLines:
    """Tells how a night goes on; plain lines where the output is no terminal."""

    def __init__(self) -> None:
        self.failed: str | None = None
        self._told: set[str] = set()
        self._began = time.monotonic()
        self._status: Status | None = errors.status("") if errors.is_terminal else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def say(self, message: str) -> None:
        """Tell what is being done now."""
        if self._status is not None:
            self._status.update(f"{message} …")
        else:
            errors.print(f"{self._elapsed()}  {message}", markup=False)

    def update(self, tasks: list[TaskState]) -> None:
        """Print a line for each task that ended since the last call, and name the one that runs."""
        for task in tasks:
            if task.state in MARKS and task.task not in self._told:
                self._told.add(task.task)
                if task.state == "failed":
                    self.failed = self.failed or task.task
                errors.print(
                    f"{self._elapsed()}  {MARKS[task.state]} {task.task:<16}{task.seconds or 0:7.1f} s"
                )
        doing = [task.task for task in tasks if task.state == "running"]
        again = [task.task for task in tasks if task.state == "up_for_retry"]
        if self._status is not None and (doing or again):
            self._status.update(", ".join([*doing, *(f"{name} will be tried again" for name in again)]))

    def _elapsed(self) -> str:
        seconds = int(time.monotonic() - self._began)
        return f"{seconds // 60:2d}:{seconds % 60:02d}"
