"""Commands for whoever works on the project: test, lint, bench, dbt, and the door to the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from o7_warehouse import dbt_docs, dbt_runner
from o7_warehouse.commands_show import newest_night, readable
from o7_warehouse.console import State, results, say
from o7_warehouse.errors import CommandError
from o7_warehouse.settings import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

Full = Annotated[bool, typer.Option("--full", help="Also the tests that take minutes.")]
To = Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it, as JSON.")]
# What the command does not know goes to the program behind it.
PASSING_ON: dict[str, Any] = {
    "context_settings": {"ignore_unknown_options": True, "allow_extra_args": True},
    "add_help_option": False,
}
# It takes hours and a disk of its own, so that nobody should get it unasked.
BY_NAME_ONLY = {"bench_scale"}
LINTERS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("sqlfluff", "lint", "--processes", "2", "dbt_project"),
    ("yamllint", "--strict", "."),
)


def run_tests(context: typer.Context, *, full: Full = False) -> None:
    """Run the tests; further words go to pytest. All of them are run by two processes, room by room."""
    # A choice of tests is run to be looked at: in one process, in order.
    at_once = [] if context.args else ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    _become("pytest", *at_once, *([] if full else ["-m", "not full"]), *context.args)


def lint() -> None:
    """Look for faults of style and type in Python, SQL and YAML."""
    failed = []
    for words in LINTERS:
        say(" ".join(words))
        if subprocess.run([sys.executable, "-P", "-m", *words], cwd=ROOT, check=False).returncode:
            failed.append(words[0])
    if failed:
        raise typer.Exit(1)


def bench(context: typer.Context) -> None:
    """Measure ratios to stated limits; a name chooses one benchmark, further words go to it."""
    known = sorted(path.stem for path in (ROOT / "benchmarks").glob("bench_*.py"))
    chosen, words = chosen_benchmarks(known, context.args)
    for name in chosen:
        say(name)
        command = [sys.executable, "-P", "-m", f"benchmarks.{name}", *words]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            raise typer.Exit(1)


def chosen_benchmarks(known: list[str], words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The benchmarks a person named, or all of the ordinary ones; and the words that are for them."""
    # Names come first; behind the first option a word may be its value.
    named = [word.removeprefix("bench_") for word in takewhile(lambda word: not word.startswith("-"), words)]
    rest = list(words[len(named) :])
    chosen = [f"bench_{name}" for name in named] or [name for name in known if name not in BY_NAME_ONLY]
    if unknown := [name for name in chosen if name not in known]:
        raise CommandError(
            f"There is no benchmark {unknown[0]!r}, so nothing was measured. Known: {', '.join(known)}."
        )
    return chosen, rest


def sbom(to: To) -> None:
    """Write the list of parts (SBOM, CycloneDX): each package of requirements.lock with its hashes and its licence."""
    from o7_warehouse.sbom import sbom as parts_of  # noqa: PLC0415 - its library is there for development only

    text, untold = parts_of(ROOT)
    to.write_text(text, encoding="utf-8")
    say(f"{to}; say nothing of their licence: {', '.join(untold) or 'none'}")


def dbt(context: typer.Context, state: State = None) -> None:
    """Run dbt on the newest night with the project's profile, for example: ./o7 dbt build --select staging.

    What it builds is a build of its own: nothing published changes.
    """
    settings = Settings.load(state)
    with readable(settings):
        command = [
            sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()", *context.args,
            "--project-dir", str(ROOT / "dbt_project"), "--profiles-dir", str(ROOT / "dbt_project"),
            "--target-path", str(dbt_runner.target_path(settings)),
            "--log-path", str(settings.state / "dbt" / "logs"),
        ]  # fmt: skip
        environment = os.environ | dbt_runner.begin_apart(
            settings, night=newest_night(settings), build_id=str(uuid.uuid4())
        )
        raise typer.Exit(subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode)


def docs(state: State = None) -> None:
    """Write dbt's pages about models, columns and lineage to the state directory, and say where they lie."""
    settings = Settings.load(state)
    with readable(settings):
        say("dbt describes the project")
        page = dbt_docs.write_docs(settings, night=newest_night(settings), build_id=uuid.uuid4())
    results.print(str(page), markup=False)


def simulate(context: typer.Context) -> None:
    """Write a synthetic О7 to a drop folder or a replica; --help tells its options."""
    _become("o7_simulator", *context.args)


def _become(module: str, *words: str) -> NoReturn:
    """Let a program take this one's place."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *words])  # noqa: S606 - no shell is wanted


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [
    ("simulate", simulate, PASSING_ON),
    ("test", run_tests, PASSING_ON | {"add_help_option": True}),
    ("lint", lint, {}),
    ("bench", bench, PASSING_ON | {"add_help_option": True}),
    ("sbom", sbom, {}),
    ("dbt", dbt, PASSING_ON | {"add_help_option": True}),
    ("docs", docs, {}),
]
