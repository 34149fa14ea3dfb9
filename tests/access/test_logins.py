"""`./o7 access`: a login is made with a password told once, listed, taken away, and each of it is in the audit."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from o7_warehouse import logins
from o7_warehouse.errors import CommandError
from o7_warehouse.logins import Scope, grant, granted, revoke
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(900)
SCHOOL = Scope(level="school", code="1001")


@pytest.fixture
def login(night: Night) -> Iterator[str]:
    """The name of a login that is gone after the test."""
    name = "login_for_a_test"
    yield name
    if any(one.login == name for one in granted(night.settings)):
        revoke(night.settings, name, by="Проверка")


def command(night: Night, *words: str) -> subprocess.CompletedProcess[str]:
    """``./o7 access`` as the program it is."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse", "access", *words, "--state", str(night.state.folder)],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def events(night: Night, login: str) -> list[tuple[Any, ...]]:
    """What the audit says of a login."""
    return night.state.execute(
        "select event, level, unit_code, by_whom from audit.access_event where login = %s order by recorded_at",
        login,
    )


def entered(night: Night, login: str, password: str) -> int:
    """How many schools a login sees."""
    place = {"host": night.server.host, "port": night.server.port, "dbname": "warehouse"}
    with (
        closing(psycopg2.connect(**place, user=login, password=password)) as session,
        session.cursor() as cursor,
    ):
        cursor.execute("select count(distinct org_unit_code) from visible.org_units where level = 'school'")
        return int(cursor.fetchall()[0][0])


def test_a_login_is_made_told_once_widened_listed_and_taken_away(night: Night, login: str) -> None:
    made = command(night, "grant", "--login", login, "--school", "1001", "--by", "Министр")
    password = made.stdout.strip().rsplit(" ", 1)[-1]
    assert made.returncode == 0, made.stderr
    assert entered(night, login, password) == 1

    widened = command(night, "grant", "--login", login, "--school", "1002", "--by", "Министр")
    listed = json.loads(command(night, "list", "--format", "json").stdout)

    assert "Пароль" not in widened.stdout
    assert entered(night, login, password) == 2
    assert [
        (one["level"], one["unit_code"], one["tells_cards"]) for one in listed if one["login"] == login
    ] == [
        ("school", "1001", True),
        ("school", "1002", True),
    ]
    assert all(one["unit_name"] for one in listed if one["login"] == login)
    assert login in command(night, "list").stdout

    gone = command(night, "revoke", "--login", login, "--by", "Министр")

    assert gone.returncode == 0, gone.stderr
    with pytest.raises(psycopg2.OperationalError):
        entered(night, login, password)
    assert events(night, login)[-4:] == [
        ("granted", "school", "1001", "Министр"),
        ("granted", "school", "1002", "Министр"),
        ("revoked", "school", "1001", "Министр"),
        ("revoked", "school", "1002", "Министр"),
    ]


def test_a_password_goes_to_a_file_that_nobody_else_may_read(
    night: Night, login: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"

    made = command(
        night,
        "grant",
        "--login",
        login,
        "--municipality",
        "83610000",
        "--by",
        "М",
        "--password-file",
        str(file),
    )

    password = file.read_text(encoding="ascii").strip()
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert password not in made.stdout + made.stderr
    own = "level = 'school' and parent_code = '83610000'"
    [(schools,)] = night.state.execute(f"select count(*) from published.org_units where {own}")
    assert entered(night, login, password) == schools > 0


def test_where_the_password_cannot_be_handed_over_no_login_is_made(
    night: Night, login: str, tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()

    made = command(
        night,
        "grant",
        "--login",
        login,
        "--republic",
        "--by",
        "М",
        "--password-file",
        str(tmp_path / "taken"),
    )

    assert made.returncode == 2
    assert "cannot be made (FileExistsError)" in made.stderr
    assert night.state.execute("select 1 from pg_roles where rolname = %s", login) == []
    assert not any(one.login == login for one in granted(night.settings))


def test_a_session_that_is_still_open_sees_nothing_once_its_login_is_gone(night: Night, login: str) -> None:
    with closing(night.login(login, SCHOOL)) as session, session.cursor() as cursor:
        cursor.execute("select count(*) from visible.profiles")
        assert cursor.fetchall() > [(0,)]
        session.rollback()
        revoke(night.settings, login, by="Проверка")
        night.passwords.pop(login)

        with pytest.raises(
            psycopg2.errors.InsufficientPrivilege, match="permission denied for schema visible"
        ):
            cursor.execute("select count(*) from visible.profiles")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"login": "o7_gate"}, "cannot be the name of a login", id="a role of the house"),
        pytest.param({"login": "pg_monitor"}, "cannot be the name of a login", id="a role of PostgreSQL"),
        pytest.param({"login": 'x" superuser --'}, "cannot be the name of a login", id="a statement"),
        pytest.param({"login": "foreign_role"}, "was not made by ./o7 access", id="somebody else's role"),
        pytest.param(
            {"scope": Scope(level="school", code="9999")}, "knows no school '9999'", id="an unknown school"
        ),
        pytest.param(
            {"scope": Scope(level="municipality", code="1001")}, "knows no municipality", id="a school as one"
        ),
        pytest.param({"by": " . "}, "--by is empty", id="nobody's word"),
    ],
)
def test_a_login_is_refused(night: Night, login: str, changed: dict[str, Any], says: str) -> None:
    night.state.execute("create role foreign_role")
    given = {"login": login, "scope": SCHOOL, "by": "Проверка"} | changed
    try:
        with pytest.raises(CommandError, match=says):
            grant(night.settings, given["login"], given["scope"], by=given["by"], hand_over=lambda _: None)
    finally:
        night.state.execute("drop role foreign_role")
    assert {one.login for one in granted(night.settings)} & {login, "foreign_role"} == set()


@pytest.mark.parametrize("words", [(), ("--school", "1001", "--republic")], ids=["no scope", "two scopes"])
def test_one_scope_is_granted_at_a_time(night: Night, login: str, words: tuple[str, ...]) -> None:
    refused = command(night, "grant", "--login", login, "--by", "М", *words)

    assert refused.returncode == 2
    assert f"{len([word for word in words if word.startswith('--')])} scopes are named" in refused.stderr


def test_a_login_that_is_not_there_cannot_be_taken_away(night: Night) -> None:
    with pytest.raises(CommandError, match="no login 'nobody_at_all'"):
        revoke(night.settings, "nobody_at_all", by="Проверка")


def test_the_role_of_the_service_stays_in_the_map(night: Night) -> None:
    with pytest.raises(CommandError, match="cannot be the name"):
        revoke(night.settings, "o7_school", by="Проверка")
    assert [one.level for one in granted(night.settings) if one.login == "o7_school"] == ["republic"]


def test_no_password_is_in_a_statement_or_log(night: Night, login: str) -> None:
    told: list[str] = []
    night.state.execute("alter role o7_admin set log_statement = 'all'")

    grant(night.settings, login, SCHOOL, by="Проверка", hand_over=told.append)

    night.state.execute("alter role o7_admin reset log_statement")
    log = (night.state.folder / "postgres" / "log" / "server").read_text(encoding="utf-8")
    assert f'create role "{login}" login' in log
    assert told[0] not in log
    assert logins.CONNECTIONS > 0
