"""`./o7 access`: who may log in to see the rows of one school, one municipality, or all of them."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.box import SIMPLE
from rich.table import Table

from o7_warehouse import logins
from o7_warehouse.commands_replay import Shape
from o7_warehouse.commands_show import readable
from o7_warehouse.console import State, results
from o7_warehouse.errors import CommandError
from o7_warehouse.json_text import json_text
from o7_warehouse.logins import Scope
from o7_warehouse.settings import Settings

app = typer.Typer(
    help="Logins that see the rows of one school, of one municipality, or of the republic.",
    no_args_is_help=True,
)
LEVELS: Final = {"school": "школа", "municipality": "муниципалитет", "republic": "республика"}
Login = Annotated[str, typer.Option("--login", metavar="NAME", help="Name of the login; no person's name.")]
School = Annotated[str | None, typer.Option("--school", metavar="CODE", help="A school of the newest night.")]
Municipality = Annotated[
    str | None, typer.Option("--municipality", metavar="OKTMO", help="A municipality of the newest night.")
]
Republic = Annotated[bool, typer.Option("--republic", help="Every row: for the ministry.")]
By = Annotated[str, typer.Option("--by", help="At whose word: stands in the audit.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="New file for the password (0600); default: it is printed once.",
    ),
]
Shapes = Annotated[Shape, typer.Option("--format", help="json goes to a program, table to a person.")]


def grant(
    *,
    login: Login,
    by: By,
    school: School = None,
    municipality: Municipality = None,
    republic: Republic = False,
    password_file: PasswordFile = None,
    state: State = None,
) -> None:
    """Make a login that sees the rows of one unit, or let one that is there see another unit as well."""
    scope, settings = _scope(school, municipality, republic=republic), Settings.load(state)
    told: list[str] = []
    hand_over = told.append if password_file is None else lambda password: _keep(password_file, password)
    with readable(settings):
        is_new = logins.grant(settings, login, scope, by=by, hand_over=hand_over)
    words = " ".join(filter(None, (LEVELS[scope.level], scope.code)))
    results.print(f"{'Создан логин' if is_new else 'Логин'} {login}: {words}", markup=False)
    if told:
        results.print(f"Пароль (показан один раз): {told[0]}", markup=False)
    elif is_new:
        results.print(f"Пароль: {password_file}", markup=False)


def revoke(*, login: Login, by: By, state: State = None) -> None:
    """Take a login away, with everything it may see."""
    settings = Settings.load(state)
    with readable(settings):
        lost = logins.revoke(settings, login, by=by)
    results.print(f"Логин {login} удалён, прав: {len(lost)}", markup=False)


def listed(form: Shapes = Shape.table, state: State = None) -> None:
    """List the logins and whose rows each of them sees."""
    settings = Settings.load(state)
    with readable(settings):
        rows = logins.granted(settings)
    if form is Shape.json:
        results.print(json_text([asdict(row) for row in rows]), markup=False)
        return
    table = Table(box=SIMPLE)
    for heading in ("Логин", "Чьи строки", "Код", "Наименование", "Номера карточек", "С какого времени"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            row.login, LEVELS[row.level], row.unit_code, row.unit_name or "", "да" if row.tells_cards else "нет",
            f"{row.granted_at:%d.%m.%Y %H:%M} UTC",
        )  # fmt: skip
    results.print(table)


def _scope(school: str | None, municipality: str | None, *, republic: bool) -> Scope:
    given = {"school": school, "municipality": municipality, "republic": "" if republic else None}
    named = [Scope(level=level, code=code) for level, code in given.items() if code is not None]
    if len(named) != 1:
        raise CommandError(
            f"{len(named)} scopes are named, and a login is granted one at a time. Give one of --school, "
            "--municipality and --republic."
        )
    return named[0]


def _keep(path: Path, password: str) -> None:
    """Write the password to a file that nobody else may read, and that was not there before."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(
            f"{path} cannot be made ({type(error).__name__}), so the password would be lost; no login was made. Name a "
            "file that is not there yet, in a folder that is."
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{password}\n")


app.command()(grant)
app.command()(revoke)
app.command("list")(listed)
