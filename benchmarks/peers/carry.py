"""What is to be carried between two databases, and whether it has arrived."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg2
from psycopg2 import sql

from benchmarks.peers.process import NotRunError
from o7_warehouse.contract import read_contract
from o7_warehouse.postgres import find_programs
from o7_warehouse.sources import SourceChoice, open_delivery
from o7_warehouse.sources.replica import ReplicaDelivery
from o7_warehouse.sources.replica_form import canonical
from o7_warehouse.synthetic import DATABASE, OWNER, READER

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.world import World
    from o7_warehouse.contract import Contract

SCHEMA: Final = "bench_peers"


class Counted(NamedTuple):
    """Rows of a table, a sum over their texts, and the same where an empty text is none."""

    rows: int
    digest: str
    blurred: str


@dataclass(slots=True)
class Task:
    """What is to be carried, from where to where, and what must have arrived."""

    world: World
    contract: Contract
    work: Path
    source: str
    target: str
    psql: str
    wanted: dict[str, Counted]
    run_id: str

    @property
    def columns(self) -> dict[str, list[str]]:
        """The columns of each entity that has rows: some tools fail where there are none."""
        return {
            entity.name: list(entity.column_names)
            for entity in self.contract.entities
            if self.wanted[entity.name].rows
        }

    def arrived(self, schema: str) -> str | None:
        """Compare what has landed with the source; says so where empty texts came as null, as with many tools.

        Raises NotRunError where a row differs in anything else.
        """
        wrong, without_empty = [], 0
        for name, columns in self.columns.items():
            wanted = self.wanted[name]
            try:
                [(rows, digest, blurred)] = self.world.ask(counted(schema, name, columns))
            except psycopg2.Error as error:
                raise NotRunError(f"it landed {name} otherwise: {type(error).__name__}") from error
            if (rows, blurred) != (wanted.rows, wanted.blurred):
                wrong.append(name)
            without_empty += digest != wanted.digest
        if wrong:
            raise NotRunError(
                f"it landed other values than the source holds in {len(wrong)} of {len(self.columns)} entities"
                f" ({', '.join(wrong[:3])})"
            )
        return "empty texts arrive as null" if without_empty else None

    def emptied(self, *, ready: bool, unlogged: bool = True) -> None:
        """An empty schema for the next side, with empty tables of texts where it wants them ready."""
        self.world.ask(f"drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}")
        for name, columns in self.columns.items() if ready else ():
            texts = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(one)) for one in columns)
            kind = sql.SQL("unlogged" if unlogged else "")
            table = sql.Identifier(SCHEMA, name)
            self.world.ask(sql.SQL("create {} table {} ({})").format(kind, table, texts))
        self.world.settle()

    def tables_file(self) -> str:
        """What the programs of the peers are told: tables, columns and addresses."""
        told = {"source": self.source, "target": self.target, "schema": SCHEMA, "tables": self.columns}
        return self.script("tables.json", json.dumps(told))

    def script(self, name: str, text: str) -> str:
        """A file of the work folder."""
        path = self.work / name
        path.write_text(text, encoding="utf-8")
        return str(path)


def task_of(world: World, work: Path) -> Task:
    """Make ready what every side reads, and count what must arrive."""
    contract = read_contract()
    source = world.embedded.dsn(DATABASE, READER)
    task = Task(
        world=world, contract=contract, work=work, source=source,
        target=world.embedded.dsn("warehouse", "o7_admin"),
        psql=str(find_programs(world.settings.postgres_bin).folder / "psql"), wanted={}, run_id=world.open_run(),
    )  # fmt: skip
    _make_views(task)
    with closing(psycopg2.connect(source)) as connection, connection.cursor() as cursor:
        for entity in contract.entities:
            cursor.execute(counted(SCHEMA, entity.name, list(entity.column_names)))
            [found] = cursor.fetchall()
            task.wanted[entity.name] = Counted(*found)
    return task


def _make_views(task: Task) -> None:
    """Put the queries of our own reader into views that everybody may read."""
    contract = task.contract
    statements = [f"drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}"]
    with open_delivery(SourceChoice.from_settings(task.world.settings), contract) as delivery:
        if not isinstance(delivery, ReplicaDelivery):
            raise SystemExit("Peers are measured against a replica; the world's source is none.")
        for entity in contract.entities:
            types = delivery.forms[entity.name].types
            texts = sql.SQL(", ").join(
                sql.SQL("({})::text as {}").format(
                    canonical(one.name, one.type, types[one.name]), sql.Identifier(one.name)
                )
                for one in entity.columns
            )
            view = sql.Identifier(contract.view_schema, contract.view_prefix + entity.name)
            made = sql.SQL("create view {} as select {} from {}").format(
                sql.Identifier(SCHEMA, entity.name), texts, view
            )
            statements.append(made.as_string(task.world.admin))
    statements += [f"grant usage on schema {SCHEMA} to {READER}"]
    statements += [f"grant select on all tables in schema {SCHEMA} to {READER}"]
    at_source(task, statements)


def at_source(task: Task, statements: list[str]) -> None:
    """Run statements as the owner of the source."""
    owner = task.world.embedded.dsn(DATABASE, OWNER)
    with closing(psycopg2.connect(owner)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("; ".join(statements))


def counted(schema: str, name: str, columns: list[str]) -> sql.Composed:
    """A query of what :class:`Counted` holds; the sums do not depend on the order of rows."""
    texts = [sql.SQL("{}::text").format(sql.Identifier(one)) for one in columns]
    blurred = [sql.SQL("nullif({}, '')").format(one) for one in texts]
    summed = sql.SQL("coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0)::text")
    return sql.SQL("select count(*), {}, {} from {}").format(
        summed.format(sql.SQL(", ").join(texts)),
        summed.format(sql.SQL(", ").join(blurred)),
        sql.Identifier(schema, name),
    )
