"""`./o7 lineage`: which columns of О7 a printed figure is made of, and by which way."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results
from o7_warehouse.errors import CommandError
from o7_warehouse.lineage.graph import origins, path, read_lineage
from o7_warehouse.settings import Settings

Figure = Annotated[str, typer.Argument(help="A figure of the statement: 4.1, 4.2, 4.3 or 4.4.")]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="TABLE.COLUMN", help="A column of О7, as person.snils, or schema.table.column."
    ),
]


def lineage(figure: Figure, source: From = None, state: State = None) -> None:
    """Show which columns a printed figure is computed from; with --from the way from one of them, table by table."""
    settings = Settings.load(state)
    with readable(settings):
        known = read_lineage(settings)
    if source is None:
        path(known, ("", ""), figure)  # refuses a figure nobody prints
        lines = [".".join(one) for one in sorted(origins(known, figure))]
    else:
        table, _, column = source.rpartition(".")
        way = path(known, (table if "." in table else f"raw_o7.{table}", column), figure)
        if not way:
            raise CommandError(
                f"No way leads from {source!r} to {figure}, so the figure is not computed from it. "
                f"./o7 lineage {figure} lists the columns it is computed from."
            )
        lines = [f"{'  ' * depth}{'.'.join(one)}" for depth, one in enumerate(way)]
    for line in lines:
        results.print(line, markup=False)


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("lineage", lineage, {})]
