"""The project built empty: every relation with its columns and not one row, which is all that unit tests need.

And what a distributed warehouse would make of it, told without one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import dbt_runner, steps
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import connect
from tests.dbt_project.distribution import Examination
from tests.dbt_project.placement import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

PROJECT = ROOT / "dbt_project"
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
NIGHT, BUILD_ID = date(2025, 12, 15), "00000000-0000-0000-0000-000000000000"


class Project:
    """dbt on a warehouse of its own."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.environment = os.environ | dbt_runner.environment(settings, night=NIGHT, build_id=BUILD_ID)
        self.folder = folder

    def dbt(self, *words: str, project: Path = PROJECT) -> list[dict[str, Any]]:
        """Run dbt; returns the result of every node. Fails where dbt did nothing at all."""
        # A copy keeps what dbt parsed of it to itself; else every run would parse all anew.
        folder = self.folder if project == PROJECT else project.parent / "target"
        results = folder / "run_results.json"
        results.unlink(missing_ok=True)
        command = [
            sys.executable, "-P", "-m", "dbt.cli.main", "--no-use-colors", *words,
            "--project-dir", str(project), "--profiles-dir", str(PROJECT),
            "--target-path", str(folder), "--log-path", str(folder),
        ]  # fmt: skip
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert results.exists(), done.stdout[-3000:]
        found: list[dict[str, Any]] = json.loads(results.read_text(encoding="utf-8"))["results"]
        return found


@pytest.fixture(scope="module")
def project(warehouse_database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project on a warehouse without a row: every relation has its columns."""
    project = Project(warehouse_database, tmp_path_factory.mktemp("dbt"))
    # Layer by layer, as a night does: models call the functions of dq by name, without dbt knowing.
    for selection in steps.BUILDS.values():
        built = project.dbt("build", "--select", *selection.split(), *WITHOUT_TESTS)
        assert [(one["unique_id"], one["message"]) for one in built if one["status"] != "success"] == []
    return project


@dataclass(frozen=True)
class Distribution:
    """The models as the target `citus` has them, and who tells what its nodes cannot do with a query."""

    models: dict[str, dict[str, Any]]
    examination: Examination

    def offences(self, query: str) -> list[str]:
        """What of a query cannot be done by the nodes, each with its own rows."""
        cursor = self.examination.cursor
        cursor.execute(f"create or replace view examined.this as {query}")
        found = self.examination.offences("examined.this")
        cursor.execute("drop view examined.this")
        return found


@pytest.fixture(scope="module")
def distribution(
    project: Project, warehouse_database: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Distribution]:
    """Compiled with every condition of a night that builds only what changed; no Citus is asked."""
    # In a folder of its own: for another target dbt reads the project anew.
    assert project.folder.exists()
    apart = Project(warehouse_database, tmp_path_factory.mktemp("citus"))
    apart.environment |= {"O7_DBT_TOUCHED_ONLY": "yes", "O7_DBT_TARGET": "citus"}
    apart.dbt("compile", "--select", "resource_type:model")
    manifest = json.loads((apart.folder / "manifest.json").read_text(encoding="utf-8"))
    models = {one["name"]: one for one in manifest["nodes"].values() if one["resource_type"] == "model"}
    with closing(connect(warehouse_database, ADMIN)) as connection, connection.cursor() as cursor:
        cursor.execute("create schema examined")
        yield Distribution(models, Examination(cursor, tables_of(cursor, models.values())))
