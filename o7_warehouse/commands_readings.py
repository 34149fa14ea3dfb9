"""Commands for what stands beside the four figures: other readings, parts, populations, portfolios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from o7_warehouse.commands_show import Form, Forms, Level, Levels, Night, day_of, readable, write_rows
from o7_warehouse.console import State  # noqa: TC001 - Typer reads it when it runs
from o7_warehouse.readings import breakdown_rows, population_rows, portfolio_rows, reading_rows
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


def readings(
    night: Night = None, level: Levels = Level.region, form: Forms = Form.table, state: State = None
) -> None:
    """Every reading of the order beside the official one; --level names one level."""
    _show(reading_rows, night, level, form, state)


def breakdowns(
    night: Night = None, level: Levels = Level.region, form: Forms = Form.table, state: State = None
) -> None:
    """The indicators by parallel, settlement, founder, position and resource; of region or municipality."""
    _show(breakdown_rows, night, level, form, state)


def populations(
    night: Night = None, level: Levels = Level.region, form: Forms = Form.table, state: State = None
) -> None:
    """Who is in the contingent and who is beside it: private schools, family education, other organisations."""
    _show(population_rows, night, level, form, state)


def portfolio(
    night: Night = None, level: Levels = Level.region, form: Forms = Form.table, state: State = None
) -> None:
    """Documents in portfolios by category: those that count, and why the others do not."""
    _show(portfolio_rows, night, level, form, state)


def _show(
    rows: Callable[..., list[dict[str, Any]]], night: Night, level: Levels, form: Form, state: State
) -> None:
    settings = Settings.load(state)
    with readable(settings):
        found = rows(settings, night=day_of(night), level=level)
    write_rows(found, form)


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [
    ("readings", readings, {}),
    ("breakdowns", breakdowns, {}),
    ("populations", populations, {}),
    ("portfolio", portfolio, {}),
]
