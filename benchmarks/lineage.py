"""What dbt ran to make its tables, taken from a world's last build, so that it can be run once more beside them.

A benchmark makes tables in the schema ``bench`` by the statements dbt sent; what it made so is what later ones read.
dbt's own start is no part of it; the statistics it gathers after each table are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg2 import sql

from o7_warehouse import dbt_runner

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from benchmarks.world import World

SCHEMA = "bench"
KEPT = ("table", "incremental")


@dataclass(slots=True)
class Lineage:
    """Tables that are made, in their order, with the SQL that makes them; and what they read, as (schema, name)."""

    made: dict[str, str] = field(default_factory=dict)
    read: set[tuple[str, str]] = field(default_factory=set)

    def build(self, world: World) -> None:
        """Make every table in ``bench`` and gather its statistics, as a build does."""
        for name, statement in self.made.items():
            world.ask(statement)  # without parameters, so that % is only %
            world.ask(f'analyze {SCHEMA}."{name}"')

    def scan(self, world: World) -> None:
        """Count the rows of everything that is read: the bare minimum."""
        for schema, name in sorted(self.read):
            world.ask(sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name)))


@dataclass(frozen=True, slots=True)
class Project:
    """The models of the world's last build."""

    nodes: dict[str, Any]
    run: Path

    @classmethod
    def of(cls, world: World) -> Project:
        """Read what dbt left in the world's state directory."""
        target = dbt_runner.target_path(world.settings)
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        return cls(nodes=manifest["nodes"], run=target / "run" / "o7")

    def lineage(
        self,
        *models: str,
        schemas: Sequence[str],
        standing: Collection[str] = (),
        elsewhere: Mapping[str, str] | None = None,
    ) -> Lineage:
        """What these models stand on within the schemas, in the order it is made.

        What is ``standing`` is not made but read as it stands, what is ``elsewhere`` is read from the schema named for
        it, and what is made is read from ``bench``.
        """
        lineage, elsewhere = Lineage(), elsewhere or {}
        known = {**dict.fromkeys(standing), **elsewhere}
        for model in models:
            self._collect(f"model.o7.{model}", schemas, known, lineage)
        places = {**elsewhere, **dict.fromkeys(lineage.made, SCHEMA)}
        lineage.made = {name: _beside(statement, places) for name, statement in lineage.made.items()}
        return lineage

    def of_schema(self, schema: str) -> list[str]:
        """The models of a schema that are tables."""
        return [
            node["name"]
            for node in self.nodes.values()
            if node["resource_type"] == "model"
            and node["schema"] == schema
            and node["config"]["materialized"] in KEPT
        ]

    def _collect(
        self, unique_id: str, schemas: Sequence[str], known: Mapping[str, str | None], lineage: Lineage
    ) -> None:
        node = self.nodes.get(unique_id)
        if node is None or node["name"] in lineage.made:
            return
        if node["name"] in known or node["schema"] not in schemas:
            lineage.read.add((known.get(node["name"]) or node["schema"], node["name"]))
            return
        for parent in node["depends_on"]["nodes"]:
            self._collect(parent, schemas, known, lineage)
        if node["config"]["materialized"] in KEPT:
            lineage.made[node["name"]] = _creation(
                (self.run / node["original_file_path"]).read_text(encoding="utf-8")
            )


def _creation(statement: str) -> str:
    """What dbt ran, if it made the whole table."""
    if not re.match(r"\s*create\s", statement):
        raise SystemExit(
            "The world's last build did not make its tables but went on with those of an earlier night, so what it ran "
            "says nothing about making them. Remove the world's folder and measure again."
        )
    return statement


def _beside(statement: str, places: Mapping[str, str]) -> str:
    """The statement with some tables in other schemas. A table that stays from night to night was there already."""
    return re.sub(
        rf'"\w+"\."\w+"\."({"|".join(map(re.escape, places))})(__dbt_tmp)?"',
        lambda found: f'"{places[found[1]]}"."{found[1]}"',
        statement,
    )
