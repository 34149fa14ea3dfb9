"""`./o7 digest`: what changed with a night, against the published night before it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from o7_warehouse.commands_show import Night, day_of, newest_night, readable
from o7_warehouse.console import State, results
from o7_warehouse.digest.read import read_digest
from o7_warehouse.digest.words import as_json, as_text
from o7_warehouse.settings import Settings


class Shape(StrEnum):
    """How an answer is written."""

    text = "text"
    json = "json"


Shapes = Annotated[Shape, typer.Option("--format", help="json goes to a program, text to a person.")]


def digest(night: Night = None, form: Shapes = Shape.text, state: State = None) -> None:
    """What began, what was mended and what goes on: rules, quarantine, waivers, and rules nobody could evaluate."""
    settings = Settings.load(state)
    with readable(settings):
        found = read_digest(settings, day_of(night) or newest_night(settings))
    write = as_json if form is Shape.json else as_text
    results.print(write(found), end="", markup=False)


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("digest", digest, {})]
