"""The worlds the benchmarks are measured on, a state directory per size, and how their results are told.

A world stays when its benchmark has ended; it is thrown away by hand, and must be when the models have changed.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from o7_warehouse import bootstrap, runs, server, synthetic
from o7_warehouse.postgres_settings import usable_memory
from o7_warehouse.settings import ROOT, Settings
from o7_warehouse.sources import SourceChoice
from o7_warehouse.warehouse import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name

    from benchmarks.measure import Comparison

REPUBLIC = 123_000


@dataclass(frozen=True, slots=True)
class World:
    """A filled synthetic О7 and the warehouse beside it, on a server of their own.

    ``admin`` is a connection of the administrator in which every statement is its own transaction.
    """

    settings: Settings
    embedded: server.Server
    source_dsn: str
    postmaster: int
    admin: Connection
    pairs: int

    def ask(self, statement: Any, given: Any = None) -> list[tuple[Any, ...]]:
        """Run a statement as the administrator; its rows, none where it gives none."""
        with self.admin.cursor() as cursor:
            cursor.execute(statement, given)
            return cursor.fetchall() if cursor.description else []

    def settle(self) -> None:
        """Write out what earlier work left in memory, so that what is measured next does not pay for it."""
        self.ask("checkpoint")

    def open_run(self, night: date | None = None) -> str:
        """Open a run of the night the source delivers, or of a past one; returns its identity."""
        run_id = str(uuid.uuid4())
        SourceChoice.from_settings(self.settings).store(self.settings, run_id)
        runs.open_run(self.settings, run_id=run_id, night=night, trigger="benchmark")
        return run_id

    def night(self) -> date:
        """The newest night in raw."""
        [(night,)] = self.ask("select max(night) from raw_o7.night")
        if not isinstance(night, date):
            raise SystemExit(f"{self.settings.state} holds no night. Remove the folder and measure again.")
        return night


def arguments(says: str | None, **more: int) -> argparse.Namespace:
    """The options every benchmark has, and more of its own: numbers with their defaults."""
    parser = argparse.ArgumentParser(description=says)
    parser.add_argument("--pupils", type=int, default=REPUBLIC)
    parser.add_argument("--pairs", type=int, default=7, help="counted pairs, after one warm-up")
    parser.add_argument("--state", type=Path, help="folder of the world; default: var/bench-<pupils>")
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings of the world of this size; the environment names no other source or server."""
    state = options.state or ROOT / "var" / f"bench-{options.pupils}"
    chosen = {name: value for name, value in os.environ.items() if name == "O7_POSTGRES_BIN"}
    return Settings.load(state.resolve(), chosen | {"O7_SYNTHETIC_PUPILS": str(options.pupils)})


def emptied(state: Path, *, mark: str) -> None:
    """Throw away what a benchmark left in its folder; a folder without the benchmark's mark is somebody else's."""
    if state.exists() and not (state / mark).exists():
        raise SystemExit(
            f"{state} was not made by this benchmark, and a first night needs an empty warehouse. "
            "Name another folder with --state."
        )
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    (state / mark).touch()


@contextmanager
def opened(options: argparse.Namespace, *, with_night: bool = False) -> Iterator[World]:
    """The world of this size; filled, and with one whole night built where that is asked for.

    Vacuum does not work by itself meanwhile: nobody could tell whose work it does.
    """
    settings = settings_of(options)
    with server.running(settings) as embedded:
        bootstrap.ensure(settings, embedded)
        dsn = synthetic.ensure_filled(settings, embedded, print)
        with closing(connect(settings, "o7_admin")) as admin:
            admin.autocommit = True
            world = World(
                settings=Settings.load(settings.state, {"O7_SOURCE_DSN": dsn}),
                embedded=embedded,
                source_dsn=dsn,
                postmaster=postmaster_of(settings),
                admin=admin,
                pairs=options.pairs,
            )
            if with_night:
                _ensure_night(world, options.pupils)
            with _undisturbed(world):
                [(version,)] = world.ask("select current_setting('server_version')")
                print(machine(version, options.pupils))
                yield world


def postmaster_of(settings: Settings) -> int:
    """Process number of the embedded server."""
    return int((settings.state / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def _ensure_night(world: World, pupils: int) -> None:
    [(is_there,)] = world.ask("select exists (select from raw_o7.night join published.night using (night))")
    if not is_there:
        night = [sys.executable, "-P", "-m", "o7_warehouse", "night", "--inline", "--pupils", str(pupils)]
        subprocess.run([*night, "--state", str(world.settings.state)], cwd=ROOT, check=True)


@contextmanager
def _undisturbed(world: World) -> Iterator[None]:
    world.ask("alter system set autovacuum = off")
    world.ask("select pg_reload_conf()")
    try:
        yield
    finally:
        world.ask("alter system reset autovacuum")
        world.ask("select pg_reload_conf()")


def machine(postgres: str, pupils: int) -> str:
    """What the figures were measured on; no name of a host. ``postgres`` is the server's version."""
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {pupils} pupils, PostgreSQL {postgres}, Python {platform.python_version()}, "
        f"{len(os.sched_getaffinity(0))} cores, {usable_memory() / 2**30:.0f} GB; "
        f"load before {load:.1f}{' (other work is running)' if load > 1 else ''}"
    )


def report(*comparisons: Comparison) -> None:
    """Print each ratio with its goal and spread, in the unit both sides were counted in."""
    for one in comparisons:
        goal = (
            "no goal" if one.goal is None else f"goal <= {one.goal:.2f}, {'met' if one.is_met else 'not met'}"
        )
        print(
            f"{one.name}: {one.ratio:.2f} x ({goal}; from {min(one.ratios):.2f} to {max(one.ratios):.2f}, "
            f"n={len(one.ratios)}; {_listed(one.ours)} against {_listed(one.limit)})"
        )


def _listed(values: Any) -> str:
    return ", ".join(f"{value:.1f}" for value in values)
