"""A replica that shows one night after another, and what a warehouse makes of it, read by changes or whole."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import sql

from o7_warehouse.contract import read_contract
from tests.deliveries import NATIVE, asked, loaded
from tests.o7_warehouse.raw import content_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

    Change = Callable[[Cursor], None]

DELIVERY = (
    "create or replace view o7_export.v1_delivery as select %s::date as night, %s::timestamptz as snapshot_at,"
    " '1.0'::text as contract_version"
)
# What the audit and raw say of nights, whoever read them; not which rows it took to read them.
NOTES = {
    "finding": "select run.night, entity, column_name, check_id, severity, found.message"
    " from audit.contract_finding as found inner join audit.run using (run_id)"
    " where check_id <> 'cursor_backwards' order by 1, 2, 3, 4, 6",
    "batch": "select night, entity, rows_in, rows_landed, rows_new, rows_closed, rows_unchanged from audit.batch"
    " order by 1, 2",
    "load_record": "select night, entity, rows_in, rows_landed, rows_new, rows_closed, rows_unchanged, rows_erased"
    " from raw_o7.load_record order by 1, 2",
    "absent_column": "select * from raw_o7.absent_column order by 1, 2, 3",
    "volume": "select night, entity, oktmo, row_count from raw_o7.volume order by 1, 2, 3",
}


def show(server: Server, drop: Path, *changes: Change) -> str:
    """Let the replica show the night of a drop, changed afterwards; returns its reader's address."""
    contract = read_contract()
    manifest = json.loads((drop / "manifest.json").read_text("utf-8"))
    with (
        closing(psycopg2.connect(server.dsn("o7", "o7_source"))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("drop schema if exists o7_export cascade; create schema o7_export")
        for entity in contract.entities:
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(one.name), sql.SQL(NATIVE[one.type]))
                for one in entity.columns
            )
            view = sql.Identifier("o7_export", f"v1_{entity.name}")
            cursor.execute(sql.SQL("create table {} ({})").format(view, columns))
            with (drop / f"{entity.name}.csv").open("rb") as file:
                cursor.copy_expert(
                    sql.SQL("copy {} from stdin (format csv, delimiter ';', header)").format(view), file
                )
        cursor.execute(DELIVERY, (manifest["night"], manifest["snapshot_at"]))
        for change in changes:
            change(cursor)
        cursor.execute(
            "grant usage on schema o7_export to o7_export_reader;"
            " grant select on all tables in schema o7_export to o7_export_reader"
        )
    return server.dsn("o7", "o7_export_reader")


def next_night(server: Server, *statements: str, snapshot_at: str | None = None) -> str:
    """Let the replica show the next night, changed by these statements; returns its reader's address."""
    with (
        closing(psycopg2.connect(server.dsn("o7", "o7_source"))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select night + 1, snapshot_at + interval '1 day' from o7_export.v1_delivery")
        [(night, follows)] = cursor.fetchall()
        cursor.execute(DELIVERY, (night, snapshot_at or follows))
        for statement in statements:
            cursor.execute(statement)
    return server.dsn("o7", "o7_export_reader")


def read_changes(settings: Settings) -> Settings:
    """The same settings, with nights read by changes."""
    return replace(settings, read_changes=True)


def read_whole(settings: Settings) -> Settings:
    """The same settings, with every night read whole."""
    return replace(settings, read_changes=False)


def left_by(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """What raw holds, and what is told of its nights."""
    return {"raw": content_of(settings)} | {name: asked(settings, query) for name, query in NOTES.items()}


def readings(settings: Settings) -> list[tuple[Any, ...]]:
    """Of every night its base, None where it was read whole, and how many rows it took to read it."""
    return asked(
        settings,
        "select reading.base, sum(loaded.rows_read)::int, sum(loaded.rows_landed)::int"
        " from raw_o7.reading inner join raw_o7.load_record as loaded using (night)"
        " group by reading.night, reading.base order by reading.night",
    )


def says(settings: Settings) -> list[str]:
    """What the audit says of how each night was read."""
    told = asked(
        settings,
        "select message from audit.gate_finding inner join audit.run using (run_id)"
        " where gate = 'landing' and check_id = 'scope' order by run.run_no",
    )
    return [message for (message,) in told]


def each_night(server: Server, settings: Settings, drops: list[Path]) -> Iterator[str]:
    """Load one night after the other."""
    for drop in drops:
        yield loaded(settings, show(server, drop))
