"""`./o7 upkeep`: what outlives its term goes, copies are made, and a copy is restored to see that it can be."""

from __future__ import annotations

import typer

from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results, say
from o7_warehouse.settings import Settings
from o7_warehouse.upkeep.steps import STEPS, perform

app = typer.Typer(
    help="Retention, copies, and the restore of a copy to see that it can be: what the DAG o7_upkeep does.",
    no_args_is_help=True,
)


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
def everything(state: State = None) -> None:
    """All of it, in this order."""
    _do(state, *STEPS)


def _do(state: State, *steps: str) -> None:
    settings = Settings.load(state)
    with readable(settings):
        for step in steps:
            say(step)
            results.print(perform(settings, step), markup=False)
