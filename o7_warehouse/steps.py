"""The steps of a night by name, each with its record in the audit: what a DAG's task, or a person, runs.

Heavy modules are imported by the step that needs them, so that naming a step costs nothing.
"""

from __future__ import annotations

import importlib
import json
import sys
import uuid
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from o7_warehouse import bootstrap, night_outcome, runs, server, warehouse
from o7_warehouse.backfill import held
from o7_warehouse.broker import refuse_silent_broker
from o7_warehouse.errors import CatalogueError, NightError, O7Error
from o7_warehouse.failures import Failure, forget_failure, read_failure, write_failure
from o7_warehouse.memory_limit import memory_told
from o7_warehouse.sources import SourceChoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.runs import OpenedRun
    from o7_warehouse.settings import Settings

# Step -> the module whose function of that name does it, given the settings and the run's identity.
VERBS = {
    "extract": "o7_warehouse.extract",
    "check_delivery": "o7_warehouse.delivery_gate",
    "load": "o7_warehouse.load",
    "gate_in": "o7_warehouse.gate_in",
    "gate_out": "o7_warehouse.gate_out",
    "publish": "o7_warehouse.publish",
    "restate": "o7_warehouse.editions.restate",
    "portal": "o7_warehouse.portal.build",
}
# The step dbt builds -> what of the project it selects. What is rebuilt for the same pupils is one step: dbt takes four
# seconds to begin, and its own graph holds back whatever stands on a failed test.
BUILDS = {
    "catalogue": "path:seeds path:functions",
    "facts": "path:models/staging path:models/intermediate path:models/marts",
    "indicators": "path:models/indicators",
}
# Names every run that Airflow began by itself, so that a retry finds the run it opened before.
NAMESPACE = uuid.UUID("0a1e7b5c-6d0f-5c52-9d5f-2b9b5c0f0e22")


def run_id_for(dag_run_id: str, given: str | None, clear_number: int) -> str:
    """The identity of a warehouse run: the one given, or made from Airflow's own name of the run.

    A run that was cleared to be done again is another run of the warehouse: the first one was closed. Raises NightError
    for a given word that is no UUID: files of the run are named by it.
    """
    try:
        first = str(uuid.UUID(given) if given else uuid.uuid5(NAMESPACE, dag_run_id))
    except (AttributeError, TypeError, ValueError):
        raise NightError(
            "The run_id in the configuration of this run is no UUID. Files of the run are named by it, and could lie "
            "anywhere. Leave it out; a run is named by itself."
        ) from None
    return str(uuid.uuid5(NAMESPACE, f"{first}/{clear_number}")) if clear_number else first


def open_night(
    settings: Settings, *, run_id: str, night: date | None, trigger: str, from_raw: bool = False
) -> OpenedRun:
    """Open the run: make the warehouse's tables, remember the source, decide which night it is.

    Raises what :func:`o7_warehouse.runs.open_run` raises.
    """
    with recorded(settings, "open_night", run_id):
        bootstrap.ensure(settings, server.address(settings) if settings.needs_server else None)
        if not SourceChoice.is_stored(settings, run_id):
            SourceChoice.from_settings(settings).store(settings, run_id)
        run = runs.open_run(settings, run_id=run_id, night=night, trigger=trigger, from_raw=from_raw)
        night_outcome.note_untold(settings)  # those this run has superseded: nobody closed them
        return run


def perform(settings: Settings, step: str, run_id: str) -> None:
    """Do one step of an open run.

    Raises CatalogueError for a step nobody knows, and what the step raises.
    """
    if step != "render" and step not in VERBS:
        raise CatalogueError(
            f"A night has no step {step!r}, so nothing was done. Steps: {', '.join(VERBS)}, render."
        )
    with recorded(settings, step, run_id):
        if step == "render":
            render_all(settings, run_id)
        else:
            getattr(importlib.import_module(VERBS[step]), step)(settings, run_id)


def render_all(settings: Settings, run_id: str) -> None:
    """Render what is due each night, and again what somebody asked for of this night. Raises ReportError."""
    night = runs.current(settings, run_id).night
    load_report = importlib.import_module("o7_warehouse.report.registry").load_report
    set_folder = importlib.import_module("o7_warehouse.report.render").set_folder
    for report_id in report_ids(settings):
        report = load_report(report_id)
        # A report on request that lies there already would tell the build before this one.
        if report.schedule == "nightly" or set_folder(settings, report, night).exists():
            render_report(settings, report_id, night)


def render_report(settings: Settings, report_id: str, night: date) -> list[Path]:
    """Write one report of a published night; returns its files. Raises ReportError."""
    render = importlib.import_module("o7_warehouse.report.render").render
    files: list[Path] = render(settings, report_id=report_id, night=night)
    return files


def report_ids(settings: Settings) -> list[str]:
    """The reports a night can have; what comes with an edition only is none of them. Raises ReportError."""
    return [one for one, schedule in _schedules(settings).items() if schedule != "edition"]


