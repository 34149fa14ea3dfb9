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
        for year, start, end in self._school_years():
            if start <= self.night <= end:
                return year, start, end
        raise AssertionError("the night is in no delivered school year")

    @property
    def year_before(self) -> dt.date:
        """The first day of the school year before that of the night; where О7 sent none, of the same calendar."""
        _, this, _ = self.school_year
        earlier = [start for _, start, _ in self._school_years() if start < this]
        return max(earlier, default=this.replace(year=this.year - 1))

    def _school_years(self) -> list[tuple[str, dt.date, dt.date]]:
        years = self["academic_year"].select("source_id", day("starts_on"), day("ends_on"))
        return [row for row in years.iter_rows() if None not in row]


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a catalogue: the law as data."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def codes(name: str, column: str = "code") -> frozenset[str]:
    """The codes of a classifier."""
    return frozenset(row[column] for row in seed(name))


def parameter(name: str, night: dt.date) -> str:
    """The value of a parameter on the night."""
    [value] = [row["value"] for row in in_force("parameters", night, "parameter") if row["parameter"] == name]
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
            has_parent = has_parent | (pl.col(name).is_null() & (code("founder_code") == "2"))
        is_placed = is_placed & has_parent.fill_null(value=False)
    return table.filter(is_placed.fill_null(value=False))


BLANKS = " \u00a0\t"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\+03:00$"
WHOLE_NUMBER = r"^-?[0-9]{1,18}$"


def _readable(column: str, form: str) -> pl.Expr:
    """The text where it has the contract's canonical form; what cannot be read was not given."""
    return pl.when(pl.col(column).str.contains(form)).then(pl.col(column))


def day(column: str) -> pl.Expr:
    """A column of ISO days as dates; what is no day is null."""
    return _readable(column, DAY).str.to_date("%Y-%m-%d", strict=False)


def instant(column: str) -> pl.Expr:
    """An instant as its canonical text, which sorts as the instants do: the contract's offset is always Moscow's."""
    return pl.when(moscow_day(column).is_not_null()).then(pl.col(column))


def moscow_day(column: str) -> pl.Expr:
    """The day of an instant in Moscow."""
    return _readable(column, INSTANT).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def yes(column: str) -> pl.Expr:
    """A boolean column; null counts as false."""
    return (pl.col(column) == "true").fill_null(value=False)


def number(column: str) -> pl.Expr:
    """A column of whole numbers; what is none is null."""
    return _readable(column, WHOLE_NUMBER).cast(pl.Int64)


def code(column: str) -> pl.Expr:
    """A code without the blanks around it; nothing but blanks is null."""
    bare = pl.col(column).str.strip_chars(BLANKS)
    return pl.when(bare != "").then(bare)


def word(column: str) -> pl.Expr:
    """A word of the contract (a kind, a role), whatever its case."""
    return code(column).str.to_lowercase()


def holds(first: str, last: str, night: dt.date) -> pl.Expr:
    """Whether a period with an inclusive last day holds on the night."""
    return ((day(first) <= night) & (day(last).is_null() | (day(last) >= night))).fill_null(value=False)


def in_force(name: str, night: dt.date, *keys: str) -> list[dict[str, str]]:
    """The rows of a dated catalogue that hold on the night: of each key the latest that has begun and not ended."""
    latest: dict[tuple[str, ...], dict[str, str]] = {}
    for row in sorted(seed(name), key=lambda row: row["valid_from"]):
        ended = row.get("valid_to") or "9999-12-31"
        if row["valid_from"] <= night.isoformat() <= ended:
            latest[tuple(row[key] for key in keys)] = row
    return list(latest.values())
