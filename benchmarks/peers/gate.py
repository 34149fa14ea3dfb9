"""Validation: the rules that every side can say, over the same rows of one night, by us and by others.

These are the rules of the registry whose predicates are plain: a value is given, a key is single, a value is one of
a list, a value does not match an expression. Each side must find what one hand-written scan finds: rows where it
counts rows, the same broken rules where it counts values (dbt and Soda count a repeated or a strange value once).
"""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from benchmarks.peers import gate_tools
from benchmarks.peers.examination import SCHEMA, Examination, Plain, plain_rules
from benchmarks.peers.process import Command
from benchmarks.peers.run.ours import own_program, own_version
from benchmarks.peers.side import Side, measure
from o7_warehouse.contract import read_contract
from o7_warehouse.gate_relations import rows_of
from o7_warehouse.postgres import find_programs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.peers.side import Plan, Told
    from benchmarks.world import World

FAMILY: Final = "gate"


def run(world: World, *, pupils: int, plan: Plan, work: Path) -> list[Told]:
    """Measure ours and every peer over the newest night."""
    task = Examination(
        world, world.night(), plain_rules(), work, world.embedded.dsn("warehouse", "o7_admin"), {}
    )
    rules = [{name: getattr(rule, name) for name in Plain.__slots__} for rule in task.rules]
    task.rules_file.write_text(json.dumps({"schema": SCHEMA, "rules": rules}), encoding="utf-8")
    _make_views(task)
    try:
        for rule_id, count in world.ask(_scan(task)):
            task.found[rule_id] = count
        print(f"  {len(task.rules)} rules of {len({rule.entity for rule in task.rules})} entities")
        tools, cannot = gate_tools.sides(task, work.parent)
        sides = [_by_hand(task), *_ours(task), *_great_expectations(task), *tools]
        told = measure(
            sides,
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
        world.ask(f"drop schema if exists {SCHEMA} cascade")


def _make_views(task: Examination) -> None:
    task.world.ask(f"drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}")
    for entity in read_contract().entities:
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in entity.column_names)
        task.world.ask(
            sql.SQL("create view {} as select {} from {} as delivered").format(
                sql.Identifier(SCHEMA, entity.name), columns, rows_of(entity.name, task.night)
            )
        )


def _scan(task: Examination) -> str:
    """One scan of each entity for its rules of rows, and one grouping for its key; a row for each rule."""
    parts = []
    for entity in dict.fromkeys(rule.entity for rule in task.rules):
        rows = [rule for rule in task.rules if rule.entity == entity and rule.kind != "single"]
        if rows:
            parts.append(
                f"select told.* from (select array[{', '.join(_counting(rule) for rule in rows)}] as counts"
                f" from {SCHEMA}.{entity}) as counted, unnest(array[{_names(rows)}], counts) as told(rule_id, rows)"
            )
        parts += [
            f"select '{rule.rule_id}', coalesce(sum(copies), 0)::bigint from (select count(*) as copies"
            f" from {SCHEMA}.{entity} where {rule.column} is not null group by {rule.column} having count(*) > 1)"
            f" as repeated"
            for rule in task.rules
            if rule.entity == entity and rule.kind == "single"
        ]
    return " union all ".join(parts)


def _counting(rule: Plain) -> str:
    return f"count(*) filter (where ({rule.predicate}) is not true)"


def _names(rules: list[Plain]) -> str:
    return ", ".join(f"'{rule.rule_id}'" for rule in rules)


def _by_hand(task: Examination) -> Side:
    psql = str(find_programs(task.world.settings.postgres_bin).folder / "psql")
    [(version,)] = task.world.ask("select current_setting('server_version')")
    script = task.work / "scan.sql"
    script.write_text(
        f"select json_object_agg(rule_id, rows) from ({_scan(task)}) as told(rule_id, rows)", "utf-8"
    )

    def command() -> Command:
        return task.begun(
            [psql, "-XqAt", "-v", "ON_ERROR_STOP=1", "-o", str(task.out), "-f", str(script), task.target]
        )

    return Side(
        name="a scan by hand: counts only, in psql", version=version, command=command,
        check=partial(task.agrees, by_rows=True),
        start=lambda: Command([psql, "-XqAt", "-c", "select 1", task.target]),
    )  # fmt: skip


def _ours(task: Examination) -> list[Side]:
    state, night = str(task.world.settings.state), str(task.night)
    environment = {"O7_SOURCE_DSN": task.world.source_dsn}

    def command(engines: str) -> Command:
        words = own_program("gate", state, night, str(task.rules_file), str(task.out), engines)
        return task.begun(words, environment)

    def start(engines: str) -> Command:
        return Command(own_program("start", f"gate-{engines}", state), environment)

    return [
        Side(
            name=name, version=own_version(), command=partial(command, engines),
            check=partial(task.agrees, by_rows=True), start=partial(start, engines), is_ours=True,
        )
        for name, engines in (
            ("ours: relations and set-based pass, failing rows kept", "one"),
            ("ours: the same, and Great Expectations as a second engine", "both"),
        )
    ]  # fmt: skip


def _great_expectations(task: Examination) -> list[Side]:
    def command(form: str) -> Command:
        words = [
            sys.executable,
            "-P",
            "-m",
            "benchmarks.peers.run.gx_default",
            task.target,
            str(task.rules_file),
        ]
        return task.begun([*words, str(task.out), form])

    start = Command([sys.executable, "-P", "-m", "benchmarks.peers.run.gx_default"])
    return [
        Side(
            name=f"Great Expectations alone, {form}{says}", version=gate_tools.own_package("great_expectations"),
            command=partial(command, form), check=partial(task.agrees, by_rows=True), start=_constantly(start),
        )
        for form, says in (("SUMMARY", " (its default)"), ("COMPLETE", ""))
    ]  # fmt: skip


def _constantly(command: Command) -> Callable[[], Command]:
    return lambda: command
