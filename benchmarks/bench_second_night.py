"""The facts of a night on which one pupil in a hundred changed, against those of a night built whole.

Each pair builds an earlier night whole, then the next one from what it left, the tests of the data included, by dbt as
a night does it. The facts are all from staging to the marts; the figures, which are summed anew, are told beside them.
The ratio counts everything, dbt's own start as well; the server's share is told too. The world is one of its own
(`-second` behind its folder's name), for its last build is not whole.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.changes import change_source
from benchmarks.measure import Comparison, Cost, cost_of
from benchmarks.world import arguments, opened, report, settings_of
from o7_warehouse import dbt_results, dbt_runner, steps
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from benchmarks.world import World

FACTS, FIGURES = "facts", "indicators"
GOAL = 0.10
NIGHTS = 3
# What brings a night as far as dbt begins.
RECEIVED = ("extract", "check_delivery", "load", "gate_in")


def main() -> None:
    """Make the nights that are missing, then build the last two turn about."""
    options = arguments(__doc__)
    state = settings_of(options).state
    options.state = state.with_name(state.name + "-second")
    with opened(options, with_night=True) as world:
        first, second = _two_nights(world)
        whole, ordinary = [], []
        # The first pair is no part of it: nobody knows what it finds.
        for pair in range(options.pairs + 1):
            costs = [_built(world, first, is_partial=False), _built(world, second, is_partial=True)]
            if pair:
                whole.append(costs[0])
                ordinary.append(costs[1])
        [(says,)] = world.ask(
            "select message from audit.gate_finding where gate = 'build' order by recorded_at desc limit 1"
        )
    print(says)
    report(
        _compared("facts of the second night / built whole", GOAL, ordinary, whole, FACTS),
        _compared("the same, the server alone", None, ordinary, whole, FACTS, of_server=True),
        _compared("facts and figures / built whole", None, ordinary, whole, FACTS, FIGURES),
    )


def _compared(
    name: str,
    goal: float | None,
    ordinary: list[dict[str, Cost]],
    whole: list[dict[str, Cost]],
    *counted: str,
    of_server: bool = False,
) -> Comparison:
    """Processor seconds of some steps on both nights of each pair."""
    sides = [
        [sum(one[step].server if of_server else one[step].cpu for step in counted) for one in side]
        for side in (ordinary, whole)
    ]
    return Comparison(name, goal, *sides)


def _two_nights(world: World) -> tuple[date, date]:
    """The last two nights in raw; those that are missing are received first, as far as dbt begins.

    The synthetic world's first night is not one of them: on the day after it the evidence of a resource ends, which
    reaches many more pupils than one in a hundred.
    """
    nights = [night for (night,) in world.ask("select night from raw_o7.night order by night desc")]
    while len(nights) < NIGHTS:
        nights.insert(0, nights[0] + timedelta(days=1))
        change_source(world, nights[0])
        run_id = world.open_run()
        for step in RECEIVED:
            cost = cost_of(partial(steps.perform, world.settings, step, run_id), postmaster=world.postmaster)
            print(f"{nights[0]}: {step}, {cost.cpu:.1f} s of processor time, {cost.wall:.0f} s of the clock")
    return nights[1], nights[0]


def _built(world: World, night: date, *, is_partial: bool) -> dict[str, Cost]:
    """Build a night by a run of its own; step of dbt -> what it cost."""
    run_id = world.open_run(night)
    # Nights of either kind come by turns only here; what dbt reads again for it is not counted.
    told = dbt_runner.environment(world.settings, night=night, build_id=run_id, is_partial=is_partial)
    project = str(world.settings.root / "dbt_project")
    _dbt(
        told, *dbt_runner.QUIET, "parse", "--target-path", str(dbt_runner.target_path(world.settings)),
        "--project-dir", project, "--profiles-dir", project,
    )  # fmt: skip
    world.settle()
    return {
        step: cost_of(_build(world, run_id, step), postmaster=world.postmaster) for step in (FACTS, FIGURES)
    }


def _build(world: World, run_id: str, step: str) -> Callable[[], None]:
    """What the task of a step does, in a process of its own."""

    def build() -> None:
        told = dbt_runner.begin(world.settings, run_id=run_id, step=step)
        _dbt(told, *dbt_runner.command(world.settings, step), "--write-json")
        # It tells a broken build better than the exit code does.
        dbt_results.keep_results(world.settings, run_id=run_id, step=step)

    return build


def _dbt(told: dict[str, str], *words: str) -> None:
    subprocess.run(
        [sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()", *words],
        env=os.environ | told, cwd=ROOT, check=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
