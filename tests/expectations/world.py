"""A small world for the rules: clean rows of every entity, written straight to raw, and a fault planted in it."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from psycopg2 import sql
from psycopg2.extras import execute_values

from o7_warehouse.contract import read_contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.rules import Rule

NIGHT = "2025-12-15"
BATCH = "00000000-0000-4000-8000-000000000001"
Rows = dict[str, list[dict[str, Any]]]


def clean_world() -> Rows:
    """The rows of `clean_world.yml` by entity."""
    return copy.deepcopy(_written())


@lru_cache
def _written() -> Rows:
    rows: Rows = yaml.safe_load(Path(__file__).with_name("clean_world.yml").read_text("utf-8"))
    return rows


def write(
    cursor: Cursor, entity: str, *rows: Mapping[str, Any], batch_id: str = BATCH, night: str = NIGHT
) -> None:
    """Insert rows into raw, as they would stand since the night; the hash of each is that of its content."""
    names = read_contract().entity(entity).column_names
    given = [{"modified_at": f"{night}T10:00:00+03:00", **row} for row in rows]
    execute_values(
        cursor,
        sql.SQL("insert into {} ({}, _night_from, _row_hash, _batch_id) values %s").format(
            sql.Identifier("raw_o7", entity), sql.SQL(", ").join(map(sql.Identifier, names))
        ),
        [(*map(row.get, names), night, repr(sorted(row.items(), key=str)), batch_id) for row in given],
        template=f"({'%s, ' * len(names)} %s, hashtextextended(%s, 0), %s)",
    )


def with_fault(rows: list[dict[str, Any]], rule: Rule) -> tuple[list[dict[str, Any]], set[str]]:
    """The rows with the fault of a rule planted into the first one or beside it, and who may be blamed."""
    first, *others = rows
    faulty = {**first, **rule.fault}
    if rule.fault_is_second_row or faulty["source_id"] != first["source_id"]:
        kept = [row for row in others if row["source_id"] != faulty["source_id"]]
        return [first, *kept, faulty], {first["source_id"], faulty["source_id"]}
    return [faulty, *others], {faulty["source_id"]}


def needed_for(entity: str) -> Contract:
    """The contract reduced to an entity and those it points to: what its relation is made of."""
    contract = read_contract()
    names = {entity}
    while grown := {parent for name in names for parent in contract.entity(name).parents.values()} - names:
        names |= grown
    return replace(contract, entities=tuple(one for one in contract.entities if one.name in names))
