"""Landing against the binary pipe of two psql, and landing to versioned raw against one INSERT … SELECT per table.

The pipe moves the same rows by the same queries into tables without lineage columns; both sides are unlogged.
Starting the sessions of psql is measured by itself and taken off the pipe, for ours has one session at each end.
The INSERT fills logged tables without history columns, as raw is logged. Raw is empty before each load: a first
night, the costliest; the pseudonyms of its persons exist already, for they are no part of versioning. Each load ends
with a checkpoint: a transaction that empties its table first writes the pages at its commit, one that logs its rows
leaves the pages to the next checkpoint, and both must be written.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from psycopg2 import sql

from benchmarks.measure import Comparison, in_turns
from benchmarks.world import World, arguments, opened, report
from o7_warehouse import extract, load
from o7_warehouse.contract import Contract, read_contract
from o7_warehouse.postgres import find_programs
from o7_warehouse.sources import SourceChoice, open_delivery
from o7_warehouse.sources.replica import ReplicaDelivery
from o7_warehouse.sources.replica_form import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.measure import Cost

NOTHING = " limit 0"


def main() -> None:
    """Measure both in one run."""
    options = arguments(__doc__)
    contract = read_contract()
    with opened(options) as world:
        _make_bare_tables(world, contract)
        landing = _landing(world, contract)
        loading = _loading(world, contract)
        world.ask("drop schema bench cascade")
    starts = [cost.cpu for cost in landing["start"]]
    pipe = [cost.cpu - start for cost, start in zip(landing["pipe"], starts, strict=True)]
    land = [cost.cpu for cost in landing["land"]]
    load_cpu, insert = ([cost.cpu for cost in loading[name]] for name in ("load", "insert"))
    report(
        Comparison("landing / psql binary pipe without its starts", 1.10, land, pipe),
        Comparison("landing / psql binary pipe", None, land, [cost.cpu for cost in landing["pipe"]]),
        Comparison("landing to raw / INSERT SELECT", 1.3, load_cpu, insert),
        Comparison(
            "landing to raw / INSERT SELECT without log", None, load_cpu, [c.cpu for c in loading["unlogged"]]
        ),
    )


def _landing(world: World, contract: Contract) -> dict[str, list[Cost]]:
    queries = _queries(world, contract)
    run_id = world.open_run()

    def before(_name: str) -> None:
        _truncate(world, _of(contract, landing="{}", bench="landing_{}"))
        world.settle()

    sides = {
        "land": lambda: extract.extract(world.settings, run_id),
        "pipe": lambda: _pipe(world, queries),
        "start": lambda: _pipe(world, {name: query + NOTHING for name, query in queries.items()}),
    }
    return in_turns(sides, pairs=world.pairs, postmaster=world.postmaster, before=before)


def _loading(world: World, contract: Contract) -> dict[str, list[Cost]]:
    run_id = world.open_run()

    def before(_name: str) -> None:
        _truncate(
            world,
            [*_of(contract, raw_o7="{}", bench="raw_{}"), ("raw_o7", "night"), ("raw_o7", "load_record")],
        )
        if not world.ask("select from landing._delivery where run_id = %s", (run_id,)):
            extract.extract(world.settings, run_id)
        for entity in contract.entity_names:
            # The checks between extract and load read every row once, and so must whoever comes first here.
            world.ask(sql.SQL("select count(*) from {}").format(sql.Identifier("landing", entity)))
        world.settle()

    sides = {
        "insert": lambda: (_insert(world, contract), world.settle()),
        "unlogged": lambda: (_insert(world, contract, within_truncate=True), world.settle()),
        "load": lambda: (load.load(world.settings, run_id), world.settle()),
    }
    return in_turns(sides, pairs=world.pairs, postmaster=world.postmaster, before=before)


def _queries(world: World, contract: Contract) -> dict[str, str]:
    """Entity -> the query by which the replica renders it."""
    queries = {}
    with open_delivery(SourceChoice.from_settings(world.settings), contract) as delivery:
        if not isinstance(delivery, ReplicaDelivery):
            raise SystemExit("The pipe is measured against a replica; the world's source is none.")
        for entity in contract.entities:
            types = delivery.forms[entity.name].types
            expressions = [canonical(one.name, one.type, types[one.name]) for one in entity.columns]
            view = sql.Identifier(contract.view_schema, contract.view_prefix + entity.name)
            query = sql.SQL("select {} from {}").format(sql.SQL(", ").join(expressions), view)
            queries[entity.name] = query.as_string(world.admin)
    return queries


def _make_bare_tables(world: World, contract: Contract) -> None:
    world.ask("drop schema if exists bench cascade; create schema bench")
    for entity in contract.entities:
        columns = sql.SQL(", ").join(
            sql.SQL("{} text").format(sql.Identifier(c.name)) for c in entity.columns
        )
        for kind, unlogged in (("landing", "unlogged"), ("raw", "")):
            table = sql.Identifier("bench", f"{kind}_{entity.name}")
            world.ask(sql.SQL("create {} table {} ({})").format(sql.SQL(unlogged), table, columns))


def _pipe(world: World, queries: dict[str, str]) -> None:
    psql = str(find_programs(world.settings.postgres_bin).folder / "psql")
    target = world.embedded.dsn("warehouse", "o7_admin")
    for name, query in queries.items():
        table = sql.Identifier("bench", f"landing_{name}").as_string(world.admin)
        out = [psql, "-XqAt", world.source_dsn, "-c", f"copy ({query}) to stdout (format binary)"]
        into = [psql, "-Xq", target, "-c", f"copy {table} from stdin (format binary)"]
        with subprocess.Popen(out, stdout=subprocess.PIPE) as sender:
            subprocess.run(into, stdin=sender.stdout, check=True)
        if sender.returncode:
            raise SystemExit(f"psql could not read {name}; its words are above.")


def _insert(world: World, contract: Contract, *, within_truncate: bool = False) -> None:
    """One INSERT … SELECT per entity; into a table emptied in the same transaction it is not logged row by row."""
    for entity in contract.entities:
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in entity.columns)
        source, target = sql.Identifier("landing", entity.name), sql.Identifier("bench", f"raw_{entity.name}")
        statement = sql.SQL("insert into {} select {} from {}").format(target, names, source)
        truncate = sql.SQL("truncate {}; ").format(target)
        world.ask(truncate + statement if within_truncate else statement)


def _of(contract: Contract, **schemas: str) -> Iterable[tuple[str, str]]:
    """The tables of all entities in the schemas, named by the schema's pattern."""
    return [
        (schema, name.format(entity)) for schema, name in schemas.items() for entity in contract.entity_names
    ]


def _truncate(world: World, tables: Iterable[tuple[str, str]] | Sequence[tuple[str, str]]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(*one) for one in tables)
    world.ask(sql.SQL("truncate {}").format(names))


if __name__ == "__main__":
    main()
