"""Accounts and roles of Airflow's sign-in: a program that reads one request from its input and writes one answer.

Runs with Airflow's variables and speaks JSON: `{"do": "people"}` and so on, the words of ``DOING``. A password comes in
by the input, so that no list of processes shows it. Whatever Airflow itself says goes to the standard error.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.providers.fab.auth_manager.models import Role, User
    from airflow.providers.fab.www.extensions.init_appbuilder import AirflowAppBuilder

ADMIN_ROLE = "Admin"
DAG_PREFIX = "DAG:"
# Nobody is written to by Airflow; the column must be filled, with something nobody else has.
MAILBOX = "{login}@o7.invalid"


class RefusedError(Exception):
    """What was asked for cannot be; the word says why, and the toolbox says it to a person."""


def known_resources() -> set[str]:
    """The names of resources this Airflow asks about."""
    from airflow.providers.common.compat.security import permissions as common  # noqa: PLC0415 - as in main
    from airflow.providers.fab.www.security import permissions  # noqa: PLC0415 - as in main

    words = vars(common) | vars(permissions)
    return {value for name, value in words.items() if name.startswith("RESOURCE_") and isinstance(value, str)}


def synchronise(
    builder: AirflowAppBuilder, roles: dict[str, dict[str, list[str]]], admin: dict[str, str]
) -> dict[str, Any]:
    """Make the roles exactly these, and the administrator's account; what was taken away, and who has other roles."""
    builder.add_permissions(update_perms=True)
    builder.sm.sync_roles()
    known = known_resources()
    taken = []
    for name, grants in roles.items():
        wanted = {(action, resource) for action, resources in grants.items() for resource in resources}
        if unknown := sorted(
            {one for _, one in wanted if one not in known and not one.startswith(DAG_PREFIX)}
        ):
            raise RefusedError(f"unknown resource: {', '.join(unknown)}")
        taken += [[name, *one] for one in _make_exact(builder.sm, builder.sm.add_role(name), wanted)]
    _make_admin(builder.sm, **admin)
    strangers = [
        [user.username, role.name]
        for user in builder.sm.get_all_users()
        for role in user.roles
        if user.active
        and role.name not in roles
        and [user.username, role.name] != [admin["login"], ADMIN_ROLE]
    ]
    return {"taken": sorted(taken), "strangers": sorted(strangers)}


def _make_exact(sm: Any, role: Role, wanted: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give a role what it lacks, and take what it must not have; returns what was taken."""
    present = {(one.action.name, one.resource.name): one for one in role.permissions}
    extra = sorted(set(present) - wanted)
    for pair in extra:
        sm.remove_permission_from_role(role, present[pair])
    for action, resource in sorted(wanted - set(present)):
        sm.add_permission_to_role(role, sm.create_permission(action, resource))
    if (held := {(one.action.name, one.resource.name) for one in role.permissions}) != wanted:
        raise RefusedError(f"{role.name} could not be changed: {sorted(held ^ wanted)}")
    return extra


def _make_admin(sm: Any, login: str, password: str) -> None:
    """The administrator's account, with the password of the state directory and Airflow's own role."""
    user, role = sm.find_user(username=login), sm.find_role(ADMIN_ROLE)
    if user is None:
        sm.add_user(login, login, "", MAILBOX.format(login=login), role, password)
        return
    if user.roles != [role] or not user.active:
        user.roles, user.active = [role], True
        _kept(sm.update_user(user))
    if not sm.check_password(login, password):
        _kept(sm.reset_password(user.id, password))


def add(builder: AirflowAppBuilder, login: str, full_name: str, role: str, password: str) -> dict[str, Any]:
    """Make an account; a name that ever was somebody's is refused, for it stands under what he approved."""
    sm = builder.sm
    if sm.find_user(username=login) is not None:
        raise RefusedError("taken")
    if (found := sm.find_role(role)) is None:
        raise RefusedError("no role")
    first, _, last = full_name.rpartition(" ")
    sm.add_user(login, first, last, MAILBOX.format(login=login), found, password)
    return {}


def people(builder: AirflowAppBuilder) -> dict[str, Any]:
    """Every account there is and was, by name."""
    return {
        "people": [
            {
                "login": one.username,
                "full_name": one.get_full_name().strip(),
                "roles": sorted(role.name for role in one.roles),
                "active": bool(one.active),
                "last_login": one.last_login.isoformat() if one.last_login else None,
            }
            for one in sorted(builder.sm.get_all_users(), key=lambda one: one.username)
        ]
    }


def remove(builder: AirflowAppBuilder, login: str) -> dict[str, Any]:
    """Close an account for ever: no role, no session; its name stays, for it stands under what he approved."""
    user = _open_account(builder.sm, login)
    user.active, user.roles = False, []
    _kept(builder.sm.update_user(user))
    builder.sm.reset_user_sessions(user)
    return {}


def renew(builder: AirflowAppBuilder, login: str, password: str) -> dict[str, Any]:
    """Another password, for somebody who has lost his; ends his sessions."""
    _kept(builder.sm.reset_password(_open_account(builder.sm, login).id, password))
    return {}


def _open_account(sm: Any, login: str) -> User:
    user = sm.find_user(username=login)
    if user is None or not user.active:
        raise RefusedError("nobody")
    return user


def _kept(done: bool) -> None:  # noqa: FBT001 - what Flask-AppBuilder's methods return
    if not done:
        raise RefusedError("not kept")


DOING: dict[str, Callable[..., dict[str, Any]]] = {
    one.__name__: one for one in (synchronise, add, people, remove, renew)
}


def main() -> None:
    """Do what the input asks for."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Only now, for Airflow begins to talk while it is imported.
    from airflow.providers.fab.auth_manager.cli_commands import utils  # noqa: PLC0415 - as said above

    request = json.load(sys.stdin)
    with utils.get_application_builder() as builder, answer:
        try:
            done = DOING[request.pop("do")](builder, **request)
        except RefusedError as refusal:
            done = {"refused": str(refusal)}
        json.dump(done, answer)


if __name__ == "__main__":
    main()
