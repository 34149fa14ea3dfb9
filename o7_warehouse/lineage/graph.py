"""The lineage of a night: tables dbt has built, views of what is published, and the figures that are printed."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.dbt_runner import target_path
from o7_warehouse.errors import CatalogueError, CommandError
from o7_warehouse.lineage.columns import made_by_tree, within
from o7_warehouse.lineage.tables import read_tables, tree_of_query, tree_of_view
from o7_warehouse.parameters import seed_rows
from o7_warehouse.revision import code_revision
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from o7_warehouse.lineage.columns import Column, Made
    from o7_warehouse.settings import Settings

# It built the models, and may make temporary views.
ROLE: Final = "o7_transformer"
PUBLISHED: Final = "published"
# The statement prints each indicator as its value and the two counts (o7_warehouse/report/data.py).
STATEMENT: Final = "reports.indicator_statement"
VALUES: Final = "published.indicator_values"
FOLDER, KEPT = "lineage", "columns.json"
# A day, and the name of a build: what differs between the statements of two nights.
_PASSING: Final = re.compile(r"\d{4}-\d\d-\d\d|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PRINTED: Final = ("value", "numerator", "denominator")


@dataclass(frozen=True, slots=True)
class Lineage:
    """Table -> its columns -> the columns of other tables they are made of; ``step`` names who makes it."""

    made: Mapping[str, Made]
    step: Mapping[str, str]

    def sources(self, column: Column, figure: str = "") -> frozenset[Column]:
        """What a column is made of, for one figure or for all; nothing for one of the source or of a catalogue."""
        table, name = column
        return within(self.made.get(table, {}).get(name, {}), figure)


def read_lineage(settings: Settings) -> Lineage:
    """The lineage of what was built last, by what PostgreSQL understands of the statements that built it.

    It is kept, and read again only where statements have changed in more than their dates. Raises CatalogueError where
    dbt has left no manifest, StatementError, WarehouseUnavailableError.
    """
    queries = dict(_models(settings))
    kept, key = settings.state / FOLDER / KEPT, _key(settings, queries)
    if kept.exists() and (told := json.loads(kept.read_text(encoding="utf-8")))["key"] == key:
        made = {table: _unpacked(columns) for table, columns in told["made"].items()}
        return Lineage(made, told["step"])
    lineage = _read(settings, queries)
    packed = {table: _packed(columns) for table, columns in lineage.made.items()}
    kept.parent.mkdir(exist_ok=True)
    fresh = kept.with_suffix(".unfinished")
    fresh.write_text(json.dumps({"key": key, "step": lineage.step, "made": packed}), encoding="utf-8")
    fresh.replace(kept)
    return lineage


def _read(settings: Settings, queries: Mapping[str, str]) -> Lineage:
    made: dict[str, Made] = {}
    step: dict[str, str] = {}
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        tables = read_tables(cursor)
        for table, query in queries.items():
            made[table] = made_by_tree(tree_of_query(cursor, query), tables, name=table)
            step[table] = "indicators" if table.startswith("indicators.") else "facts"
        for oid in sorted(tables.views, key=tables.names.__getitem__):
            view = tables.names[oid]
            if view.startswith(f"{PUBLISHED}."):
                made[view] = made_by_tree(tree_of_view(cursor, oid), tables, name=view)
                step[view] = "publish"
    figures = sorted({row["indicator"] for row in seed_rows(settings.root, "indicators")})
    made[STATEMENT] = {one: {one: frozenset((VALUES, column) for column in PRINTED)} for one in figures}
    step[STATEMENT] = "render"
    return Lineage(made, step)


def path(lineage: Lineage, source: Column, figure: str) -> list[Column]:
    """The shortest way from a column of the source to a printed figure, both included; empty where there is none.

    Raises CommandError for a figure nobody prints.
    """
    if figure not in lineage.made[STATEMENT]:
        known = ", ".join(lineage.made[STATEMENT])
        raise CommandError(
            f"The statement prints no figure {figure!r}, so nothing leads to it. Figures: {known}."
        )
    end = (STATEMENT, figure)
    after: dict[Column, Column | None] = {end: None}
    waiting = deque([end])
    while waiting and source not in after:
        one = waiting.popleft()
        for column in sorted(lineage.sources(one, figure)):
            if column not in after:
                after[column] = one
                waiting.append(column)
    return list(_way(source, after)) if source in after else []


def origins(lineage: Lineage, figure: str) -> set[Column]:
    """Every column of the source and of the catalogues that a printed figure is computed from."""
    seen: set[Column] = set()
    waiting = [(STATEMENT, figure)]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += lineage.sources(one, figure)
    return {one for one in seen if one[0] not in lineage.made}


def _way(column: Column, after: Mapping[Column, Column | None]) -> Iterator[Column]:
    one: Column | None = column
    while one is not None:
        yield one
        one = after[one]


def _models(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each model of the project with the query dbt made of it."""
    manifest = target_path(settings) / "manifest.json"
    if not manifest.exists():
        raise CatalogueError(
            f"{manifest} is not there, so nobody knows what dbt has built. It is written by a night: ./o7 night"
        )
    nodes: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    for node in nodes.values():
        if node["resource_type"] == "model":
            place = target_path(settings) / "compiled" / node["package_name"] / node["original_file_path"]
            yield f"{node['schema']}.{node['alias']}", place.read_text(encoding="utf-8")


def _key(settings: Settings, queries: Mapping[str, str]) -> str:
    """What the lineage depends on: the code, and the statements without the night and the build they speak of."""
    told = json.dumps([code_revision(settings.root), [_PASSING.sub("", one) for one in queries.values()]])
    return hashlib.sha256(told.encode()).hexdigest()


def _packed(made: Made) -> dict[str, Any]:
    return {
        column: {tag: sorted(columns) for tag, columns in origins.items()} for column, origins in made.items()
    }


def _unpacked(packed: Mapping[str, Any]) -> Made:
    return {
        column: {tag: frozenset((table, name) for table, name in columns) for tag, columns in origins.items()}
        for column, origins in packed.items()
    }
