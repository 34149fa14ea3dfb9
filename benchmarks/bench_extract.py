"""Landing against the binary pipe of two psql, and landing to versioned raw against one INSERT … SELECT per table.

The pipe moves the same rows by the same queries into tables without lineage columns; both sides are unlogged. The INSERT fills
logged tables without history columns, as raw is logged. Raw is emptied before each load, so that it is a first night's.
"""

from __future__ import annotations

import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

from psycopg2 import sql

from benchmarks.measure import Comparison, Cost, cost_of
from benchmarks.world import World, arguments, opened, report
from o7_warehouse import extract, load
from o7_warehouse.contract import Contract, read_contract
from o7_warehouse.postgres import find_programs
from o7_warehouse.sources import SourceChoice, open_delivery
from o7_warehouse.sources.replica import ReplicaDelivery
from o7_warehouse.sources.replica_form import canonical
from o7_warehouse.warehouse import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812


def main() -> None:
    """Measure both, turn about, in one run."""
    options = arguments(__doc__)
    contract = read_contract()
    with opened(options) as world, closing(connect(world.settings, "o7_admin")) as admin:
        admin.autocommit = True
        queries = _queries(world, contract, admin)
        _make_bare_tables(admin, contract)
        costs: dict[str, list[Cost]] = {name: [] for name in ("land", "pipe", "load", "insert")}
        for turn in range(world.pairs + 1):
            measured = _one_turn(world, admin, contract, queries)
            if turn:
                for name, cost in measured.items():
                    costs[name].append(cost)
        admin.cursor().execute("drop schema bench cascade")
    report(
        Comparison("landing / psql binary pipe", 1.15, costs["land"], costs["pipe"]),
        Comparison("landing to raw / INSERT SELECT", 1.5, costs["load"], costs["insert"]),
    )


def _one_turn(
    world: World, admin: Connection, contract: Contract, queries: dict[str, str]
) -> dict[str, Cost]:
    names = contract.entity_names
    _truncate(admin, [("raw_o7", name) for name in names] + [("raw_o7", "night"), ("raw_o7", "load_record")])
    run_id = world.open_run()
    costs = {
        "land": cost_of(lambda: extract.extract(world.settings, run_id), postmaster=world.postmaster),
        "pipe": cost_of(lambda: _pipe(world, admin, queries), postmaster=world.postmaster),
        "insert": cost_of(lambda: _insert(admin, contract), postmaster=world.postmaster),
    }
    _truncate(admin, [("bench", f"{kind}_{name}") for name in names for kind in ("landing", "raw")])
    admin.cursor().execute("checkpoint")
    costs["load"] = cost_of(lambda: load.load(world.settings, run_id), postmaster=world.postmaster)
    return costs


def _queries(world: World, contract: Contract, admin: Connection) -> dict[str, str]:
    """Entity -> the query by which the replica renders it."""
    queries = {}
    with open_delivery(SourceChoice.from_settings(world.settings), contract) as delivery:
        if not isinstance(delivery, ReplicaDelivery):
            raise SystemExit("the benchmark reads a replica")
        for entity in contract.entities:
            types = delivery.forms[entity.name].types
            expressions = [canonical(one.name, one.type, types[one.name]) for one in entity.columns]
            view = sql.Identifier(contract.view_schema, contract.view_prefix + entity.name)
            query = sql.SQL("select {} from {}").format(sql.SQL(", ").join(expressions), view)
            queries[entity.name] = query.as_string(admin)
    return queries


def _make_bare_tables(admin: Connection, contract: Contract) -> None:
    with admin.cursor() as cursor:
        cursor.execute("drop schema if exists bench cascade; create schema bench")
        for entity in contract.entities:
            columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c.name)) for c in entity.columns)
            for kind, unlogged in (("landing", "unlogged"), ("raw", "")):
                table = sql.Identifier("bench", f"{kind}_{entity.name}")
                cursor.execute(sql.SQL("create {} table {} ({})").format(sql.SQL(unlogged), table, columns))


def _pipe(world: World, admin: Connection, queries: dict[str, str]) -> None:
    psql = str(find_programs(world.settings.postgres_bin).folder / "psql")
    target = world.embedded.dsn("warehouse", "o7_admin")
    for name, query in queries.items():
        table = sql.Identifier("bench", f"landing_{name}").as_string(admin)
        out = [psql, "-XqAt", world.source_dsn, "-c", f"copy ({query}) to stdout (format binary)"]
        into = [psql, "-Xq", target, "-c", f"copy {table} from stdin (format binary)"]
        with subprocess.Popen(out, stdout=subprocess.PIPE) as sender:
            subprocess.run(into, stdin=sender.stdout, check=True)


def _insert(admin: Connection, contract: Contract) -> None:
    with admin.cursor() as cursor:
        for entity in contract.entities:
            names = sql.SQL(", ").join(sql.Identifier(column.name) for column in entity.columns)
            source, target = sql.Identifier("landing", entity.name), sql.Identifier("bench", f"raw_{entity.name}")
            cursor.execute(sql.SQL("insert into {} select {} from {}").format(target, names, source))


def _truncate(admin: Connection, tables: Sequence[tuple[str, str]]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(*one) for one in tables)
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL("truncate {}").format(names))


if __name__ == "__main__":
    main()
