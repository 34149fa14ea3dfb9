"""What the command line prints with: results on the standard output, everything said on the way beside it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment

# What a terminal would obey: names of schools and files come from outside. Line ends and tabs are ours, too.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Guarded(Console):
    """A console on which no word that is printed moves the cursor, changes a title or hides a line (vrs C)."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is shown, with a mark in the place of each sign that a terminal would obey."""
        for segment in super().render(renderable, options):
            # A control segment is the console's own.
            is_harmless = segment.control or not _OBEYED.search(segment.text)
            yield segment if is_harmless else segment._replace(text=_OBEYED.sub("\ufffd", segment.text))


# Results, and nothing else: `./o7 indicators --format json > file` is a file of JSON.
# A file or a pipe has no edge: a table is as wide as it needs to be.
WIDTH = None if sys.stdout.isatty() else 200
results = Guarded(soft_wrap=True, highlight=False, width=WIDTH)
errors = Guarded(stderr=True, soft_wrap=True, highlight=False)

State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        help="Folder that holds everything a run writes. Default: var, or O7_STATE.",
        show_default=False,
    ),
]


def say(message: str) -> None:
    """Tell what is being done."""
    errors.print(message, style="dim", markup=False)
