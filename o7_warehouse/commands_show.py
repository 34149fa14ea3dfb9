"""Commands that answer from what is published: indicators, leaves, reports."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from o7_warehouse import server, steps, warehouse
from o7_warehouse.console import State, results
from o7_warehouse.csv_text import inert
from o7_warehouse.errors import CommandError
from o7_warehouse.indicators import indicator_rows, leaf_rows
from o7_warehouse.json_text import json_text
from o7_warehouse.schema_version import refuse_newer_warehouse
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Words that may take a second line, so that codes and numbers keep theirs.
WRAPPED = frozenset({"org_unit_name", "label"})
NUMBERS = frozenset({"numerator", "denominator", "value", "pupils"})


class Level(StrEnum):
    """Whose figures are asked for."""

    region = "region"
    municipality = "municipality"
    school = "school"
    class_ = "class"


class Form(StrEnum):
    """How an answer is written."""

    table = "table"
    json = "json"
    csv = "csv"


Night = Annotated[
    datetime | None,
    typer.Option(
        "--night",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="A published night; default: the newest.",
    ),
]
Levels = Annotated[Level | None, typer.Option("--level", help="One level only; default: all.")]
Shown = Annotated[
    Level | None,
    typer.Option("--level", help="One level only; default: all, in a table the region."),
]
Structure = Annotated[
    bool,
    typer.Option(
        "--present-structure", help="Schools as they are now: merged and moved ones where they belong today."
    ),
]
Report = Annotated[
    str | None, typer.Option("--report", help="One report only; default: those of every night.")
]
Forms = Annotated[Form, typer.Option("--format", help="json and csv go to a program, table to a person.")]


def indicators(
    night: Night = None,
    level: Shown = None,
    *,
    present_structure: Structure = False,
    form: Forms = Form.table,
    state: State = None,
) -> None:
    """The four indicators: numerator, denominator and value by organisation."""
    settings = Settings.load(state)
    with readable(settings):
        rows = indicator_rows(
            settings,
            night=day_of(night),
            level=_shown(level, form),
            in_present_structure=present_structure,
        )
    write_rows(rows, form)


def leaves(night: Night = None, level: Shown = None, form: Forms = Form.table, state: State = None) -> None:
    """The leaves of the profile: how many pupils have each status, by organisation."""
    settings = Settings.load(state)
    with readable(settings):
        rows = leaf_rows(settings, night=day_of(night), level=_shown(level, form))
    write_rows(rows, form)


def report(
    night: Night = None,
    report_id: Report = None,
    state: State = None,
) -> None:
    """Render the reports of a published night again, and say where they lie."""
    settings = Settings.load(state)
    known = steps.report_ids(settings)
    if report_id is not None and report_id not in known:
        raise CommandError(
            f"There is no report {report_id!r}, so nothing was rendered. Reports: {', '.join(known)}."
        )
    with readable(settings):
        day = day_of(night) or newest_night(settings)
        for one in [report_id] if report_id else steps.nightly_report_ids(settings):
            for line in _places(steps.render_report(settings, one, day)):
                results.print(line, markup=False)


def _places(paths: list[Path]) -> list[str]:
    """Each file; of a report per unit the folder of its units, and how many files there are."""
    units = {path.parent for path in paths}
    if len(units) == 1:
        return [str(path) for path in paths]
    return [f"{paths[0].parent.parent}: files {len(paths)}, units {len(units)}"]


@contextmanager
def readable(settings: Settings) -> Iterator[None]:
    """The warehouse while the block lasts; the embedded server is stopped again if nobody else uses it.

    Raises CommandError where there never was a warehouse, SchemaVersionError where newer code has made its tables.
    """
    if settings.warehouse_dsn:
        refuse_newer_warehouse(settings)
        yield
        return
    if not (settings.state / "postgres" / "data").exists():
        raise CommandError(
            f"{settings.state} holds no warehouse, so there is nothing to answer from. "
            "Run ./o7 night first, or name the right folder with --state."
        )
    with server.running(settings):
        refuse_newer_warehouse(settings)
        yield


def newest_night(settings: Settings) -> date:
    """The newest published night. Raises CommandError where nothing has been published."""
    with warehouse.transaction(settings, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute("select max(night) from published.night")
        [(night,)] = cursor.fetchall()
    if night is None:
        raise CommandError("No night has been published yet, so there are no figures. Run ./o7 night first.")
    return date.fromisoformat(str(night))


def day_of(asked: datetime | None) -> date | None:
    """The night an option names."""
    return asked.date() if asked else None


def _shown(level: Level | None, form: Form) -> Level | None:
    """The level to answer for: a program wants all of them, an eye would drown in 600,000 lines."""
    return Level.region if level is None and form is Form.table else level


def write_rows(rows: list[dict[str, Any]], form: Form) -> None:
    """Print rows: as a list of JSON objects, as CSV with a header, or as a table for the eye."""
    if form is Form.json:
        results.print(json_text(rows), markup=False)
        return
    columns = list(rows[0]) if rows else []
    if form is Form.csv:
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: inert(_cell(name, value)) for name, value in row.items()} for row in rows)
        results.print(text.getvalue(), end="", markup=False)
        return
    table = Table(box=None)
    for column in columns:
        table.add_column(
            column, justify="right" if column in NUMBERS else "left", no_wrap=column not in WRAPPED
        )
    for row in rows:
        # A name of О7 is a text: brackets in it style nothing.
        table.add_row(*(Text(_cell(name, value)) for name, value in row.items()))
    results.print(table)


def _cell(column: str, value: object) -> str:
    """A value as CSV and tables write it; percentages keep all their decimals, so that they stand in line."""
    if value is None:
        return ""
    return f"{value:.6f}" if column == "value" else str(value)


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [
    ("indicators", indicators, {}),
    ("leaves", leaves, {}),
    ("report", report, {}),
]
