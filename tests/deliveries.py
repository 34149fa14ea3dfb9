"""Tiny deliveries made from the contract: a drop folder or a replica, and a whole load of either.

Shares nothing with the simulator: every entity gets plain rows whose parents exist. Tests change the rows, or
the written files, and see what the warehouse says.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import sql

from o7_warehouse import runs, warehouse
from o7_warehouse.contract import Contract, Entity, read_contract
from o7_warehouse.delivery_gate import check_delivery
from o7_warehouse.extract import extract
from o7_warehouse.load import load
from o7_warehouse.server import ADMIN
from o7_warehouse.sources import SourceChoice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

Row = dict[str, str | None]
World = dict[str, list[Row]]

NIGHT = date(2025, 12, 15)
MUNICIPALITIES = ("83701000", "83703000")
VALUES = {"boolean": "true", "integer": "1", "decimal": "0.5", "date": "2025-09-01"}
NATIVE = {
    "text": "text",
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "numeric(6, 3)",
    "date": "date",
    "instant": "timestamptz",
}
STATE_TABLES = ("raw_o7", "landing", "audit")


def small_world(rows: int = 30) -> World:
    """A valid delivery: ``rows`` of every entity, two municipalities, two schools, every link leads to a row."""
    contract = read_contract()
    return {
        entity.name: [_row(entity, number) for number in range(_size(entity, rows))]
        for entity in contract.entities
    }


def _size(entity: Entity, rows: int) -> int:
    return 2 if entity.name in {"municipality_ref", "organization", "academic_year"} else rows


def _identity(entity: str, number: int) -> str:
    if entity == "municipality_ref":
        return MUNICIPALITIES[number % 2]
    if entity in {"person", "student"}:
        return f"pupil-{number}"
    return f"{entity}-{number % 2 if entity in {'organization', 'academic_year'} else number}"


def _row(entity: Entity, number: int) -> Row:
    row: Row = {}
    for column in entity.columns:
        if column.name == "source_id":
            row[column.name] = _identity(entity.name, number)
        elif column.parent is not None:
            row[column.name] = _identity(column.parent, number)
        elif column.type == "instant":
            row[column.name] = f"2025-12-01T10:00:{number % 60:02}+03:00"
        else:
            row[column.name] = VALUES.get(column.type, f"{column.name} {number}")
    return row


def write_drop(
    folder: Path,
    world: World,
    *,
    night: date = NIGHT,
    columns: dict[str, list[str]] | None = None,
    manifest: dict[str, Any] | None = None,
) -> Path:
    """Write a drop folder; ``columns`` replaces an entity's header, ``manifest`` entries of the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    contract = read_contract()
    files = []
    for name, rows in world.items():
        header = (columns or {}).get(name) or list(contract.entity(name).column_names)
        lines = [";".join(header), *(";".join(_cell(row.get(column)) for column in header) for row in rows)]
        path = folder / f"{name}.csv"
        path.write_bytes(("\n".join(lines) + "\n").encode())
        files.append({"entity": name, "file": path.name, "rows": len(rows), **measured(path)})
    content = {
        "contract": "o7",
        "contract_version": "1.0",
        "night": night.isoformat(),
        "snapshot_at": f"{night + timedelta(days=1)}T00:10:00+03:00",
        "files": files,
    } | (manifest or {})
    write_manifest(folder, {key: value for key, value in content.items() if value is not None})
    return folder


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    quoted = value.replace('"', '""')
    return f'"{quoted}"' if value == "" or any(mark in value for mark in ';"\n') else value


def measured(path: Path) -> dict[str, Any]:
    """What a manifest says of a file's bytes."""
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write the manifest as it is given."""
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest as it was written."""
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def rewrite(folder: Path, entity: str, content: bytes, *, rows: int | None = None) -> None:
    """Replace a file and make the manifest agree with it."""
    path = folder / f"{entity}.csv"
    path.write_bytes(content)
    manifest = read_manifest(folder)
    for file in manifest["files"]:
        if file["entity"] == entity:
            file.update(measured(path))
            file["rows"] = file["rows"] if rows is None else rows
    write_manifest(folder, manifest)


