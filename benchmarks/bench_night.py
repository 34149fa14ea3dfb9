"""One whole night with the scheduler up: the clock step by step, what Airflow adds, and memory.

It is a first night, the costliest: every row is new. Its world is made anew each time, in a folder beside that of the
other benchmarks, and one of a tenth of the size, for the memory of the loader must not grow with the volume.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING

from benchmarks.memory import Peak, high_water
from benchmarks.scale.fit import FLAT, is_flat
from benchmarks.world import arguments, emptied, machine, postmaster_of, settings_of
from o7_warehouse import bootstrap, runs, scheduler, server, steps, synthetic, warehouse
from o7_warehouse.airflow_environment import airflow_home
from o7_warehouse.processes import members
from o7_warehouse.sources import SourceChoice

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from o7_warehouse.settings import Settings

    Span = tuple[datetime, datetime]

NIGHT_SECONDS, TASK_SECONDS, ALL_MB, LOADER_MB = 120, 0.3, 4096, 200
MARK = "made-by-bench-night"


@dataclass(slots=True)
class Night:
    """What a night took; seconds of the clock."""

    boot: float = 0.0
    total: float = 0.0
    stop: float = 0.0
    own: dict[str, Span] = field(default_factory=dict)
    tasks: dict[str, float] = field(default_factory=dict)
    dbt_starts: list[Span] = field(default_factory=list)


def main() -> None:
    """Run the night, then the loader alone at two sizes, and print one table."""
    options = arguments(__doc__)
    with _world(options, options.pupils // 10, "-night-small") as small:
        peaks = {small.synthetic_pupils: _loader_peak(small)}
    with _world(options, options.pupils, "-night") as settings:
        says = machine(_server_version(settings), options.pupils)
        night, peak = _night(settings)
        peaks[options.pupils] = _loader_peak(settings)
    print(says)
    tell(night, peak, peaks)


def _server_version(settings: Settings) -> str:
    """The version of the server the warehouse lives on."""
    with warehouse.transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version')")
        [(version,)] = cursor.fetchall()
    return str(version)


@contextmanager
def _world(options: argparse.Namespace, pupils: int, suffix: str) -> Iterator[Settings]:
    """An empty warehouse beside a filled О7, made anew; its server runs while the block lasts."""
    given = settings_of(options)
    folder = given.state.with_name(given.state.name + suffix)
    settings = dataclasses.replace(given, state=folder, synthetic_pupils=pupils)
    emptied(folder, mark=MARK)
    with server.running(settings) as embedded:
        bootstrap.ensure(settings, embedded)
        dsn = synthetic.ensure_filled(settings, embedded, print)
        yield dataclasses.replace(settings, source_dsn=dsn)


def _night(settings: Settings) -> tuple[Night, Peak]:
    """One run of the DAG, asked for as ./o7 night asks for it."""
    night, run_id, began = Night(), str(uuid.uuid4()), time.monotonic()
    postmaster, home = postmaster_of(settings), airflow_home(settings)
    with (
        runs.hold_lock(settings, run_id=run_id),
        Peak(lambda: [os.getpid(), postmaster, *members(home)]) as peak,
    ):
        SourceChoice.from_settings(settings).store(settings, run_id)
        with scheduler.running(settings, print) as airflow:
            night.boot, began = time.monotonic() - began, time.monotonic()
            result = scheduler.run_night(
                airflow.api,
                dag_run_id=f"manual__{run_id}",
                conf={"run_id": run_id},
                watch=lambda _: None,
            )
            night.total, began = time.monotonic() - began, time.monotonic()
        night.stop = time.monotonic() - began
    if not result.succeeded:
        raise SystemExit(f"The night failed: {steps.failure_of(settings, run_id).message}")
    night.tasks = {task.task: task.seconds or 0.0 for task in result.tasks}
    night.own = _own_work(settings, run_id)
    night.dbt_starts = list(_dbt_starts(settings, run_id))
    return night, peak


def _own_work(settings: Settings, run_id: str) -> dict[str, Span]:
    """From when to when each step did its own work."""
    with warehouse.transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select task, started_at, finished_at from audit.task_record where run_id = %s order by started_at",
            (run_id,),
        )
        return {task: (began, ended) for task, began, ended in cursor.fetchall()}


def _dbt_starts(settings: Settings, run_id: str) -> Iterator[Span]:
    """Each dbt from its start to its first node: it reads the project, and what the warehouse holds."""
    for path in (settings.state / "dbt" / "runs" / run_id).glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        instants = [timing["started_at"] for one in content["results"] for timing in one["timing"]]
        first = min(datetime.fromisoformat(instant) for instant in instants if instant)
        yield datetime.fromisoformat(content["metadata"]["invocation_started_at"]), first


def covered(spans: Iterable[Span]) -> float:
    """Seconds of the clock that lie in one of these or in several: two tasks may be at work beside each other."""
    seconds, until = 0.0, datetime.min.replace(tzinfo=UTC)
    for began, ended in sorted(spans):
        seconds += max((ended - max(began, until)).total_seconds(), 0.0)
        until = max(until, ended)
    return seconds


def _loader_peak(settings: Settings) -> float:
    """MB of a process of its own that extracts and loads the night, and does nothing else."""
    run_id = str(uuid.uuid4())
    SourceChoice.from_settings(settings).store(settings, run_id)
    runs.open_run(settings, run_id=run_id, night=None, trigger="benchmark")
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as apart:
        return apart.submit(_load, settings, run_id).result()


def _load(settings: Settings, run_id: str) -> float:
    for step in ("extract", "load"):
        steps.perform(settings, step, run_id)
    return high_water()


def tell(night: Night, peak: Peak, loader: dict[int, float]) -> None:
    """Print what the night took, what lies outside of the steps' own work, and the memory, each beside its goal."""
    print(f"{'step':24}{'own work, s':>12}{'task, s':>10}")
    for step, span in night.own.items():
        print(f"{step:24}{covered([span]):12.1f}{night.tasks.get(step, 0.0):10.1f}")
    work = list(night.own.values())
    print(f"{'all steps, by the clock':24}{covered(work):12.1f}{night.total:10.1f}")
    _line("whole night, scheduler up", night.total, NIGHT_SECONDS, "s")
    for name, spans in {
        "outside own work": work,
        "outside own work and dbt before its first node": [*work, *night.dbt_starts],
    }.items():
        outside = night.total - covered(spans)
        print(f"{name}: {outside:.1f} s of {len(night.tasks)} tasks")
        _line(f"{name}, per task", outside / len(night.tasks), TASK_SECONDS, "s")
    print(
        f"starting Airflow and its tables {night.boot:.1f} s, stopping it {night.stop:.1f} s, beside the night"
    )
    _line(f"PSS of all processes, greatest of {peak.samples} looks", peak.total, ALL_MB, "MB")
    print("  " + ", ".join(f"{name} {size:.0f} MB" for name, size in peak.by_program.items()))
    for pupils, size in loader.items():
        _line(f"loader alone, {pupils} pupils, peak RSS", size, LOADER_MB, "MB")
    is_met = "met" if is_flat([*loader.values()]) else "not met"
    print(f"loader alone, from size to size (goal flat, ± {FLAT:.0%}: {is_met})")


def _line(name: str, value: float, goal: float, unit: str) -> None:
    print(f"{name}: {value:.1f} {unit} (goal <= {goal}, {'met' if value <= goal else 'not met'})")


if __name__ == "__main__":
    main()
