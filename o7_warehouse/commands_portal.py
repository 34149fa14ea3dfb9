"""`./o7 portal`: a night as pages for the ministry, the municipalities, the schools and the auditor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from o7_warehouse.commands_show import Night, day_of, readable
from o7_warehouse.console import State, results, say
from o7_warehouse.errors import CommandError
from o7_warehouse.indicators import published_night
from o7_warehouse.portal.build import publish_portal, write_portal
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import transaction

Folder = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="A folder of their own; default: where every night puts them."),
]


def portal(night: Night = None, to: Folder = None, state: State = None) -> None:
    """Write the pages of a published night; they need no network and no program."""
    settings = Settings.load(state)
    if night is not None and to is None:
        raise CommandError(
            "The state keeps the pages of the newest night only, so those of another one would be taken for them. "
            "Name a folder of their own with --to."
        )
    with readable(settings):
        if to is None:
            first = publish_portal(settings)
        else:
            with transaction(settings, "o7_reporter") as connection:
                chosen = published_night(connection, day_of(night))
            say(f"writing the pages of {chosen}")
            first = write_portal(settings, night=chosen, folder=to.absolute())
    results.print(str(first), markup=False)


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("portal", portal, {})]
