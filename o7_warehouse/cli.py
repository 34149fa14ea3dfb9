"""The command line: which commands there are, and how an error or an interrupt ends one."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click
import typer

from o7_warehouse import commands_develop, commands_night, commands_serve, commands_show
from o7_warehouse.console import errors
from o7_warehouse.errors import O7Error

if TYPE_CHECKING:
    from types import FrameType

INTERRUPTED = 130
TERMINATED = 143

app = typer.Typer(
    name="o7",
    help="The warehouse of the digital-maturity indicators of schools: from О7 to a printed statement.",
    epilog="Start with: ./o7 night. Every setting stands in .env.example. "
    "Exit codes: 0 done, 2 wrong words or settings, 3 a person must act, 4 try again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (commands_night, commands_show, commands_serve, commands_develop):
    for name, command, options in commands.COMMANDS:
        app.command(name, **options)(command)


def main() -> NoReturn:
    """Run a command; end with 0, or the error's exit code and its three sentences instead of a traceback."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        sys.exit(app(standalone_mode=False, prog_name="./o7") or 0)
    except O7Error as error:
        errors.print(f"[bold red]{type(error).__name__}[/]")
        errors.print(str(error), markup=False)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        errors.print("Interrupted. What was published stays; start the same command again.")
        sys.exit(INTERRUPTED)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    """A request to end is an ordinary exit: whoever started something ends it on the way out."""
    sys.exit(TERMINATED)
