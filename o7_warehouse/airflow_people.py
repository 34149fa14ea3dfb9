"""Accounts of Airflow's sign-in, asked of the program o7_airflow/accounts.py; nothing here imports Airflow.

Passwords are made here, go to the program by its input, and leave this process once, to whoever asked.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.airflow_environment import airflow_home, environment, migrate
from o7_warehouse.airflow_roles import read_roles
from o7_warehouse.airflow_sign_in import ADMIN_USER
from o7_warehouse.errors import CommandError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from o7_warehouse.settings import Settings

NAME: Final = re.compile(r"[a-z][a-z0-9._-]{2,40}")
FULL_NAME: Final = re.compile(r"[^\W\d_][\w.'-]*( [^\W\d_][\w.'-]*)+")
REFUSALS: Final = {
    "taken": (
        "{login} is or was somebody's account, and an approval under this name must always mean one person. Choose "
        "another name; a lost password is renewed by ./o7 people renew."
    ),
    "nobody": "There is no open account {login}, so nothing was changed. ./o7 people list shows the names.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account that is somebody's, or was and is closed."""

    login: str
    full_name: str
    roles: tuple[str, ...]
    active: bool
    last_login: str | None


def prepare(settings: Settings, say: Callable[[str], None]) -> None:
    """Bring Airflow's tables to this version, and roles and the administrator's account to what is declared.

    What somebody gave our roles by hand is taken away and told to ``say``, and so are people with other roles. Does no
    more than :func:`migrate` where nobody signs in by an account. Raises ServerError, CatalogueError.
    """
    migrate(settings, say)
    if settings.sign_in != "roles":
        return
    admin = {"login": ADMIN_USER, "password": settings.secrets.airflow_admin_password}
    done = _ask(settings, {"do": "synchronise", "roles": read_roles(), "admin": admin})
    for role, action, resource in done["taken"]:
        say(
            f"Airflow's role {role} had {action} on {resource}, which airflow_roles.yml does not give it: taken away"
        )
    for login, role in done["strangers"]:
        say(f"Airflow's account {login} has the role {role}, which airflow_roles.yml does not know")


def add(settings: Settings, login: str, *, full_name: str, role: str) -> str:
    """Make an account with one of the declared roles; returns its password, which is kept nowhere.

    Raises CommandError for a role, login or name that cannot be, and for a login that ever was somebody's; ServerError.
    """
    if role not in (known := read_roles()):
        raise CommandError(f"There is no role {role!r}, so no account was made. Known: {', '.join(known)}.")
    if not NAME.fullmatch(login):
        raise CommandError(
            f"{login!r} cannot be the name of an account: it stands under approvals and in logs. Give 3 to 41 small "
            "Latin letters, digits, dots, hyphens and underlines, a letter first."
        )
    if not FULL_NAME.fullmatch(full_name):
        raise CommandError(
            "The full name is not first name or initials and family name, so nobody could tell later whose approval it "
            'was. Give it as --full-name "И. О. Фамилия".'
        )
    password = secrets.token_urlsafe(18)
    _ask(settings, {"do": "add", "login": login, "full_name": full_name, "role": role, "password": password})
    return password


def people(settings: Settings) -> list[Person]:
    """Every account there is and was, by name. Raises ServerError."""
    found = _ask(settings, {"do": "people"})["people"]
    return [Person(**one | {"roles": tuple(one["roles"])}) for one in found]


def remove(settings: Settings, login: str) -> None:
    """Close an account for ever; its name is not given again. Raises CommandError, ServerError."""
    _refuse_admin(login)
    _ask(settings, {"do": "remove", "login": login})


def renew(settings: Settings, login: str) -> str:
    """Give an account another password and end its sessions; returns it. Raises CommandError, ServerError."""
    _refuse_admin(login)
    password = secrets.token_urlsafe(18)
    _ask(settings, {"do": "renew", "login": login, "password": password})
    return password


def _refuse_admin(login: str) -> None:
    if login == ADMIN_USER:
        raise CommandError(
            f"{ADMIN_USER} is the account by which ./o7 itself asks for nights, and its password stands in "
            "secrets.json. It is not changed here."
        )


def _ask(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """One request to the program and its answer; what Airflow says on the way goes to a log."""
    home = airflow_home(settings)
    log = home / "logs" / "accounts.log"
    with log.open("ab") as words:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "o7_airflow.accounts"],
            input=json.dumps(request).encode(),
            env=environment(settings),
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=words,
            check=False,
        )
    if done.returncode != 0:
        raise ServerError(
            f"Airflow's accounts could not be read or changed ({request['do']} ended with {done.returncode}). Without "
            f"them nobody can sign in. Read {log}."
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    refusal = answer.get("refused")
    if refusal in REFUSALS:
        raise CommandError(REFUSALS[refusal].format(login=request["login"]))
    if refusal is not None:
        raise ServerError(
            f"Airflow's accounts were not changed as asked ({request['do']}: {refusal}). Nobody may sign in with "
            f"rights that are not the declared ones. Read {log}, mend it and run the same command again."
        )
    return answer
