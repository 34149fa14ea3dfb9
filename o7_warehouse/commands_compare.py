"""`./o7 compare`: what changes in closed periods under another definition, another code or later knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from o7_warehouse.commands_show import Form, Forms, Levels, Night, day_of, readable, write_rows
from o7_warehouse.compare.definitions import figures_under
from o7_warehouse.compare.movements import movements
from o7_warehouse.compare.periods import closed_nights
from o7_warehouse.compare.rebuild import code_at, figures_by, present_code, workroom
from o7_warehouse.compare.retained import write_drop
from o7_warehouse.console import State, say
from o7_warehouse.errors import CommandError
from o7_warehouse.indicators import indicator_rows
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from o7_warehouse.compare.rebuild import Code

Rows = list[dict[str, Any]]
Definition = Annotated[
    str | None,
    typer.Option(metavar="SEED=ROW", help="A stored reading, as profile_rules=FULL. Nothing is built."),
]
CodeOption = Annotated[
    bool, typer.Option("--code", help="The code and the seeds as they lie here, against what is published.")
]
Revision = Annotated[
    str | None,
    typer.Option("--from", metavar="REV", help="With --code: against that revision, not what is published."),
]
KnownNow = Annotated[
    bool,
    typer.Option("--known-now", help="The rows as the newest night knows them, against what is published."),
]
Periods = Annotated[int, typer.Option(min=1, help="So many closed months, the last ones.")]
Top = Annotated[int | None, typer.Option(min=1, help="So many of the farthest movers; default: all.")]


def compare(
    definition: Definition = None,
    *,
    code: CodeOption = False,
    revision: Revision = None,
    known_now: KnownNow = False,
    night: Night = None,
    periods: Periods = 1,
    level: Levels = None,
    top: Top = None,
    form: Forms = Form.table,
    state: State = None,
) -> None:
    """What changes if: old and new value of every figure that moves, top movers first."""
    if [definition is not None, code, known_now].count(True) != 1 or (revision and not code):
        raise CommandError(
            "A comparison changes exactly one thing, and this command names another number of them. "
            "Give one of --definition SEED=ROW, --code (with --from REV if you like) and --known-now."
        )
    settings = Settings.load(state)
    with readable(settings):
        nights = closed_nights(settings, asked=day_of(night), periods=periods)
        if definition is not None:
            old, new = figures_under(settings, definition, nights)
        else:
            old, new = _rebuilt(settings, nights, revision=revision, known_now=known_now)
    found = [one for one in movements(old, new) if level is None or one.level == level]
    moved = [one for one in found if one.is_moved]
    write_rows([one.as_row() for one in moved[:top]], form)
    said = ", ".join(day.isoformat() for day in nights)
    say(f"{len(moved)} of {len(found)} figures of {said} move.")


def _rebuilt(
    settings: Settings, nights: list[dt.date], *, revision: str | None, known_now: bool
) -> tuple[Rows, Rows]:
    """Both sides of every night; the new one by the code that runs, and so the old one where knowledge changes."""
    old: Rows = []
    new: Rows = []
    with workroom(settings) as room:
        ours = present_code(settings)
        before = ours if known_now else code_at(settings, revision, room) if revision else None
        for day in nights:
            drop = room / f"drop-{day}"
            write_drop(settings, drop, day)
            old += (
                indicator_rows(settings, night=day) if before is None else _figures(before, drop, day, room)
            )
            if known_now:
                drop = room / f"drop-{day}-as-known-now"
                write_drop(settings, drop, day, as_known_now=True)
            new += _figures(ours, drop, day, room)
    return old, new


def _figures(code: Code, drop: Path, day: dt.date, room: Path) -> Rows:
    say(f"{day} by {code.label}")
    return figures_by(code, drop=drop, night=day, state=room / "state")


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("compare", compare, {})]
