"""`./o7 watch` and `./o7 alarms`: the dead-man's switch outside of the scheduler, and what is open."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from o7_warehouse import server
from o7_warehouse.airflow_environment import airflow_home
from o7_warehouse.console import State, errors, results
from o7_warehouse.errors import PermanentError
from o7_warehouse.scheduler import RUNNING
from o7_warehouse.settings import Settings
from o7_warehouse.watch.alarms import runbook_of
from o7_warehouse.watch.look import watch_once
from o7_warehouse.watch.memory import read_memory
from o7_warehouse.watch.tell import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.watch.look import Passed

Every = Annotated[
    int | None, typer.Option(min=10, metavar="SECONDS", help="Go on watching, with so many seconds between.")
]
ALARM: Final = PermanentError.exit_code


def watch(every: Every = None, state: State = None) -> None:
    """Look once from outside of the scheduler: prints what changed since the last look, and nothing else.

    Ends with 3 while an alarm is open. For cron or a timer; with --every it is its own.
    """
    settings = Settings.load(state)
    passed = look(settings)
    while every is not None:
        time.sleep(every)
        passed = look(settings)
    if passed.memory.opened or passed.troubles:
        sys.exit(ALARM)


def look(settings: Settings) -> Passed:
    """One look with what it says; raises what :func:`o7_warehouse.watch.look.watch_once` raises."""
    with _readable(settings):
        passed = watch_once(settings, now=datetime.now(UTC))
    for one in passed.changes:
        results.print(f"{line_of(one)} {runbook_of(one.code)}", markup=False)
    for trouble in passed.troubles:
        errors.print(trouble, markup=False)
    return passed


def alarms(state: State = None) -> None:
    """Show the alarms that are open, as the last look left them; ends with 3 while there are any."""
    memory = read_memory(Settings.load(state))
    for one in memory.opened:
        results.print(f"{line_of(one)} {runbook_of(one.code)}", markup=False)
    if not memory.opened:
        told = "Открытых тревог нет." if memory.passed_at else "Проверок еще не было: ./o7 watch"
        results.print(told, markup=False)
        return
    sys.exit(ALARM)


@contextmanager
def _readable(settings: Settings) -> Iterator[None]:
    """The embedded server for the look, where nobody keeps it running; one that should run is never started here."""
    is_kept = (airflow_home(settings) / RUNNING).exists()
    if settings.warehouse_dsn or is_kept or not (settings.state / "postgres" / "data").exists():
        yield
        return
    with server.running(settings):
        yield


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("watch", watch, {}), ("alarms", alarms, {})]
