"""`./o7 people`: who signs in to Airflow, and in which role; logins of the database are `./o7 access`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table

from o7_warehouse import airflow_people
from o7_warehouse.commands_night import embedded_server
from o7_warehouse.console import State, results, say
from o7_warehouse.databases import ensure_databases
from o7_warehouse.errors import CommandError
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(
    help="Accounts of people who sign in to Airflow (O7_SIGN_IN=roles): engineers, the ministry, auditors.",
    no_args_is_help=True,
)
Login = Annotated[str, typer.Argument(metavar="NAME", help="Name the person signs in with.")]
Role = Annotated[str, typer.Option("--role", help="engineer, ministry or auditor.")]
FullName = Annotated[str, typer.Option("--full-name", help='Who it is: "И. О. Фамилия".')]


def add(login: Login, *, role: Role, full_name: FullName, state: State = None) -> None:
    """Make an account; its first password is printed once, and the person changes it after signing in."""
    with _accounts(state) as settings:
        password = airflow_people.add(settings, login, full_name=full_name, role=role)
    results.print(f"Создана учётная запись {login}: {full_name}, роль {role}", markup=False)
    _print_password(password)


def renew(login: Login, state: State = None) -> None:
    """Give an account another password, printed once, and end its sessions."""
    with _accounts(state) as settings:
        password = airflow_people.renew(settings, login)
    _print_password(password)


def remove(login: Login, state: State = None) -> None:
    """Close an account for ever; its name stays taken, for it stands under what the person approved."""
    with _accounts(state) as settings:
        airflow_people.remove(settings, login)
    results.print(f"Учётная запись {login} закрыта.", markup=False)


def listed(state: State = None) -> None:
    """List the accounts, open and closed."""
    with _accounts(state) as settings:
        found = airflow_people.people(settings)
    table = Table(box=SIMPLE)
    for heading in ("Имя для входа", "Кто", "Роли", "Состояние", "Последний вход"):
        table.add_column(heading, overflow="fold")
    for one in found:
        table.add_row(
            one.login, one.full_name, ", ".join(one.roles), "открыта" if one.active else "закрыта",
            one.last_login or "",
        )  # fmt: skip
    results.print(table)


def _print_password(password: str) -> None:
    results.print(f"Пароль (показан один раз): {password}", markup=False)


@contextmanager
def _accounts(state: State) -> Iterator[Settings]:
    """The settings, with Airflow's database running and its roles as declared."""
    settings = Settings.load(state)
    if settings.sign_in != "roles":
        raise CommandError(
            "O7_SIGN_IN is simple, so nobody signs in to Airflow by an account of his own. Set O7_SIGN_IN=roles for "
            "this command and for ./o7 up."
        )
    with embedded_server(settings) as embedded:
        if embedded is not None:
            ensure_databases(embedded)
        airflow_people.prepare(settings, say)
        yield settings


app.command()(add)
app.command("list")(listed)
app.command()(renew)
app.command()(remove)
