"""`./o7 audit pages`: the audit as pages and a workbook for whoever may read it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from o7_warehouse.audit_pages.build import write_pages
from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results, say
from o7_warehouse.settings import Settings

Nights = Annotated[
    int | None, typer.Option("--nights", min=1, help="The newest nights only; default: all of the audit.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="Folder of the pages; default: audit-pages in the state."),
]


def pages(nights: Nights = None, to: Folder = None, state: State = None) -> None:
    """Write pages and a workbook about rules, nights, rows and seals; they need no network and no program."""
    settings = Settings.load(state)
    folder = (to or settings.state / "audit-pages").absolute()
    with readable(settings):
        say("reading the audit and writing its pages")
        first = write_pages(settings, nights=nights, folder=folder)
    results.print(str(first), markup=False)
