"""`./o7 backfill`: past nights built beside what is published, compared, then switched or dropped."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table

from o7_warehouse.backfill import course
from o7_warehouse.backfill.compare import compared
from o7_warehouse.backfill.held import ROLE, builds_of
from o7_warehouse.commands_show import Form, Forms, Levels, readable, write_rows
from o7_warehouse.console import State, results, say
from o7_warehouse.errors import CommandError
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from o7_warehouse.backfill.held import Build

app = typer.Typer(
    help="Backfills: past nights of raw built once more beside what is published, compared, switched or dropped.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the backfill is called: letters and digits.")]
Nights = Annotated[
    str,
    typer.Option(
        "--nights", metavar="D,D", help="The nights, by commas; D..D for all that raw holds between."
    ),
]
By = Annotated[str, typer.Option("--by", help="Who decides: the name that stands in the audit.")]
Why = Annotated[str, typer.Option("--reason", help="Why the nights are dropped.")]
Top = Annotated[int | None, typer.Option(min=1, help="So many of the farthest movers; default: all.")]
OUTCOMES = {"success": "построена", "failed": "остановлена", "superseded": "прервана", "open": "строится"}
DECIDED = {"": "ждет решения", "switched": "опубликована", "dropped": "отклонена"}


def build(name: Name, nights: Nights, state: State = None) -> None:
    """Build nights from raw up to the gate out and hold them back: nobody reads them."""
    settings = Settings.load(state)
    with readable(settings):
        course.build(settings, name, _nights(settings, nights), say=say)
        _print(_builds(settings, name))


def show(name: Name, state: State = None) -> None:
    """Show the nights of a backfill: how each was built, and what was decided."""
    settings = Settings.load(state)
    with readable(settings):
        _print(_builds(settings, name))


def compare(
    name: Name, *, level: Levels = None, top: Top = None, form: Forms = Form.table, state: State = None
) -> None:
    """Old and new value of every figure that would move, top movers first."""
    settings = Settings.load(state)
    with readable(settings):
        found = [one for one in compared(settings, name) if level is None or one.level == level]
    moved = [one for one in found if one.is_moved]
    write_rows([one.as_row() for one in moved[:top]], form)
    say(f"{len(moved)} of {len(found)} figures move.")


def switch(name: Name, by: By, state: State = None) -> None:
    """Publish the nights that wait, each only if it comes out as it was looked at."""
    settings = Settings.load(state)
    with readable(settings):
        course.switch(settings, name, by_whom=_somebody(by), say=say)
        _print(_builds(settings, name))


def drop(name: Name, by: By, reason: Why, state: State = None) -> None:
    """Decide that the nights that wait are not to be; what is published was never touched."""
    settings = Settings.load(state)
    with readable(settings):
        course.drop(settings, name, by_whom=_somebody(by), reason=reason)
        _print(_builds(settings, name))


def _somebody(name: str) -> str:
    if not name.strip(" ."):
        raise CommandError("--by is empty, so nobody would answer for the decision. Give a name.")
    return name


def _nights(settings: Settings, text: str) -> list[dt.date]:
    """The nights a text names; of a span those that raw holds. Raises CommandError."""
    chosen: list[dt.date] = []
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        for part in text.split(","):
            first, is_span, last = part.strip().partition("..")
            days = [_day(first), _day(last)] if is_span else [_day(first)]
            if is_span:
                cursor.execute(
                    "select night from raw_o7.night where night between %s and %s order by 1", days
                )
                days = [night for (night,) in cursor.fetchall()]
            chosen += days
    if not chosen:
        raise CommandError(
            f"Raw holds no night of {text!r}, so there is nothing to build. Name nights it retains."
        )
    return chosen


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{text!r} is no day, so nobody knows which night is meant. Write 2025-12-01,2025-12-05 or "
            "2025-12-01..2025-12-05."
        ) from None


def _builds(settings: Settings, name: str) -> list[Build]:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        return builds_of(cursor, name)


def _print(builds: Iterable[Build]) -> None:
    table = Table(box=SIMPLE)
    for heading in ("Ночь", "Сборка", "Выходной контроль", "Решение", "Запуск"):
        table.add_column(heading, overflow="fold")
    for one in builds:
        table.add_row(
            f"{one.night:%d.%m.%Y}", OUTCOMES[one.outcome], "пройден" if one.is_sound else "не пройден",
            DECIDED[one.decided], one.run_id,
        )  # fmt: skip
    results.print(table)


for command in (build, show, compare, switch, drop):
    app.command()(command)
