"""Two nights of one size, step by step, each step in a process of its own, and what each of them took."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.changes import change_source
from benchmarks.measure import children_cpu, cost_of
from benchmarks.memory import Peak
from benchmarks.scale.held import Held
from benchmarks.scale.results import FIRST, ORDINARY, Night, Size, Step
from benchmarks.scale.room import ensure_room, free_bytes, gigabytes
from benchmarks.world import machine, opened
from o7_warehouse import walk
from o7_warehouse.revision import code_revision
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from benchmarks.world import World

# The synthetic world's second night is an ordinary one in its delivery only: on that day the evidence of a resource
# ends, which reaches many more pupils than one in a hundred. So it is walked and kept, and the third one is judged.
BETWEEN = "between"
# Nothing of the night behind it stands on these.
LEFT_OUT = ("restate", "portal", "render")
NIGHTS: Sequence[tuple[str, Sequence[str]]] = ((FIRST, ()), (BETWEEN, LEFT_OUT), (ORDINARY, ()))
LOOK_EVERY_SECONDS = 1.0
BUSY = 1.0
STEPS = ("open_night", *walk.LINE, "close_night")
SCHEMAS = """
    select nspname, sum(pg_total_relation_size(pg_class.oid))::int8
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'm') and nspname !~ '^(pg_|information_schema)'
    group by nspname order by nspname
"""
CLUSTER = """
    select (select sum(pg_database_size(oid)) from pg_database)::int8 + (select sum(size) from pg_ls_waldir())::int8
"""
DELIVERED = """
    select sum(rows_in)::int8, sum(rows_in) filter (where entity = 'organization')::int8
    from raw_o7.load_record where night = %s
"""
BEFORE = "select current_setting('server_version'), pg_database_size('o7')"
BUILT = "select message from audit.gate_finding where gate = 'build' order by recorded_at desc limit 1"


def rehearse(pupils: int, state: Path, note: Callable[[Size], None], *, last: str = ORDINARY) -> None:
    """Make a world of this size in an empty folder and walk its nights, three of them or up to ``last``.

    What is known is noted after each night, for the next one may take hours and fail.
    """
    load = os.getloadavg()[0]
    with opened(argparse.Namespace(pupils=pupils, state=state, pairs=1)) as world:
        [(version, source_bytes)] = world.ask(BEFORE)
        size = Size(
            pupils=pupils,
            revision=code_revision(ROOT),
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=machine(version, pupils),
            is_disturbed=load > BUSY,
            organisations=0,
            rows=0,
            source_bytes=source_bytes,
            nights={},
        )
        for name, without in NIGHTS[: [name for name, _ in NIGHTS].index(last) + 1]:
            if name != FIRST:
                change_source(world, world.night() + timedelta(days=1))
            size = _with(world, size, name, without)
            note(size)


def _with(world: World, size: Size, name: str, without: Container[str]) -> Size:
    """The size with one more night."""
    night = _night(world, name, without)
    [(rows, organisations)] = world.ask(DELIVERED, (world.night(),))
    return replace(
        size,
        rows=rows,
        organisations=organisations,
        nights={**size.nights, name: night},
    )


def _night(world: World, name: str, without: Container[str]) -> Night:
    """Walk one night. Raises SystemExit where a step fails, or the disk has come to its end before one."""
    run_id, steps, held = str(uuid.uuid4()), [], []
    for step in (step for step in STEPS if step not in without):
        ensure_room(world.settings.state, free=free_bytes(world.settings.state))
        with Held(world.settings.state) as folder:
            one = _measured(world, step, run_id)
        steps.append(one)
        held.append(folder.peak)
        print(
            f"{name}: {step}: {one.client_seconds:.1f} s client, {one.server_seconds:.1f} s server,"
            f" {one.wall_seconds:.1f} s of the clock, {one.python_mb:.0f} MB Python,"
            f" {gigabytes(folder.peak)} GB on the disk", flush=True,
        )  # fmt: skip
    [(built,)], [(cluster,)] = world.ask(BUILT), world.ask(CLUSTER)
    return Night(
        steps=steps, built=built, schema_bytes=dict(world.ask(SCHEMAS)), cluster_bytes=cluster, peak_bytes=max(held)
    )  # fmt: skip


def _measured(world: World, step: str, run_id: str) -> Step:
    """One step; what it wrote is written out at its own expense, by a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        answer, families = Path(folder) / "peak", [world.postmaster]

        def work() -> None:
            command = [sys.executable, "-P", "-m", "benchmarks.scale.one_step", str(world.settings.state)]
            environment = os.environ | {"O7_SOURCE_DSN": world.source_dsn, "PYTHONPATH": str(ROOT)}
            with subprocess.Popen([*command, step, run_id, str(answer)], env=environment, cwd=ROOT) as done:
                families.append(done.pid)
            if done.returncode:
                raise SystemExit(
                    f"The step {step} ended with {done.returncode} (its words are above), so this size was not "
                    f"measured. Its world is left in {world.settings.state}: look, or start again."
                )
            world.settle()

        # Only the families of the step and of the server: this process looks at them and is no part of a night.
        with Peak(lambda: families, every=LOOK_EVERY_SECONDS) as peak:
            cost = cost_of(work, postmaster=world.postmaster, client_cpu=children_cpu)
        own = float(answer.read_text(encoding="utf-8"))
    return Step(
        name=step,
        client_seconds=round(cost.client, 2),
        server_seconds=round(cost.server, 2),
        wall_seconds=round(cost.wall, 2),
        python_mb=max(own, round(peak.largest_process, 1)),
        server_mb=round(peak.server, 1) if peak.samples else None,
    )
