"""The three forms of an explanation: JSON for a program, a table for a terminal, a page for whoever asks by mail."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from markupsafe import Markup
from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from o7_warehouse.explain.words import sections, title
from o7_warehouse.json_text import json_text
from o7_warehouse.report.formats import date_digits
from o7_warehouse.report.registry import REPORTS
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from o7_warehouse.explain.facts import Explanation
    from o7_warehouse.explain.section import Section


def as_json(explanation: Explanation) -> str:
    """The facts with their own names, in their own order; figures are exact."""
    return json_text(asdict(explanation))


def as_page(explanation: Explanation) -> str:
    """One HTML file that reads nothing from outside. Raises ReportError for a hole in the template."""
    context = {
        "doc": {"title": title(explanation), "night": {"night": explanation.night}},
        "sections": sections(explanation),
        # The reader's own serif will do: a page that is mailed stays small.
        "faces": "",
        "style": Markup((REPORTS / "_style.css").read_text(encoding="utf-8")),  # noqa: S704 - reviewed code
    }
    return render_template("explanation.html.j2", context)


def as_table(explanation: Explanation) -> RenderableType:
    """What a terminal shows."""
    return Group(*_shown(explanation))


def _shown(explanation: Explanation) -> Iterator[RenderableType]:
    yield Text(f"{title(explanation)}, {date_digits(explanation.night)}", style="bold")
    for section in sections(explanation):
        yield Text(f"\n{section.title}", style="bold")
        for paragraph in section.paragraphs:
            yield Text(paragraph)
        if section.rows:
            yield _table(section)


def _table(section: Section) -> Table:
    table = Table(box=SIMPLE, show_edge=False)
    for column in section.columns:
        table.add_column(column.label, justify="right" if column.is_figure else "left")
    for number, row in enumerate(section.rows, start=1):
        is_total = number > len(section.rows) - section.totals
        table.add_row(*map(Text, row), style="bold" if is_total else None)
    return table
