"""Commands that tell why a figure is what it is, and what would raise it soonest."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from o7_warehouse.commands_show import Form, Forms, Levels, Night, day_of, readable, write_rows
from o7_warehouse.console import State, results
from o7_warehouse.explain.read import explain as explained
from o7_warehouse.settings import Settings
from o7_warehouse.wins import win_rows


class Shape(StrEnum):
    """How an explanation is written."""

    table = "table"
    json = "json"
    html = "html"


Code = Annotated[str | None, typer.Option("--org", help="Code of an organisation; default: the republic.")]
Within = Annotated[
    str | None,
    typer.Option("--org", help="Code of an organisation: it and all below; default: the republic."),
]
Drill = Annotated[
    int | None,
    typer.Option(
        "--rows", min=1, help="School or class: also so many persons it loses, by pseudonym, nearest first."
    ),
]
Shapes = Annotated[
    Shape, typer.Option("--format", help="json goes to a program, html to a mail, table to a person.")
]
Top = Annotated[int, typer.Option("--top", min=1, help="So many requirements of each organisation.")]


def explain(
    indicator: Annotated[str, typer.Argument(help="Code of the indicator: 4.1, 4.2, 4.3 or 4.4.")],
    org: Code = None,
    night: Night = None,
    rows: Drill = None,
    level: Levels = None,
    form: Shapes = Shape.table,
    state: State = None,
) -> None:
    """Why an indicator has its value: the order's words, the counts, every loss, the source, the definitions."""
    settings = Settings.load(state)
    with readable(settings):
        explanation = explained(settings, indicator, night=day_of(night), org=org, level=level, rows=rows)
    # The engines of reports load only for whoever asks for one.
    from o7_warehouse.explain import forms  # noqa: PLC0415

    if form is Shape.table:
        results.print(forms.as_table(explanation), soft_wrap=False)
    else:
        typer.echo(forms.as_json(explanation) if form is Shape.json else forms.as_page(explanation))


def wins(
    org: Within = None,
    night: Night = None,
    level: Levels = None,
    top: Top = 5,
    form: Forms = Form.table,
    state: State = None,
) -> None:
    """The nearest wins of 4.1: which requirement alone would complete most profiles, by organisation."""
    settings = Settings.load(state)
    with readable(settings):
        found = win_rows(settings, night=day_of(night), org=org, level=level, top=top)
    write_rows(found, form)


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("explain", explain, {}), ("wins", wins, {})]
