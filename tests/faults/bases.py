"""What trials begin from: a small world whose first night has ended, and what its second one must come to."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from o7_warehouse import server
from o7_warehouse.lapse.month import Month, Size
from tests.faults.canaries import plant_name
from tests.faults.invariants import said_by
from tests.faults.planting import with_poison
from tests.faults.strikes import STEPS
from tests.journeys.conftest import FIRST, SECOND, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PUPILS: Final = 20


@dataclass(frozen=True)
class Base:
    """A state directory after the first night, what the second one delivers, and what must come of it."""

    folder: Path
    first: State
    size: Size
    spans: Mapping[str, float]
    said: Mapping[str, str]
    reports: Mapping[str, str]
    poison: int

    @property
    def world(self) -> Path:
        """The drop folders with their truth."""
        return self.folder / "world"

    @property
    def usual_seconds(self) -> float:
        """How long an undisturbed night takes."""
        return sum(self.spans.values())

    @property
    def month(self) -> Month:
        """The truth of both nights."""
        truth = json.loads((self.world / "truth.json").read_text(encoding="utf-8"))
        return Month(self.world, self.size, (), truth)


def prepared(folder: Path, *, pupils: int = PUPILS) -> Base:
    """The first night walked to its end, and the second one undisturbed, in a copy."""
    size = Size(pupils=pupils, nights=2, seed=22)
    simulate(*size.options(2), "--to", str(folder / "drops"))
    state = State(folder / "first")
    walked_to_end(state, folder / "drops" / FIRST)
    with server.running(state.settings()) as running:
        simulate(*size.options(2), "--to", running.dsn("o7", "o7_source"))
    made = adopted(folder, state, folder / "drops", size)
    calm = copied(made, "undisturbed")
    spans = _spans(calm, walked_to_end(calm, made.world / SECOND))
    said, reports = said_by(calm.settings()), calm.reports()
    shutil.rmtree(calm.folder)
    return replace(made, spans=spans, said=said, reports=reports)


def adopted(folder: Path, first: State, drops: Path, size: Size) -> Base:
    """The same of a first night that was walked already; how long the second one takes is taken from the first."""
    shutil.copytree(drops, folder / "world")
    second = folder / "world" / SECOND
    plant_name(second)
    poison = with_poison(second)
    [(run_id,)] = first.execute("select run_id::text from audit.run order by run_no desc limit 1")
    return Base(folder, first, size, _spans(first, run_id), said_by(first.settings()), {}, poison)


def walked_to_end(state: State, drop: Path) -> str:
    """Walk undisturbed; the run."""
    walked = state.walk(O7_DROP=str(drop))
    if walked.code:
        raise SystemExit(f"An undisturbed night did not end, so nothing can be tried: {walked.words[-500:]}")
    return walked.run_id


def _spans(state: State, run_id: str) -> dict[str, float]:
    """The seconds each step of a run took, from the end of the one before; the last one until the run's outcome."""
    rows = state.execute(
        "select task, started_at, finished_at from audit.task_record where run_id = %s order by finished_at",
        run_id,
    )
    [(ended_at,)] = state.execute("select finished_at from audit.run_outcome where run_id = %s", run_id)
    rows.append((STEPS[-1], rows[-1][2], ended_at))
    instants = [rows[0][1], *(finished for _, _, finished in rows)]
    return {
        task: (instants[place + 1] - instants[place]).total_seconds()
        for place, (task, _, _) in enumerate(rows)
    }


def copied(base: Base, name: str) -> State:
    """A copy of the state directory, the server's files with their owner."""
    folder = base.folder / name
    if folder.exists():
        shutil.rmtree(folder)
    subprocess.run(["cp", "-a", "--reflink=auto", str(base.first.folder), str(folder)], check=True)
    return State(folder)
