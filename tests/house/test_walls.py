"""Who may import whom: the toolbox does not know Airflow, and the two houses do not know each other."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FORBIDDEN = {
    "o7_warehouse": {"airflow", "cosmos", "o7_simulator"},
    "o7_simulator": {"airflow", "cosmos", "o7_warehouse"},
}
# Seconds a DAG file may not cost whoever reads it, every minute, for ever.
HEAVY = ("dbt", "great_expectations", "pandas", "numpy", "polars", "typst")


def imported(source: str) -> set[str]:
    """The first names of everything a module imports, at its top or inside."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("house", FORBIDDEN)
def test_a_house_imports_nothing_it_must_not_know(house: str) -> None:
    files = sorted((ROOT / house).rglob("*.py"))

    assert len(files) > 10
    assert {
        str(path.relative_to(ROOT)): sorted(known)
        for path in files
        if (known := imported(path.read_text(encoding="utf-8")) & FORBIDDEN[house])
    } == {}


def test_an_import_inside_a_function_is_found_too() -> None:
    assert imported("def f():\n    from airflow.sdk import dag\n    import o7_simulator.cli") == {
        "airflow",
        "o7_simulator",
    }


def test_reading_a_dag_file_imports_nothing_heavy() -> None:
    for path in sorted((ROOT / "dags").glob("[!_]*.py")):
        loaded = loaded_by(path)

        assert "airflow" in loaded
        assert [name for name in HEAVY if name in loaded] == [], path.name


def loaded_by(path: Path) -> list[str]:
    """The top-level packages that reading a file leaves loaded, in a process of its own."""
    code = (
        "import json, runpy, sys; sys.path.insert(0, sys.argv[2]); runpy.run_path(sys.argv[1]);"
        "print(json.dumps([name for name in sys.modules if '.' not in name]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(path), str(path.parent)],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "AIRFLOW__OPENLINEAGE__DISABLED": "True"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found
