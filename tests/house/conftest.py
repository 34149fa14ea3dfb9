"""What the tests of the house share: dbt's manifest of the project, and the lists of files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from o7_warehouse.settings import ROOT

PROFILE = {f"O7_DBT_{name}": "nobody" for name in ("HOST", "USER", "PASSWORD", "DBNAME")} | {
    "O7_DBT_PORT": "1"
}


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The whole project as dbt understands it; parsing opens no connection."""
    folder = tmp_path_factory.mktemp("dbt")
    project = str(ROOT / "dbt_project")
    command = [
        sys.executable, "-P", "-m", "dbt.cli.main", "--log-path", str(folder), "parse",
        "--project-dir", project, "--profiles-dir", project, "--target-path", str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, env=os.environ | PROFILE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found
