"""Builds a delivery of worlds with the steps of a real night, up to the indicators, in a warehouse of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2

from o7_warehouse import bootstrap
from o7_warehouse.server import ADMIN, Server
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

WALK = ROOT / "tests" / "journeys" / "walk.py"


def renew(settings: Settings, server: Server) -> None:
    """Put an empty warehouse in the place of the one there is: the worlds of two nights are different pupils."""
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("drop database if exists warehouse with (force)")
    bootstrap.ensure(settings, server)


def build(settings: Settings, drop: Path) -> str:
    """Walk the night of a drop folder in the state directory of the settings; returns the run behind the build."""
    done = subprocess.run(
        [sys.executable, str(WALK), str(settings.state), "--until", "indicators"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "O7_DROP": str(drop)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
