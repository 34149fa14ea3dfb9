"""Builds a delivery of worlds with the steps of a real night, up to the indicators, in a warehouse of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg2

from o7_warehouse import bootstrap
from o7_warehouse.databases import ensure_databases
from o7_warehouse.server import ADMIN, Server
from o7_warehouse.settings import ROOT
from tests.worlds.delivery import deliver, throw
from tests.worlds.judged import Facts, by_oracle, by_warehouse
from tests.worlds.world import worlds_of

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from o7_warehouse.settings import Settings

KEPT = "built_worlds"


@dataclass(frozen=True)
class Built:
    """The worlds of a night after the warehouse has built them, and what both say of them."""

    night: dt.date
    warehouse: Facts
    oracle: Facts


def build_night(settings: Settings, server: Server, night: dt.date, folder: Path) -> Built:
    """Throw the worlds of a night, let the warehouse build them from nothing, and let the oracle judge them."""
    drop = folder / f"drop-{night}"
    deliver(drop, night, [throw(number, night).rows for number in worlds_of(night)])
    renew(settings, server)
    found = by_warehouse(settings, build(settings, drop))
    return Built(night, found, by_oracle(drop))


def keep(server: Server) -> None:
    """Keep the warehouse as it is now, to be restored as often as faults are tried on it."""
    _as_admin(server, f"drop database if exists {KEPT}", f"create database {KEPT} template warehouse")


def restore(server: Server) -> None:
    """Bring back the warehouse that was kept."""
    _as_admin(
        server, "drop database if exists warehouse with (force)", f"create database warehouse template {KEPT}"
    )
    # Who may enter a database is not copied with it.
    ensure_databases(server)


def renew(settings: Settings, server: Server) -> None:
    """Put an empty warehouse in the place of the one there is: the worlds of two nights are different pupils."""
    _as_admin(server, "drop database if exists warehouse with (force)")
    bootstrap.ensure(settings, server)


def _as_admin(server: Server, *statements: str) -> None:
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def build(settings: Settings, drop: Path) -> str:
    """Walk the night of a drop folder in the state directory of the settings; returns the run behind the build."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse.walk", str(settings.state), "--until", "indicators"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "O7_DROP": str(drop)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
