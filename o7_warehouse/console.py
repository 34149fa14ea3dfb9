"""What the command line prints with: results on the standard output, everything said on the way beside it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

# Results, and nothing else: `./o7 indicators --format json > file` is a file of JSON.
# A file or a pipe has no edge: a table is as wide as it needs to be.
WIDTH = None if sys.stdout.isatty() else 200
results = Console(soft_wrap=True, highlight=False, width=WIDTH)
errors = Console(stderr=True, soft_wrap=True, highlight=False)

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
