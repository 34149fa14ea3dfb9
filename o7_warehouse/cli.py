"""The command line: which commands there are, and how an error or an interrupt ends one."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import typer

from o7_warehouse import (
    commands_access,
    commands_audit,
    commands_backfill,
    commands_compare,
    commands_develop,
    commands_digest,
    commands_drop,
    commands_edition,
    commands_erase,
    commands_explain,
    commands_lapse,
    commands_lineage,
    commands_night,
    commands_people,
    commands_portal,
    commands_readings,
    commands_rotate_key,
    commands_serve,
    commands_show,
    commands_upkeep,
    commands_watch,
    commands_worklist,
)
from o7_warehouse.console import errors, say
from o7_warehouse.errors import O7Error

if TYPE_CHECKING:
    from types import FrameType

ENDINGS = (signal.SIGINT, signal.SIGTERM)

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
ROOMS = (
    commands_night, commands_show, commands_readings, commands_explain, commands_digest, commands_worklist,
    commands_compare, commands_lapse, commands_lineage, commands_portal, commands_serve, commands_watch, commands_drop,
    commands_rotate_key, commands_erase, commands_develop,
)  # fmt: skip
for commands in ROOMS:
    for name, command, options in commands.COMMANDS:
        app.command(name, **options)(command)
app.add_typer(commands_access.app, name="access")
app.add_typer(commands_audit.app, name="audit")
app.add_typer(commands_edition.app, name="edition")
app.add_typer(commands_people.app, name="people")
app.add_typer(commands_backfill.app, name="backfill")
app.add_typer(commands_upkeep.app, name="upkeep")


def main() -> NoReturn:
    """Run a command; end with 0, or the error's exit code and its three sentences instead of a traceback."""
    for number in ENDINGS:
        signal.signal(number, _ended)
    try:
        app(prog_name="./o7")
    except O7Error as error:
        errors.print(type(error).__name__, style="bold red")
        errors.print(str(error), markup=False)
        sys.exit(error.exit_code)
    sys.exit(0)


def _ended(number: int, _frame: FrameType | None) -> NoReturn:
    """A request to end is an ordinary exit: whoever started something ends it on the way out, undisturbed."""
    for one in ENDINGS:
        signal.signal(one, signal.SIG_IGN)
    say("Interrupted. What was published stays; the same command can be given again.")
    sys.exit(128 + number)
