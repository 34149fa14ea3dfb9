"""The lineage of a night: tables dbt has built, views of what is published, and the figures that are printed."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.dbt_runner import target_path
from o7_warehouse.errors import CatalogueError, CommandError
from o7_warehouse.lineage.columns import made_by_query, made_by_view, read_tables
from o7_warehouse.parameters import seed_rows
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from o7_warehouse.lineage.columns import Column, Made, Tables
    from o7_warehouse.settings import Settings

# It built the models, and may make temporary views.
ROLE: Final = "o7_transformer"
PUBLISHED: Final = "published"
# The statement prints each indicator as its value and the two counts (o7_warehouse/report/data.py).
STATEMENT: Final = "reports.indicator_statement"
VALUES: Final = "published.indicator_values"
PRINTED: Final = ("value", "numerator", "denominator")


@dataclass(frozen=True, slots=True)
class Lineage:
    """Table -> its columns -> the columns of other tables they are made of; ``step`` names who makes it."""

    made: Mapping[str, Made]
    step: Mapping[str, str]

    def sources(self, column: Column) -> frozenset[Column]:
        """What a column is made of; nothing for one of the source or of a catalogue."""
        table, name = column
        return self.made.get(table, {}).get(name, frozenset())


def read_lineage(settings: Settings) -> Lineage:
    """The lineage of what was built last, by what PostgreSQL understands of the statements that built it.

    Raises CatalogueError where dbt has left no manifest, StatementError, WarehouseUnavailableError.
    """
    made: dict[str, Made] = {}
    step: dict[str, str] = {}
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        # A view that reads one that is gone by now would be refused: nothing of this is kept.
        cursor.execute("set local client_min_messages = error")
        tables = read_tables(cursor)
        for table, query in _models(settings):
            made[table], step[table] = made_by_query(cursor, query, tables), table.partition(".")[0]
        for oid, view in _views(tables):
            made[view], step[view] = made_by_view(cursor, oid, tables), "publish"
    figures = sorted({row["indicator"] for row in seed_rows(settings.root, "indicators")})
    made[STATEMENT] = {one: frozenset((VALUES, column) for column in PRINTED) for one in figures}
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
        for column in sorted(lineage.sources(one)):
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
            waiting += lineage.sources(one)
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


def _views(tables: Tables) -> Iterator[tuple[int, str]]:
    for oid, name in tables.names.items():
        if oid in tables.views and name.startswith(f"{PUBLISHED}."):
            yield oid, name
