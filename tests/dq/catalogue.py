"""Builds the schemas dq and catalogue of a test's warehouse with dbt itself, without parsing the models."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse.dbt_runner import environment
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

PROJECT = ROOT / "dbt_project"
NIGHT = date(2025, 12, 15)


def build_catalogue(settings: Settings, *selection: str) -> None:
    """What the task `catalogue` builds: functions and seeds, or the part of them selected."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name in ("dbt_project.yml", "profiles.yml", "functions", "macros", "seeds"):
            (project / name).symlink_to(PROJECT / name)
        selected = selection or ("path:functions", "path:seeds")
        done = subprocess.run(
            [
                *(sys.executable, "-W", "ignore", "-m", "dbt.cli.main", "build", "--select", *selected),
                *("--project-dir", folder, "--profiles-dir", folder, "--target-path", f"{folder}/target"),
                *("--log-path", f"{folder}/logs", "--no-use-colors", "--exclude-resource-type", "test"),
            ],
            env=os.environ | environment(settings, night=NIGHT, build_id="none"),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:]
