"""`./o7 edition pending`: issued editions whose figures have moved since, and what would change with a revision."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from o7_warehouse.commands_replay import Shape
from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results
from o7_warehouse.editions.pending import moved_figures
from o7_warehouse.editions.pending import pending as all_pending
from o7_warehouse.editions.words import pending_lines
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from o7_warehouse.editions.pending import Moved, Restatement

Shapes = Annotated[
    Shape, typer.Option("--format", help="json goes to a program and names every figure, table to a person.")
]


def pending(form: Shapes = Shape.table, state: State = None) -> None:
    """Show what waits for a further revision: edition, causes, the figures that moved."""
    settings = Settings.load(state)
    with readable(settings):
        found = [(one, moved_figures(settings, one)) for one in all_pending(settings)]
    if form is Shape.json:
        results.print(json.dumps([_told(*one) for one in found], ensure_ascii=False, indent=1), markup=False)
        return
    for restatement, moved in found:
        for line in pending_lines(restatement, moved):
            results.print(line, markup=False)
    if not found:
        results.print("Выпущенные редакции не расходятся с опубликованными сборками.", markup=False)


def _told(restatement: Restatement, moved: list[Moved]) -> dict[str, Any]:
    """Decimals as numbers, days as ISO writes them."""
    kept = asdict(restatement) | {
        "edition": str(restatement.edition),
        "night": restatement.night.isoformat(),
        "recorded_at": restatement.recorded_at.isoformat(),
    }
    return kept | {"moved": [_figure(one) for one in moved]}


def _figure(moved: Moved) -> dict[str, Any]:
    told = asdict(moved)
    for name in ("old_value", "new_value"):
        told[name] = None if told[name] is None else float(told[name])
    return told