def write_replica(server: Server, world: World, *, night: date = NIGHT) -> str:
    """Fill the database ``o7`` with typed tables and the contract's views; returns the reader's address."""
    contract = read_contract()
    with (
        closing(psycopg2.connect(server.dsn("o7", "o7_source"))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("drop schema if exists o7_export cascade; create schema o7_export")
        for name, rows in world.items():
            _make_view(cursor, contract.entity(name), rows)
        cursor.execute(
            "create view o7_export.v1_delivery as select %s::date as night, %s::timestamptz as snapshot_at,"
            " '1.0'::text as contract_version",
            (night, f"{night + timedelta(days=1)}T00:10:00+03:00"),
        )
        cursor.execute(
            "grant usage on schema o7_export to o7_export_reader;"
            " grant select on all tables in schema o7_export to o7_export_reader"
        )
    return server.dsn("o7", "o7_export_reader")


def _make_view(cursor: psycopg2.extensions.cursor, entity: Entity, rows: Iterable[Row]) -> None:
    view = sql.Identifier("o7_export", f"v1_{entity.name}")
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(NATIVE[column.type]))
        for column in entity.columns
    )
    cursor.execute(sql.SQL("create table {} ({})").format(view, columns))
    for row in rows:
        values = sql.SQL(", ").join(sql.Literal(row.get(name)) for name in entity.column_names)
        cursor.execute(sql.SQL("insert into {} values ({})").format(view, values))


def emptied(settings: Settings) -> Settings:
    """The same warehouse without a single night, run or row of the loader."""
    with warehouse.transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        # Everything goes, so it does not matter which row goes before the one it refers to.
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(
            "select format('%%I.%%I', namespace.nspname, relation.relname)"
            " from pg_catalog.pg_class as relation"
            " join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace"
            " where relation.relkind = 'r' and namespace.nspname = any(%s) and pg_relation_size(relation.oid) > 0",
            (list(STATE_TABLES),),
        )
        for (name,) in cursor.fetchall():
            # A truncated table costs files and their fsync, many times over.
            cursor.execute(f"delete from {name}")
    return settings


def opened(settings: Settings, *, night: date | None = None, run_id: str | None = None) -> str:
    """Open a run of the settings' source; returns its identity."""
    run_id = run_id or str(uuid.uuid4())
    SourceChoice.from_settings(settings).store(settings, run_id)
    runs.open_run(settings, run_id=run_id, night=night, trigger="test")
    return run_id


def loaded(settings: Settings, source: Path | str, *, night: date | None = None) -> str:
    """Load a delivery whole, from a drop folder or a replica's address; returns the run."""
    given = (
        {"source_dsn": source, "drop": None}
        if isinstance(source, str)
        else {"source_dsn": None, "drop": source}
    )
    settings = replace(settings, **given)  # type: ignore[arg-type]
    run_id = opened(settings, night=night)
    extract(settings, run_id)
    check_delivery(settings, run_id)
    load(settings, run_id)
    runs.close_run(settings, run_id, outcome="success", message="")
    return run_id


def rows_of(settings: Settings, entity: str, night: date) -> list[tuple[Any, ...]]:
    """The rows of an entity on a night as raw gives them back, in an order of their own."""
    return night_of(settings, night, entity)[entity]


def night_of(settings: Settings, night: date, *entities: str) -> dict[str, list[tuple[Any, ...]]]:
    """The same for several entities, or for all of them, in one transaction."""
    found = {}
    with warehouse.transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        for entity in entities or contract().entity_names:
            names = sql.SQL(", ").join(map(sql.Identifier, contract().entity(entity).column_names))
            query = sql.SQL("select {} from {} where _night_from <= %s and _night_to > %s order by {}")
            cursor.execute(query.format(names, sql.Identifier("raw_o7", entity), names), (night, night))
            found[entity] = cursor.fetchall()
    return found


def as_delivered(world: World, entity: str) -> list[tuple[Any, ...]]:
    """The rows of a world in the form of :func:`rows_of`."""
    names = contract().entity(entity).column_names
    rows = [tuple(row.get(name) for name in names) for row in world[entity]]
    # PostgreSQL's order: missing values last.
    return sorted(rows, key=lambda row: [(value is None, value or "") for value in row])


def asked(
    settings: Settings, query: str | sql.Composable, given: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    """What the warehouse answers its administrator."""
    with warehouse.transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall()


def contract() -> Contract:
    """The contract."""
    return read_contract()
