"""Logins of single schools, municipalities and of the ministry: made, listed and taken away by the administrator.

A login is a role of the database and a member of ``o7_unit``, which may read the views of ``school`` and ``visible``;
whose rows these show it says ``access.user_scope`` (ddl/70_access.sql). Every change is a row of
``audit.access_event``. The password leaves this process once, to whoever asked; the database gets its SCRAM verifier.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg2 import extensions, sql

from o7_warehouse.databases import BOOTSTRAP_LOCK
from o7_warehouse.errors import CommandError
from o7_warehouse.publish import ensure_views
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import UNITS_GROUP, transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

NAME: Final = re.compile(r"[a-z][a-z0-9_]{2,40}")
# Names of roles that are the warehouse's own or PostgreSQL's.
RESERVED: Final = ("o7_", "pg_")
CONNECTIONS: Final = 5
# What holds for every session of a login unless it says otherwise; rights do not hang on it.
SESSION: Final = {
    "search_path": "''",
    "default_transaction_read_only": "on",
    "statement_timeout": "'120s'",
    "idle_in_transaction_session_timeout": "'600s'",
}
_NEWEST: Final = "select night, run_id::text from published.night order by night desc limit 1"
_UNIT: Final = """
    select org_unit_name from published.org_units
    where night = %(night)s and level = %(level)s and org_unit_code = %(code)s
"""
_LISTED: Final = """
    select scope.login, scope.level, scope.unit_code, units.org_unit_name, scope.tells_cards, scope.granted_at
    from access.user_scope as scope
    left join published.org_units as units
        on
            units.night = (select max(night) from published.night)
            and units.level = scope.level and units.org_unit_code = scope.unit_code
    order by scope.login collate "C", scope.level, scope.unit_code collate "C"
"""
_EVENT: Final = """
    insert into audit.access_event (run_id, event, login, level, unit_code, by_whom) values (%s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose rows are meant: ``level`` school, municipality or republic; the republic has no code."""

    level: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """One line of the map: the unit's name is that of the newest night, None where it is in it no more."""

    login: str
    level: str
    unit_code: str
    unit_name: str | None
    tells_cards: bool
    granted_at: dt.datetime


def grant(
    settings: Settings, login: str, scope: Scope, *, by: str, hand_over: Callable[[str], object]
) -> bool:
    """Let a login see the rows of a scope, also beside those it sees already; whether the login was made for it.

    A new login's password is given to ``hand_over`` before anything is kept: where it fails, no login is made. Raises
    CommandError for a name that is not free or not a name, for a unit nobody knows, and where nothing was published;
    StatementError, WarehouseUnavailableError.
    """
    _refuse_name(login)
    _refuse_nobody(by)
    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        _newest(cursor)
        # The views of an earlier revision know no scopes: a login must not come before them.
        ensure_views(cursor)
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (BOOTSTRAP_LOCK,))
        night, run_id = _newest(cursor)
        _refuse_unknown(cursor, scope, night)
        is_new = not _is_ours(cursor, login)
        cursor.execute(
            "insert into access.user_scope (login, level, unit_code, tells_cards) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            (login, scope.level, scope.code, scope.level == "school"),
        )
        if cursor.rowcount:
            cursor.execute(_EVENT, (run_id, "granted", login, scope.level, scope.code, by))
        if is_new:
            password = secrets.token_urlsafe(24)
            _make_role(cursor, login, password)
            hand_over(password)
    return is_new


def revoke(settings: Settings, login: str, *, by: str) -> list[Granted]:
    """Take a login away, with all it may see; what that was.

    Sessions that are still open see nothing from then on. Raises CommandError for a login that is not in the map,
    StatementError, WarehouseUnavailableError.
    """
    _refuse_name(login)
    _refuse_nobody(by)
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (BOOTSTRAP_LOCK,))
        _, run_id = _newest(cursor)
        lost = [one for one in _read(cursor) if one.login == login]
        if not lost:
            raise CommandError(
                f"There is no login {login!r} in the map of access, so nothing was taken away. "
                "See who is: ./o7 access list."
            )
        cursor.execute("delete from access.user_scope where login = %s", (login,))
        cursor.executemany(_EVENT, [(run_id, "revoked", login, one.level, one.unit_code, by) for one in lost])
        cursor.execute(sql.SQL("drop role {}").format(sql.Identifier(login)))
    return lost


def granted(settings: Settings) -> list[Granted]:
    """The whole map, in the order of logins. Raises StatementError, WarehouseUnavailableError."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        return _read(cursor)


def _read(cursor: Cursor) -> list[Granted]:
    cursor.execute(_LISTED)
    return [
        Granted(
            login=login,
            level=level,
            unit_code=code,
            unit_name=name,
            tells_cards=tells_cards,
            granted_at=since,
        )
        for login, level, code, name, tells_cards, since in cursor.fetchall()
    ]


def _make_role(cursor: Cursor, login: str, password: str) -> None:
    verifier = extensions.encrypt_password(
        password, login, scope=cursor.connection, algorithm="scram-sha-256"
    )
    name = sql.Identifier(login)
    cursor.execute(
        sql.SQL("create role {} login connection limit {} password {} in role {}").format(
            name, sql.Literal(CONNECTIONS), sql.Literal(verifier), sql.Identifier(UNITS_GROUP)
        )
    )
    for setting, value in SESSION.items():
        cursor.execute(
            sql.SQL("alter role {} set {} = {}").format(name, sql.Identifier(setting), sql.SQL(value))
        )


def _newest(cursor: Cursor) -> tuple[dt.date, str]:
    cursor.execute(_NEWEST)
    found: tuple[dt.date, str] | None = cursor.fetchone()
    if found is None:
        raise CommandError(
            "No night has been published yet, so there are no units whose rows could be shown, and no views to show "
            "them. Run ./o7 night first."
        )
    return found


def _is_ours(cursor: Cursor, login: str) -> bool:
    """Whether the login is there, made by this module; raises CommandError where it is somebody else's role."""
    cursor.execute(
        "select exists (select from pg_catalog.pg_roles where rolname = %(login)s),"
        " exists (select from access.user_scope where login = %(login)s)",
        {"login": login},
    )
    [(is_role, is_mapped)] = cursor.fetchall()
    if is_role and not is_mapped:
        raise CommandError(
            f"The database server has a role {login!r} that was not made by ./o7 access, so its rights are not ours to "
            "give. Choose another name."
        )
    return bool(is_role)


def _refuse_unknown(cursor: Cursor, scope: Scope, night: dt.date) -> None:
    if scope.level == "republic":
        return
    cursor.execute(_UNIT, {"night": night, "level": scope.level, "code": scope.code})
    if not cursor.fetchall():
        raise CommandError(
            f"The night {night} knows no {scope.level} {scope.code!r}, so a login would see nothing. Codes are listed "
            f"by: ./o7 indicators --level {scope.level} --format csv."
        )


def _refuse_name(login: str) -> None:
    if not NAME.fullmatch(login) or login.startswith(RESERVED):
        raise CommandError(
            f"{login!r} cannot be the name of a login: 3 to 41 Latin small letters, digits and underscores, the first "
            f"a letter, and none that begins with {' or '.join(RESERVED)}. Choose another one; no name of a person."
        )


def _refuse_nobody(by: str) -> None:
    if not by.strip(" .\t\n"):
        raise CommandError(
            "--by is empty, so the audit could not say at whose word access was changed. Name who asked for it."
        )