def nightly_report_ids(settings: Settings) -> list[str]:
    """The reports a night renders; another waits until somebody asks for it. Raises ReportError."""
    return [one for one, schedule in _schedules(settings).items() if schedule == "nightly"]


def _schedules(settings: Settings) -> dict[str, str]:
    """Every report of the project with its schedule: a report is a folder with a report.yml."""
    load_report = importlib.import_module("o7_warehouse.report.registry").load_report
    found = sorted(path.parent.name for path in (settings.root / "reports").glob("*/report.yml"))
    return {one: load_report(one).schedule for one in found}


def close_night(settings: Settings, run_id: str, *, unfinished: list[str]) -> Failure | None:
    """Write the outcome of a run to the audit; ``unfinished`` names the steps that did not succeed.

    A night that went well leaves its digest beside its reports; one that is held back has nothing to tell, and is over
    where the others are released. Whatever happened, the night has its row (night_outcome.py). Returns what stopped the
    night, or None when nothing did.
    """
    is_open = "open_night" not in unfinished
    is_held = is_open and held.is_held(settings, run_id)
    failure = None
    if is_held:
        unfinished = [step for step in unfinished if step not in held.RELEASE]
    elif not unfinished:
        failure = _digest(settings, run_id)
    if unfinished:
        failure = failure_of(settings, run_id, unfinished[0])
    if is_open:
        message = f"{failure.step}: {failure.message}" if failure else ""
        runs.close_run(settings, run_id, outcome="failed" if failure else "success", message=message)
    _note_outcome(settings, run_id, failure, is_held=is_held)
    return failure


def _note_outcome(settings: Settings, run_id: str, failure: Failure | None, *, is_held: bool) -> None:
    """Write what became of the night; where the warehouse itself is what failed, the note beside the logs says so."""
    state = night_outcome.State.failed if failure else night_outcome.State.published
    if is_held and failure is None:
        state = night_outcome.State.held
    if failure is None or night_outcome.can_be_noted(settings):
        night_outcome.note(settings, run_id, state, failure)
        for trouble in importlib.import_module("o7_warehouse.watch.publish").after_night(
            settings, run_id, state
        ):
            sys.stderr.write(f"{trouble}\n")


def _digest(settings: Settings, run_id: str) -> Failure | None:
    """Tell what changed with the night; what keeps it from being told, or None."""
    write_digest = importlib.import_module("o7_warehouse.digest.write").write_digest
    try:
        write_digest(settings, run_id)
    except O7Error as error:
        failure = Failure(
            step="close_night", error=type(error).__name__, exit_code=error.exit_code, message=str(error)
        )
        write_failure(settings, run_id, failure)
        return failure
    return None


def failure_of(settings: Settings, run_id: str, step: str = "night") -> Failure:
    """What stopped a run; where it left no word, that no worker could be reached, or a step ended without one."""
    failure = read_failure(settings, run_id)
    if failure is not None:
        return failure
    try:
        refuse_silent_broker(settings)
    except O7Error as error:
        return Failure(step=step, error=type(error).__name__, exit_code=error.exit_code, message=str(error))
    return Failure(
        step=step,
        error="unknown",
        exit_code=3,
        message=f"The step {step} ended without saying why: it was killed, or met an error nobody foresaw. "
        "The published figures are untouched. Read its log under airflow/logs in the state directory.",
    )


def outcome(settings: Settings, run_id: str) -> str | None:
    """What the audit says of a run's end; None for a run that was never closed."""
    with warehouse.transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select outcome from audit.run_outcome where run_id = %s order by recorded_at desc limit 1",
            (run_id,),
        )
        found = cursor.fetchone()
    return str(found[0]) if found else None


@contextmanager
def recorded(settings: Settings, step: str, run_id: str, began: datetime | None = None) -> Iterator[None]:
    """Note in the audit how a step went, and beside the logs what stopped it."""
    began = began or datetime.now(UTC)
    try:
        # A verb translates the driver's errors itself; here the one it forgot loses what it may quote.
        with memory_told(step), warehouse.translated(step):
            yield
    except O7Error as error:
        failure = Failure(
            step=step, error=type(error).__name__, exit_code=error.exit_code, message=str(error)
        )
        write_failure(settings, run_id, failure)
        if step != "open_night":  # without an open run there is nothing the record could belong to
            record(settings, run_id, step, outcome="failed", began=began, detail={"error": failure.error})
        raise
    forget_failure(settings, run_id, step)
    record(settings, run_id, step, outcome="success", began=began, detail={})


def record(
    settings: Settings, run_id: str, step: str, *, outcome: str, began: datetime, detail: dict[str, object]
) -> None:
    """Append one line to ``audit.task_record``; says nothing when the warehouse itself is what failed."""
    if outcome == "failed" and not night_outcome.can_be_noted(settings):
        return
    with warehouse.transaction(settings, "o7_loader") as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into audit.task_record (run_id, task, outcome, started_at, finished_at, detail)"
            " values (%s, %s, %s, %s, clock_timestamp(), %s)",
            (run_id, step, outcome, began, json.dumps(detail)),
        )
