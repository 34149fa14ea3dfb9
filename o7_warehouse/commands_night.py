"""`./o7 night`: one whole night on real Airflow, and what came out of it."""

from __future__ import annotations

import dataclasses
import time
import uuid
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from o7_warehouse import bootstrap, inline, runs, scheduler, server, steps, synthetic
from o7_warehouse.console import State, results, say
from o7_warehouse.errors import CommandError
from o7_warehouse.failures import as_error
from o7_warehouse.night_table import print_night
from o7_warehouse.progress import StepLines
from o7_warehouse.settings import Settings
from o7_warehouse.sources import SourceChoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from o7_warehouse.failures import Failure

Date = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="The night D; default: the one the source delivers.",
    ),
]
Source = Annotated[
    str | None, typer.Option(metavar="DSN", help="О7's replica with the views o7_export.v1_*.")
]
Drop = Annotated[Path | None, typer.Option(help="Drop folder with manifest.json and its CSV or XLSX files.")]
Inline = Annotated[
    bool, typer.Option("--inline", help="Without scheduler: the same DAG in one process, for debugging.")
]
Pupils = Annotated[int | None, typer.Option(metavar="N", help="Pupils of the synthetic О7.", min=1)]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of the synthetic О7.", min=0)]


def night(
    *,
    day: Date = None,
    source: Source = None,
    drop: Drop = None,
    in_line: Inline = False,
    pupils: Pupils = None,
    seed: Seed = None,
    state: State = None,
) -> None:
    """Run one night: extract, examine, build, publish, print. Without a source, of a synthetic О7."""
    settings = _with_source(Settings.load(state), source, drop, pupils, seed)
    began = time.monotonic()
    with prepared(settings) as embedded:
        run_id = str(uuid.uuid4())
        with runs.hold_lock(settings, run_id=run_id):
            source_choice(settings, embedded, day.date() if day else None).store(settings, run_id)
            conf = {"run_id": run_id} | ({"night": day.date().isoformat()} if day else {})
            failure = _run(settings, run_id, conf, in_line=in_line)
        if failure is not None:
            raise as_error(failure)
        run = runs.find(settings, run_id)
        if run is not None:
            print_night(settings, run.night)
    results.print(f"Готово за {time.monotonic() - began:.0f} с.")


@contextmanager
def prepared(settings: Settings) -> Iterator[server.Server | None]:
    """The state directory's databases, running and with all their tables, while the block lasts."""
    with embedded_server(settings) as embedded:
        bootstrap.ensure(settings, embedded)
        yield embedded


@contextmanager
def embedded_server(settings: Settings, *, keep: bool = False) -> Iterator[server.Server | None]:
    """The embedded server where the settings need one, else nothing."""
    if not settings.needs_server:
        yield None
        return
    say("starting PostgreSQL")
    with server.running(settings, keep=keep) as embedded:
        yield embedded


def source_choice(
    settings: Settings, embedded: server.Server | None, night: date | None = None
) -> SourceChoice:
    """The source the settings name, else the synthetic О7, filled first; a night of the past asks for none.

    Raises CommandError, SourceUnavailableError.
    """
    if settings.source_dsn or settings.drop or (embedded and night and runs.is_past(settings, night)):
        return SourceChoice.from_settings(settings)
    if embedded is None:
        raise CommandError(
            "No source is named, and the synthetic О7 lives in the embedded server, which "
            "the given addresses make needless. There is nothing to read. Name one with --source or --drop."
        )
    dsn = synthetic.ensure_filled(settings, embedded, say)
    return SourceChoice.from_settings(dataclasses.replace(settings, source_dsn=dsn))


def _with_source(
    settings: Settings, source: str | None, drop: Path | None, pupils: int | None, seed: int | None
) -> Settings:
    """The settings with what the command line says put in the place of what the environment says."""
    if (source or drop) and (pupils is not None or seed is not None):
        raise CommandError(
            "--pupils and --seed describe the synthetic О7, and --source or --drop names another source. "
            "A night has one source. Leave out one of the two."
        )
    if source or drop:
        folder = drop.expanduser().resolve() if drop else None
        settings = dataclasses.replace(settings, source_dsn=source, drop=folder)
    elif pupils is not None or seed is not None:
        settings = dataclasses.replace(settings, source_dsn=None, drop=None)
    return dataclasses.replace(
        settings,
        synthetic_pupils=pupils if pupils is not None else settings.synthetic_pupils,
        synthetic_seed=seed if seed is not None else settings.synthetic_seed,
    )


def _run(settings: Settings, run_id: str, conf: dict[str, str], *, in_line: bool) -> Failure | None:
    """Run the DAG and print each step's line; returns what stopped it."""
    with StepLines() as lines:
        if in_line:
            inline.run_night(settings, run_id=run_id, conf=conf, watch=lines.update)
            succeeded = steps.outcome(settings, run_id) == "success"
        else:
            with scheduler.running(settings, lines.say) as airflow:
                succeeded = scheduler.run_night(
                    airflow.api, dag_run_id=f"manual__{run_id}", conf=conf, watch=lines.update
                ).succeeded
    return None if succeeded else steps.failure_of(settings, run_id, lines.failed or "night")


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("night", night, {})]
