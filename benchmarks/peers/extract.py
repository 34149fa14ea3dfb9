"""Extract and load: every row of the contract from О7 to tables of the warehouse, by us and by others.

All of them read the same rows by the same expressions: ours by its own queries, the others through views that hold
these very queries, so that each has texts to carry and none has types to guess. What has landed is compared row by
row with the source, and a side that lands anything else has no figures.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from psycopg2 import extensions

from benchmarks.peers import extract_tools
from benchmarks.peers.carry import SCHEMA, at_source, task_of
from benchmarks.peers.process import Command
from benchmarks.peers.run.ours import own_program, own_version
from benchmarks.peers.side import Side, measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.peers.carry import Task
    from benchmarks.peers.side import Plan, Told
    from benchmarks.world import World

FAMILY: Final = "extract"
FAR: Final = "bench_far"


def run(world: World, *, pupils: int, plan: Plan, work: Path) -> list[Told]:
    """Measure ours and every peer on a filled source."""
    task = task_of(world, work)
    try:
        own = [*_ours(task), *_psql(task), *_foreign(task)]
        tools, cannot = extract_tools.sides(task, work.parent)
        told = measure(
            [*own, *tools],
            family=FAMILY,
            pupils=pupils,
            plan=plan,
            postmaster=world.postmaster,
            work=work,
        )
        return [
            *told,
            *(one.told(FAMILY, pupils) for one in cannot if any(word in one.name for word in plan.only)),
        ]
    finally:
        _forget(task)


def _forget(task: Task) -> None:
    task.world.ask(f"drop schema if exists {SCHEMA} cascade; drop schema if exists {FAR} cascade")
    at_source(task, [f"drop schema if exists {SCHEMA} cascade"])


def _ours(task: Task) -> list[Side]:
    environment = {"O7_SOURCE_DSN": task.source}
    state = str(task.world.settings.state)

    def command(*words: str) -> Callable[[], Command]:
        def made() -> Command:
            task.emptied(ready=False)
            return Command(own_program(*words), environment)

        return made

    return [
        Side(
            name="ours: landing with lineage, through one connection at each end", version=own_version(),
            command=command("extract", state, task.run_id), check=partial(task.arrived, "landing"),
            start=command("start", "extract", state), is_ours=True,
        )
    ]  # fmt: skip


def _psql(task: Task) -> list[Side]:
    """The pipe of two psql: a pair per entity, and one pair for all."""

    def side(name: str, script: Callable[[str], str], file: str) -> Side:
        def command(limit: str) -> Command:
            task.emptied(ready=True)
            return Command(["sh", task.script(file, script(limit))])

        return Side(
            name=f"psql COPY | psql COPY, {name}", version=_postgres(task), command=partial(command, ""),
            check=partial(task.arrived, SCHEMA), start=partial(command, " limit 0"),
        )  # fmt: skip

    return [
        side("binary, a pair for each entity", partial(_pairs, task, "(format binary)"), "pairs-binary.sh"),
        side("text, a pair for each entity", partial(_pairs, task, ""), "pairs-text.sh"),
        side("text, one pair for all", partial(_one_pair, task), "one-pair.sh"),
    ]


def _pairs(task: Task, form: str, limit: str) -> str:
    lines = ["set -e"]
    for name, columns in task.columns.items():
        listed = ", ".join(columns)
        out = f"copy (select {listed} from {SCHEMA}.{name}{limit}) to stdout {form}"
        into = f"copy {SCHEMA}.{name} from stdin {form}"
        lines.append(
            f"{task.psql} -XqAt '{task.source}' -c '{out}' | {task.psql} -Xq '{task.target}' -c '{into}'"
        )
    return "\n".join(lines)


def _one_pair(task: Task, limit: str) -> str:
    """The sender says between the rows of two tables where they go, as a dump does."""
    lines = []
    for name, columns in task.columns.items():
        lines += [
            f"\\echo 'copy {SCHEMA}.{name} from stdin;'",
            f"copy (select {', '.join(columns)} from {SCHEMA}.{name}{limit}) to stdout;",
            "\\echo '\\\\.'",
        ]
    sent = task.script("one-pair.sql", "\n".join(lines))
    return (
        f"set -e\n{task.psql} -XqAt -v ON_ERROR_STOP=1 '{task.source}' -f {sent}"
        f" | {task.psql} -Xq -v ON_ERROR_STOP=1 '{task.target}'"
    )


def _foreign(task: Task) -> list[Side]:
    """postgres_fdw: the warehouse reads the source by itself, as a foreign table by entity."""
    login = extensions.parse_dsn(task.source)
    task.world.ask(
        f"drop schema if exists {FAR} cascade; create schema {FAR}; create extension postgres_fdw schema {FAR};"
        f"create server bench_source foreign data wrapper postgres_fdw options"
        f" (host '{login['host']}', port '{login['port']}', dbname '{login['dbname']}', fetch_size '100');"
        f"create user mapping for o7_admin server bench_source options"
        f" (user '{login['user']}', password '{login['password']}');"
        f"import foreign schema {SCHEMA} from server bench_source into {FAR}"
    )

    def command(fetch: int, limit: str = "") -> Command:
        task.emptied(ready=True)
        task.world.ask(f"alter server bench_source options (set fetch_size '{fetch}')")
        lines = [
            f"insert into {SCHEMA}.{name} select {', '.join(columns)} from {FAR}.{name}{limit};"
            for name, columns in task.columns.items()
        ]
        script = task.script("foreign.sql", "\n".join(lines))
        return Command([task.psql, "-Xq", "-v", "ON_ERROR_STOP=1", task.target, "-f", script])

    return [
        Side(
            name=f"postgres_fdw, INSERT … SELECT, {says}", version=_postgres(task), command=partial(command, fetch),
            check=partial(task.arrived, SCHEMA), start=partial(command, fetch, " limit 0"),
        )
        for says, fetch in (("100 rows a fetch (its default)", 100), ("10,000 rows a fetch", 10_000))
    ]  # fmt: skip


def _postgres(task: Task) -> str:
    [(version,)] = task.world.ask("select current_setting('server_version')")
    return str(version)
