"""Metrics for Prometheus as a text file, for the textfile collector of its node exporter: counts of nights, no person.

What is not known has no line, so a dead warehouse is no warehouse of zeros.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from o7_warehouse.editions.states import State as PeriodState
from o7_warehouse.night_outcome import State
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.runs import end_of
from o7_warehouse.upkeep.outcome import outcomes
from o7_warehouse.watch.alarms import ALARMS
from o7_warehouse.watch.machine import backup_taken_at

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.night_outcome import NightOutcome
    from o7_warehouse.settings import Settings
    from o7_warehouse.watch.facts import Facts
    from o7_warehouse.watch.memory import Memory

FOLDER: Final = "metrics"
FILE: Final = "o7.prom"
NOON: Final = dt.time(12)


def write_metrics(settings: Settings, facts: Facts | None, memory: Memory) -> Path:
    """Put the metrics of a moment in place of those before, in one step. Raises OSError."""
    registry = CollectorRegistry()
    _of_watch(registry, facts, memory)
    _of_machine(registry, settings)
    if facts is not None:
        _of_nights(registry, facts)
        _of_reporting(registry, facts)
    path = settings.state / FOLDER / FILE
    path.parent.mkdir(exist_ok=True)
    write_to_textfile(str(path), registry)
    return path


def _of_watch(registry: CollectorRegistry, facts: Facts | None, memory: Memory) -> None:
    _gauge(registry, "o7_warehouse_up", "Whether the warehouse answered", int(facts is not None))
    if memory.passed_at:
        passed = dt.datetime.fromisoformat(memory.passed_at).timestamp()
        _gauge(registry, "o7_watch_pass_timestamp_seconds", "When ./o7 watch last looked", passed)
    opened = Counter(one.code for one in memory.opened)
    alarms = Gauge("o7_alarm_open", "Open alarms by code", ["alarm"], registry=registry)
    for code in ALARMS:
        alarms.labels(code).set(opened[code])


def _of_machine(registry: CollectorRegistry, settings: Settings) -> None:
    disk = shutil.disk_usage(settings.state)
    _gauge(registry, "o7_disk_free_bytes", "Free on the disk of the state directory", disk.free)
    _gauge(registry, "o7_disk_size_bytes", "Size of that disk", disk.total)
    if (taken := backup_taken_at(settings)) is not None:
        _gauge(registry, "o7_backup_timestamp_seconds", "When the newest copy was taken", taken.timestamp())
    done = Gauge(
        "o7_upkeep_done_timestamp_seconds",
        "When a step of upkeep last succeeded",
        ["step"],
        registry=registry,
    )
    for one in outcomes(settings):
        if one.done_at:
            done.labels(one.step).set(dt.datetime.fromisoformat(one.done_at).timestamp())


def _of_nights(registry: CollectorRegistry, facts: Facts) -> None:
    if facts.published is not None:
        end = end_of(facts.published, MOSCOW.key).timestamp()
        _gauge(registry, "o7_published_night_end_timestamp_seconds", "End of the newest published night", end)
    steps = Gauge(
        "o7_step_duration_seconds", "Steps of the newest run", ["step", "outcome"], registry=registry
    )
    for step in facts.steps:
        steps.labels(step.name, step.outcome).set(step.seconds)
    if facts.outcomes:
        _of_last_night(registry, facts.outcomes[0])


def _of_last_night(registry: CollectorRegistry, last: NightOutcome) -> None:
    state = Gauge("o7_night_state", "How the last night ended", ["state"], registry=registry)
    for one in State:
        state.labels(one.value).set(int(last.state is one))
    _gauge(registry, "o7_night_ended_timestamp_seconds", "When it ended", last.ended_at.timestamp())
    if last.started_at is not None:
        seconds = (last.ended_at - last.started_at).total_seconds()
        _gauge(registry, "o7_night_duration_seconds", "How long it took", seconds)
    rows = Gauge("o7_night_rows", "Rows of its whole delivery", ["kind"], registry=registry)
    rows.labels("delivered").set(last.rows_in)
    rows.labels("quarantined").set(last.rows_quarantined)
    rules = Gauge("o7_night_rules", "Field rules by what came of them", ["outcome"], registry=registry)
    rules.labels("failed").set(last.rules_failed)
    rules.labels("unchecked").set(last.rules_unchecked)


def _of_reporting(registry: CollectorRegistry, facts: Facts) -> None:
    messages = Gauge(
        "o7_outbox_messages", "Messages of the outbox by their last event", ["event"], registry=registry
    )
    for event, count in Counter(one.event for one in facts.messages).items():
        messages.labels(event).set(count)
    due = Gauge(
        "o7_edition_due_timestamp_seconds",
        "Noon in Moscow of the day the report of a period is due, while it is over and not issued",
        ["period", "what"],
        registry=registry,
    )
    for line in facts.editions:
        if line.due is None or line.state in {PeriodState.open, PeriodState.issued}:
            continue
        days = {"draft": line.due.draft, "approval": line.due.approval}
        for what, day in days.items():
            if day is not None:
                due.labels(str(line.period), what).set(dt.datetime.combine(day, NOON, MOSCOW).timestamp())


def _gauge(registry: CollectorRegistry, name: str, says: str, value: float) -> None:
    Gauge(name, says, registry=registry).set(value)
