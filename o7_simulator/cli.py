"""The simulator's command line."""

from __future__ import annotations

import datetime as dt
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import rich.progress
import typer
from rich.console import Console

from o7_simulator import csv_drop, forms, month, rates, replica, truth, world
from o7_simulator.catalogues import read_contract
from o7_simulator.clock import Clock
from o7_simulator.errors import RequestError, SimulatorError
from o7_simulator.plan import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST_NIGHT = dt.date(2025, 12, 15)

Month = Annotated[
    bool,
    typer.Option("--month", help="Let go wrong on the way what goes wrong in a month; see deliveries.json."),
]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def simulate(  # noqa: PLR0917 - Typer reads the options from the parameters
    pupils: Annotated[int, typer.Option(help="Pupils enrolled in public schools.")],
    to: Annotated[str, typer.Option(help="Folder for the CSV drop, or a PostgreSQL DSN for the replica.")],
    seed: Annotated[int, typer.Option(help="Seed: equal seeds give equal worlds.")] = 22,
    nights: Annotated[int, typer.Option(help="Consecutive nights.")] = 1,
    first_night: Annotated[
        dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="First night.")
    ] = dt.datetime(  # noqa: DTZ001
        FIRST_NIGHT.year, FIRST_NIGHT.month, FIRST_NIGHT.day
    ),
    truth_file: Annotated[
        Path | None,
        typer.Option("--truth", help="Where to write the truth; a folder gets truth.json by itself."),
    ] = None,
    profile: Annotated[str, typer.Option(help=f"One of: {', '.join(rates.PROFILES)}.")] = "realistic",
    world_number: Annotated[
        int, typer.Option("--world", help="Number of the world, 0 to 9: worlds share no identity.")
    ] = 0,
    processes: Annotated[int | None, typer.Option(help="Processes; the rows do not depend on it.")] = None,
    form: Annotated[
        str, typer.Option(help=f"Form of a folder's files, one of: {', '.join(forms.FORMS)}.")
    ] = forms.FORMS[0],
    *,
    is_month: Month = False,
) -> None:
    """Write a synthetic О7.Образование: its nights, and the truth about its indicators."""
    try:
        request = Request(
            pupils, seed, Clock(first_night.date(), nights), rates.profile(profile), world_number
        )
        workers = processes or min(4, os.cpu_count() or 1)
        run(request, to, truth_file=truth_file, processes=workers, form=form, is_month=is_month)
    except SimulatorError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"[red]{type(error).__name__}:[/red] {error}", highlight=False
        )
        raise typer.Exit(1) from error


def run(
    request: Request,
    to: str,
    *,
    truth_file: Path | None,
    processes: int,
    form: str = forms.FORMS[0],
    is_month: bool = False,
) -> None:
    """Make the world in the folder or replica `to`, and its truth.

    Raises:
        RequestError: nobody knows the form, the target is a replica and has none, or the month cannot be made.
        TargetError: the folder or database cannot take the world.
    """
    if form not in forms.FORMS or (is_dsn(to) and form != forms.FORMS[0]):
        raise RequestError(
            f"--form is {form!r}; a folder knows {', '.join(forms.FORMS)}, a replica has views and no files. "
            f"Choose one of them for a folder, or leave it out."
        )
    if is_month and (is_dsn(to) or form != forms.FORMS[0]):
        raise RequestError(
            "--month spoils the CSV files of a drop folder; a replica has none, and another form is written otherwise. "
            "Name a folder and leave out --form."
        )
    if is_dsn(to):
        _fill_replica(request, to, truth_file=truth_file, processes=processes)
    else:
        _fill_folder(request, Path(to), truth_file=truth_file, processes=processes)
        if form != forms.FORMS[0]:
            forms.rewrite(Path(to), forms.form_of(form, read_contract()))
        if is_month:
            month.write_month(Path(to), request.clock, request.seed)


def _fill_folder(request: Request, target: Path, *, truth_file: Path | None, processes: int) -> None:
    csv_drop.prepare(target)
    with _progress() as progress:
        plan, tallies, parts = world.make_world(
            request, csv_drop.FolderSpec(target), processes=processes, progress=progress
        )
    csv_drop.finish(target, plan, read_contract(), parts)
    truth.write_truth(truth_file or target / csv_drop.TRUTH, plan, tallies)


def _fill_replica(request: Request, dsn: str, *, truth_file: Path | None, processes: int) -> None:
    last = request.clock.nights - 1
    with replica.prepared(dsn) as connection, _progress() as progress:
        plan, tallies, _ = world.make_world(
            request, replica.ReplicaSpec(dsn, last), processes=processes, progress=progress
        )
        replica.finish(connection, plan, last)
    if truth_file is not None:
        truth.write_truth(truth_file, plan, tallies)


def is_dsn(to: str) -> bool:
    """Whether the target is a database: a URL, or key=value pairs with dbname or host."""
    return to.startswith(("postgresql://", "postgres://")) or "dbname=" in to or "host=" in to


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, a plain line every tenth otherwise; always on stderr."""
    if sys.stderr.isatty():
        with rich.progress.Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("pupils", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    said = -1

    def say(done: int, total: int) -> None:
        nonlocal said
        tenth = 10 * done // total
        if tenth > said:
            said = tenth
            sys.stderr.write(f"o7_simulator: {done} of {total} pupils\n")

    yield say


def main() -> None:
    """Entry point of the module."""
    app()
