"""Reads one night of a drop folder with polars: every admitted row, as text, and what the delivery lacked."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"
# Parents that may be missing although the contract names them (docs/leaf-rules.md, Quarantine).
MAY_HAVE_NO_PARENT = {
    ("contact", "guardian_id"),
    ("organization_event", "to_org_id"),
    ("portfolio_item", "legal_basis_id"),
}


@dataclass(frozen=True)
class Drop:
    """A night as delivered, less the rows that cannot be placed."""

    night: dt.date
    tables: dict[str, pl.DataFrame]
    absent: frozenset[str]  # "entity" or "entity.column"

    def __getitem__(self, entity: str) -> pl.DataFrame:
        return self.tables[entity]

    @property
    def school_year(self) -> tuple[str, dt.date, dt.date]:
        """(source_id, first day, last day) of the school year of the night."""
        for row in self["academic_year"].iter_rows(named=True):
            start, end = (dt.date.fromisoformat(row[name]) for name in ("starts_on", "ends_on"))
            if start <= self.night <= end:
                return row["source_id"], start, end
        raise AssertionError("the night is in no delivered school year")


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a catalogue: the law as data."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def codes(name: str, column: str = "code") -> frozenset[str]:
    """The codes of a classifier."""
    return frozenset(row[column] for row in seed(name))


def parameter(name: str) -> str:
    """The value of a parameter."""
    [value] = [row["value"] for row in seed("parameters") if row["parameter"] == name]
    return value


def read_drop(folder: Path) -> Drop:
    """Read and place the rows of one night."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    contract = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text(encoding="utf-8"))
    files = {entry["entity"]: entry["file"] for entry in manifest["files"]}
    raw: dict[str, pl.DataFrame] = {}
    absent: set[str] = set()
    for entity, promise in contract["entities"].items():
        names = [
            *contract["common"],
            *(["org_id"] if promise.get("owner") == "org_id" else []),
            *promise["columns"],
        ]
        if entity not in files:
            absent.add(entity)
            raw[entity] = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
            continue
        table = pl.read_csv(folder / files[entity], separator=";", infer_schema=False, null_values=[""])
        absent |= {f"{entity}.{name}" for name in names if name not in table.columns}
        missing = [pl.lit(None, pl.String).alias(name) for name in names if name not in table.columns]
        raw[entity] = table.with_columns(missing).select(names)
    placed = {entity: _placed(entity, contract, raw) for entity in raw}
    return Drop(dt.date.fromisoformat(manifest["night"]), placed, frozenset(absent))


def _placed(entity: str, contract: dict[str, Any], raw: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows with a key of their own and with every parent among the rows delivered, placed or not."""
    promise = contract["entities"][entity]
    parents = {name: column["parent"] for name, column in promise["columns"].items() if "parent" in column}
    parents |= promise.get("parents", {})
    if promise.get("owner") == "org_id":
        parents["org_id"] = "organization"
    table = raw[entity]
    key = pl.col("source_id")
    is_placed = key.is_not_null() & (key != "") & ~key.is_duplicated()
    for name, parent in parents.items():
        known = raw[parent]["source_id"].drop_nulls().unique()
        has_parent = pl.col(name).is_in(known.implode())
        if (entity, name) in MAY_HAVE_NO_PARENT:
            has_parent = has_parent | pl.col(name).is_null()
        if (entity, name) == ("organization", "municipality_oktmo"):
            has_parent = has_parent | (pl.col(name).is_null() & (pl.col("founder_code") == "2"))
        is_placed = is_placed & has_parent.fill_null(value=False)
    return table.filter(is_placed.fill_null(value=False))


def day(column: str) -> pl.Expr:
    """A column of ISO days as dates; what is no day is null."""
    return pl.col(column).str.strip_chars().str.to_date("%Y-%m-%d", strict=False)


def yes(column: str) -> pl.Expr:
    """A boolean column; null counts as false."""
    return (pl.col(column) == "true").fill_null(value=False)


def number(column: str) -> pl.Expr:
    """A column of whole numbers; null counts as nought."""
    return pl.col(column).cast(pl.Int64, strict=False).fill_null(0)


def moscow_day(column: str) -> pl.Expr:
    """The day of an instant: the contract writes instants with the offset of Moscow."""
    return pl.col(column).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def holds(first: str, last: str, night: dt.date) -> pl.Expr:
    """Whether a period with an inclusive last day holds on the night."""
    return ((day(first) <= night) & (day(last).is_null() | (day(last) >= night))).fill_null(value=False)
