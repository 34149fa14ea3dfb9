"""The worlds the benchmarks are measured on: a state directory of their own per size, thrown away by hand."""

from __future__ import annotations

import argparse
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse import bootstrap, runs, server, synthetic
from o7_warehouse.settings import ROOT, Settings
from o7_warehouse.sources import SourceChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Comparison

REPUBLIC = 123_000


@dataclass(frozen=True, slots=True)
class World:
    """A filled synthetic О7 and the warehouse beside it, on a server of their own."""

    settings: Settings
    embedded: server.Server
    source_dsn: str
    postmaster: int
    pupils: int
    pairs: int

    def open_run(self) -> str:
        """Open a run of the world's night, as the first step of a night does; returns its identity."""
        run_id = str(uuid.uuid4())
        SourceChoice.from_settings(self.settings).store(self.settings, run_id)
        runs.open_run(self.settings, run_id=run_id, night=None, trigger="benchmark")
        return run_id


def arguments(says: str) -> argparse.Namespace:
    """The options every benchmark has."""
    parser = argparse.ArgumentParser(description=says)
    parser.add_argument("--pupils", type=int, default=REPUBLIC)
    parser.add_argument("--pairs", type=int, default=3, help="counted pairs, after one warm-up")
    return parser.parse_args()


@contextmanager
def opened(options: argparse.Namespace, *, with_night: bool = False) -> Iterator[World]:
    """The world of this size; filled, and with one whole night built where that is asked for."""
    state = ROOT / "var" / f"bench-{options.pupils}"
    settings = Settings.load(state, {"O7_SYNTHETIC_PUPILS": str(options.pupils)})
    if with_night and not (state / "reports").exists():
        night = [sys.executable, "-P", "-m", "o7_warehouse", "night", "--inline", "--state", str(state)]
        subprocess.run([*night, "--pupils", str(options.pupils)], cwd=ROOT, check=True)
    with server.running(settings) as embedded:
        bootstrap.ensure(settings, embedded)
        dsn = synthetic.ensure_filled(settings, embedded, print)
        postmaster = int((state / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        yield World(
            settings=Settings.load(state, {"O7_SYNTHETIC_PUPILS": str(options.pupils), "O7_SOURCE_DSN": dsn}),
            embedded=embedded,
            source_dsn=dsn,
            postmaster=postmaster,
            pupils=options.pupils,
            pairs=options.pairs,
        )


def report(*comparisons: Comparison) -> None:
    """Print each ratio with its goal and spread."""
    for one in comparisons:
        low, high = one.spread
        verdict = "ok" if one.ratio <= one.goal else "OVER"
        print(
            f"{one.name}: {one.ratio:.2f} x (goal <= {one.goal:.2f}, {verdict}; from {low:.2f} to {high:.2f} in "
            f"{len(one.ours)} pairs; CPU s {', '.join(f'{c.cpu:.1f}' for c in one.ours)} against "
            f"{', '.join(f'{c.cpu:.1f}' for c in one.limit)})"
        )
