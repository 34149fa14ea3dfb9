"""The tools that carry rows between two databases, each as its makers start it, in an environment of its own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.peers.carry import SCHEMA
from benchmarks.peers.environment import installed, version_of
from benchmarks.peers.process import Command, NotRunError
from benchmarks.peers.side import Refusal, Side
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.peers.carry import Task

RUN: Final = ROOT / "benchmarks" / "peers" / "run"
DLT: Final = {
    "dlt, pyarrow, CSV": ("pyarrow", "csv"),
    "dlt, connectorx, CSV": ("connectorx", "csv"),
    "dlt, pyarrow, Parquet by ADBC": ("pyarrow", "parquet"),
    "dlt, connectorx, Parquet by ADBC": ("connectorx", "parquet"),
    "dlt, sqlalchemy, INSERT (its default)": ("sqlalchemy", "insert_values"),
}
FRAMES: Final = {
    "ADBC to ADBC (Arrow)": "adbc",
    "polars: connectorx, then ADBC": "polars",
    "pandas: read_sql, then COPY": "pandas_copy",
    "pandas: read_sql, then to_sql (multi-row INSERT)": "pandas_multi",
}


def sides(task: Task, environments: Path) -> tuple[list[Side], list[Refusal]]:
    """Every tool that could be installed, and what is told of the others."""
    found: list[Side] = []
    cannot: list[Refusal] = []
    for make in (_ingestr, _dlt, _sling, _frames, _singer):
        try:
            found += make(task, environments)
        except NotRunError as error:
            name, package, listed = NAMES[make.__name__]
            cannot.append(Refusal(name, version_of(package, listed), str(error)))
    return found, cannot


# What is told of a tool that could not be installed: its name, its package, and who pins it.
NAMES: Final = {
    "_ingestr": ("ingestr", "ingestr", "ingestr"),
    "_dlt": ("dlt", "dlt", "dlt"),
    "_sling": ("sling", "sling-linux-amd64", "sling"),
    "_frames": ("pandas, polars, ADBC", "pandas", "frames"),
    "_singer": ("tap-postgres | target-postgres", "meltanolabs-tap-postgres", "tap"),
}


def _side(task: Task, name: str, version: str, command: Callable[[], Command], start: Command | None) -> Side:
    def begun() -> Command:
        if start is None:
            raise NotRunError("it has no start of its own")
        return start

    return Side(
        name=name, version=version, command=command, check=partial(task.arrived, SCHEMA), start=begun if start else None
    )  # fmt: skip


def _ingestr(task: Task, environments: Path) -> list[Side]:
    program = str(installed("ingestr", environments) / "ingestr")
    environment = {"SOURCE_URI": task.source, "DESTINATION_URI": task.target}
    each = [
        f"{program} ingest --yes --progress log --source-table {SCHEMA}.{name} --dest-table {SCHEMA}.{name}"
        for name in task.columns
    ]

    def command() -> Command:
        task.emptied(ready=False)
        return Command(["sh", task.script("ingestr.sh", "\n".join(["set -e", *each]))], environment)

    starts = task.script("ingestr-start.sh", "\n".join(["set -e", *[f"{program} --version"] * len(each)]))
    return [_side(task, "ingestr", version_of("ingestr", "ingestr"), command, Command(["sh", starts]))]


def _dlt(task: Task, environments: Path) -> list[Side]:
    python = str(installed("dlt", environments) / "python")

    def command(backend: str, form: str) -> Command:
        task.emptied(ready=False)
        words = [
            python,
            "-P",
            str(RUN / "dlt_copy.py"),
            task.tables_file(),
            str(task.work / "dlt"),
            backend,
            form,
        ]
        return Command(words)

    start = Command([python, "-P", str(RUN / "dlt_copy.py")])
    return [
        _side(task, name, version_of("dlt", "dlt"), partial(command, *how), start)
        for name, how in DLT.items()
    ]


def _sling(task: Task, environments: Path) -> list[Side]:
    folder = installed("sling", environments).parent
    program = next(
        iter(folder.glob("lib/python*/site-packages/sling_linux_amd64/bin/sling-linux-amd64")), None
    )
    if program is None:
        raise NotRunError("its package holds no program")
    program.chmod(0o755)
    plan = {
        "source": "FROM_O7", "target": "TO_WAREHOUSE",
        "defaults": {"mode": "full-refresh", "object": f"{SCHEMA}.{{stream_table}}"},
        "streams": {f"{SCHEMA}.{name}": None for name in task.columns},
    }  # fmt: skip
    environment = {
        "FROM_O7": f"{task.source}?sslmode=disable", "TO_WAREHOUSE": f"{task.target}?sslmode=disable",
        "SLING_HOME_DIR": str(task.work / "sling"), "HOME": str(task.work),
    }  # fmt: skip

    def command() -> Command:
        task.emptied(ready=False)
        return Command([str(program), "run", "-r", task.script("sling.json", json.dumps(plan))], environment)

    start = Command([str(program), "--version"], environment)
    return [_side(task, "sling", version_of("sling-linux-amd64", "sling"), command, start)]


def _frames(task: Task, environments: Path) -> list[Side]:
    python = str(installed("frames", environments) / "python")

    def command(how: str) -> Command:
        task.emptied(ready=True)
        return Command([python, "-P", str(RUN / "frame_copy.py"), how, task.tables_file()])

    versions = {name: version_of(name, "frames") for name in ("pandas", "polars", "adbc-driver-postgresql")}
    said = {"adbc": versions["adbc-driver-postgresql"], "polars": versions["polars"]}
    return [
        _side(
            task, name, said.get(how, versions["pandas"]), partial(command, how),
            Command([python, "-P", str(RUN / "frame_copy.py"), how]),
        )
        for name, how in FRAMES.items()
    ]  # fmt: skip


def _singer(task: Task, environments: Path) -> list[Side]:
    tap = installed("tap", environments) / "tap-postgres"
    target = installed("target", environments) / "target-postgres"
    out = task.script(
        "tap.json", json.dumps({"sqlalchemy_url": _driver(task.source), "filter_schemas": [SCHEMA]})
    )
    into = task.script(
        "target.json",
        json.dumps({
            "sqlalchemy_url": _driver(task.target), "default_target_schema": SCHEMA, "add_record_metadata": False,
            "activate_version": False,
        }),
    )  # fmt: skip
    catalogue = task.work / "catalogue.json"

    def command() -> Command:
        task.emptied(ready=False)
        if not catalogue.exists():
            _discover(str(tap), out, catalogue)
        pipe = f"{tap} --config {out} --catalog {shlex.quote(str(catalogue))} | {target} --config {into}"
        return Command(["bash", "-o", "pipefail", "-c", pipe])

    start = Command(["sh", "-c", f"{tap} --version && {target} --version"])
    version = f"{version_of('meltanolabs-tap-postgres', 'tap')} | {version_of('meltanolabs-target-postgres', 'target')}"
    return [_side(task, "tap-postgres | target-postgres (Singer)", version, command, start)]


def _discover(tap: str, config: str, catalogue: Path) -> None:
    """The streams of the source, all of them chosen whole; found out once, which is not counted."""
    found = subprocess.run(
        [tap, "--config", config, "--discover"], capture_output=True, check=False, env=os.environ
    )
    if found.returncode != 0:
        raise NotRunError(f"it could not discover the source (status {found.returncode})")
    streams = json.loads(found.stdout)
    for stream in streams["streams"]:
        stream["replication_method"] = "FULL_TABLE"
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = True
    catalogue.write_text(json.dumps(streams), encoding="utf-8")


def _driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg2://", 1)
