"""The tools that examine tables by rules: dbt's tests in our own environment, Soda in one of its own."""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import yaml
from psycopg2 import extensions

from benchmarks.peers.environment import installed, version_of
from benchmarks.peers.examination import SCHEMA
from benchmarks.peers.process import Command, NotRunError
from benchmarks.peers.side import Refusal, Side
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.peers.examination import Examination, Plain

RUN: Final = ROOT / "benchmarks" / "peers" / "run"
# dbt has no test of its own for this one.
UNLIKE: Final = (
    "{% test unlike(model, column_name, pattern) %}\n"
    "select {{ column_name }} from {{ model }} where {{ column_name }} ~ '{{ pattern }}'\n"
    "{% endtest %}\n"
)


def own_package(name: str) -> str:
    """The version of a package of our own environment."""
    return metadata.version(name)


def sides(task: Examination, environments: Path) -> tuple[list[Side], list[Refusal]]:
    """Every tool that is there, and what is told of the others."""
    found = [_dbt(task)]
    try:
        return [*found, _soda(task, environments)], []
    except NotRunError as error:
        return found, [Refusal("Soda Core", version_of("soda-core-postgres", "soda"), str(error))]


def _dbt(task: Examination) -> Side:
    project = task.work / "dbt"
    _write_project(task, project)
    login = extensions.parse_dsn(task.target)
    environment = {"BENCH_PASSWORD": str(login["password"])}
    words = [sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()"]
    places = [
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--log-path",
        str(project / "logs"),
    ]

    def command() -> Command:
        # dbt ends with 1 where a test fails, which is what some of them are there for.
        run = " ".join(f"'{word}'" for word in [*words, "--quiet", "test", *places])
        results = project / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        return task.begun(["sh", "-c", f"{run} || test $? -eq 1"], environment)

    def check() -> str | None:
        told = json.loads((project / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
        if broken := [one["unique_id"] for one in told if one["status"] not in {"pass", "fail"}]:
            raise NotRunError(f"{len(broken)} of its tests could not be run")
        names = {f"test.bench.{_test_name(rule)}": rule.rule_id for rule in task.rules}
        found = {names[one["unique_id"].rsplit(".", 1)[0]]: one["failures"] for one in told}
        task.out.write_text(json.dumps(found), encoding="utf-8")
        return task.agrees(by_rows=False)

    return Side(
        name="dbt test: a query for each rule", version=own_package("dbt-core"), command=command, check=check,
        start=lambda: Command([*words, "--quiet", "ls", *places], environment),
    )  # fmt: skip


def _test_name(rule: Plain) -> str:
    return rule.rule_id.replace(".", "__")


def _write_project(task: Examination, project: Path) -> None:
    login = extensions.parse_dsn(task.target)
    tables: dict[str, dict[str, list[Any]]] = {}
    for rule in task.rules:
        tables.setdefault(rule.entity, {}).setdefault(rule.column, []).append(_dbt_test(rule))
    sources = {
        "version": 2,
        "sources": [{
            "name": "night", "schema": SCHEMA,
            "tables": [
                {"name": name, "columns": [{"name": one, "data_tests": tests} for one, tests in columns.items()]}
                for name, columns in tables.items()
            ],
        }],
    }  # fmt: skip
    target = {
        "type": "postgres", "host": login["host"], "port": int(login["port"]), "user": login["user"],
        "password": "{{ env_var('BENCH_PASSWORD') }}", "dbname": login["dbname"], "schema": SCHEMA, "threads": 2,
    }  # fmt: skip
    files = {
        "dbt_project.yml": {"name": "bench", "version": "1.0", "profile": "bench", "model-paths": ["models"]},
        "profiles.yml": {"bench": {"target": "bench", "outputs": {"bench": target}}},
        "models/sources.yml": sources,
    }
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    (project / "macros").mkdir(exist_ok=True)
    (project / "macros" / "unlike.sql").write_text(UNLIKE, encoding="utf-8")


def _dbt_test(rule: Plain) -> dict[str, Any]:
    name = {"name": _test_name(rule)}
    if rule.kind == "listed":
        return {"accepted_values": name | {"arguments": {"values": list(rule.values)}}}
    if rule.kind == "unlike":
        return {"unlike": name | {"arguments": {"pattern": rule.values[0]}}}
    return {{"given": "not_null", "single": "unique"}[rule.kind]: name}


def _soda(task: Examination, environments: Path) -> Side:
    python = str(installed("soda", environments) / "python")
    home = task.work / "soda"
    (home / ".soda").mkdir(parents=True, exist_ok=True)
    (home / ".soda" / "config.yml").write_text("send_anonymous_usage_stats: false\n", encoding="utf-8")
    words = [python, "-P", str(RUN / "soda_scan.py")]
    environment = {"HOME": str(home)}
    return Side(
        name="Soda Core: one query for the counts of a table, one for each key",
        version=version_of("soda-core-postgres", "soda"),
        command=lambda: task.begun([*words, task.target, str(task.rules_file), str(task.out)], environment),
        check=partial(task.agrees, by_rows=False),
        start=lambda: Command(words, environment),
    )
