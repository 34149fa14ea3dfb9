"""`./o7 upkeep`: what outlives its term goes, copies are made, and a copy is restored to see that it can be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from o7_warehouse.commands_night import embedded_server
from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results, say
from o7_warehouse.settings import Settings
from o7_warehouse.upkeep.restore import restore as restore_copy
from o7_warehouse.upkeep.steps import STEPS, perform, told_restore

app = typer.Typer(
    help="Retention, copies, and the restore of a copy to see that it can be: what the DAG o7_upkeep does.",
    no_args_is_help=True,
)

Copy = Annotated[Path, typer.Argument(metavar="COPY", help="Folder of a copy: the dump with its note.json.")]


@app.command()
def expire(state: State = None) -> None:
    """Take away rows, nights and keys whose term is over (dbt_project/seeds/retention.csv)."""
    _do(state, "expire")


@app.command()
def tidy(state: State = None) -> None:
    """Remove files of the state directory whose term is over."""
    _do(state, "tidy")


@app.command()
def backup(state: State = None) -> None:
    """Copy the warehouse into a closed folder; secrets.json is not in it and must be kept apart."""
    _do(state, "backup")


@app.command()
def drill(state: State = None) -> None:
    """Restore the newest copy into a server beside, compare it, judge its last night again; tells RPO and RTO."""
    _do(state, "drill")


@app.command()
def reconcile(state: State = None) -> None:
    """Build everybody of the newest night once more; what nights have kept from one another must be the same."""
    _do(state, "reconcile")


@app.command()
def orphans(state: State = None) -> None:
    """Remove what commands that were killed have left in the state directory."""
    _do(state, "orphans")


@app.command()
def airflow(state: State = None) -> None:
    """Let Airflow forget runs and results whose term is over."""
    _do(state, "airflow")


@app.command()
def vacuum(state: State = None) -> None:
    """Clear PostgreSQL's dead rows, and look at the tables' values anew."""
    _do(state, "vacuum")


@app.command()
def restore(
    folder: Copy,
    state: State = None,
) -> None:
    """Make a lost warehouse again from a copy, in a state directory that holds its secrets.json and no warehouse."""
    settings = Settings.load(state)
    with embedded_server(settings) as embedded:
        say("restore")
        done = restore_copy(settings, folder.expanduser().resolve(), embedded, now=datetime.now(UTC))
    results.print(told_restore(done), markup=False)


@app.command()
def everything(state: State = None) -> None:
    """All of it, in this order."""
    _do(state, *STEPS)


def _do(state: State, *steps: str) -> None:
    settings = Settings.load(state)
    with readable(settings):
        for step in steps:
            say(step)
            results.print(perform(settings, step), markup=False)
