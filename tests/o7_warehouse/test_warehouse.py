"""The one door to the warehouse: who may enter, in what session, and what is told of a failure."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest
import sqlalchemy

from o7_warehouse.databases import ensure_databases
from o7_warehouse.errors import SettingsError, StatementError, WarehouseUnavailableError
from o7_warehouse.server import ADMIN, running
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import (
    EMBEDDED_DATABASES,
    UNITS_GROUP,
    WAREHOUSE_ROLES,
    WRITERS,
    airflow_url,
    connect,
    dbt_environment,
    sqlalchemy_url,
    translated,
)
from tests.o7_warehouse.entering import ask

CANARY = "Кани-Прохладненский"
pytestmark = pytest.mark.usefixtures("server")
EVERYBODY = {ADMIN} | {role for owner, guests in EMBEDDED_DATABASES.values() for role in (owner, *guests)}


@pytest.mark.parametrize("role", WAREHOUSE_ROLES)
def test_every_role_enters_with_an_empty_search_path_and_limits(settings, role):
    answers = ask(
        settings,
        role,
        """
        select current_user, current_setting('search_path'), current_setting('TimeZone'),
            current_setting('client_encoding'), current_setting('lock_timeout'),
            current_setting('statement_timeout'), current_setting('application_name')
        """,
    )

    assert answers == (role, "", "UTC", "UTF8", "2min", "1h", f"o7:{role}")


@pytest.mark.parametrize("database", EMBEDDED_DATABASES)
# The group of single units' logins cannot log in itself; its members are tried in tests/access.
@pytest.mark.parametrize("role", sorted(EVERYBODY - {ADMIN, UNITS_GROUP}))
def test_a_role_enters_its_own_databases_and_no_other(server, database, role):
    owner, guests = EMBEDDED_DATABASES[database]

    def enter():
        psycopg2.connect(server.dsn(database, role)).close()

    if role in (owner, *guests):
        enter()
    else:
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            enter()


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {ADMIN}))
def test_nobody_but_the_administrator_makes_schemas_roles_or_server_files(settings, role):
    for statement in (
        "create schema mine",
        "create table public.mine (n int)",
        "create role mine",
        "copy (select 1) to '/tmp/mine'",
        "copy (select 1) to program 'true'",
        "select pg_read_file('/etc/passwd')",
    ):
        with pytest.raises(StatementError, match="insufficient privilege"):
            ask(settings, role, statement)


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {ADMIN}))
def test_only_writers_have_temporary_tables(settings, role):
    if role in WRITERS:
        ask(settings, role, "create temporary table mine (n int)")
    else:
        with pytest.raises(StatementError, match="insufficient privilege"):
            ask(settings, role, "create temporary table mine (n int)")


def test_a_role_that_is_not_known_is_answered_with_those_that_are(settings):
    with pytest.raises(SettingsError, match="o7_loader"):
        connect(settings, "o7_laoder")


def test_a_transaction_is_kept_whole_or_not_at_all(settings):
    ask(settings, ADMIN, "create table if not exists public.kept (n int)")
    ask(settings, ADMIN, "insert into public.kept values (1)")

    with pytest.raises(StatementError):
        ask(settings, ADMIN, "insert into public.kept values (2); select 1 / 0")

    assert ask(settings, ADMIN, "select array_agg(n) from public.kept") == ([1],)
    ask(settings, ADMIN, "drop table public.kept")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param(f"select '{CANARY}'::date", "22007", id="a value that cannot be cast"),
        pytest.param(f"select '{CANARY}'::int", "22P02", id="a value that is no number"),
        pytest.param(f"select {CANARY!r} {CANARY!r} x", "42601", id="a literal where none may stand"),
        pytest.param(f"do $$ begin raise exception '{CANARY}'; end $$", "P0001", id="words of a function"),
        pytest.param(
            f"create temp table t (n text unique); insert into t values ('{CANARY}'), ('{CANARY}')",
            "23505, pg_temp_.*, t, t_n_key",
            id="a key twice",
        ),
    ],
)
def test_a_refused_statement_names_its_kind_and_never_a_value(settings, statement, told):
    with pytest.raises(StatementError, match=told) as refused:
        ask(settings, "o7_loader", statement)

    shown = refused.value
    while shown is not None:
        assert CANARY not in str(shown)
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)


def test_what_is_missing_is_named_and_comes_with_a_night(settings):
    with pytest.raises(
        StatementError, match=r'42P01, relation "marts\.nothing" does not exist\).*Run a night'
    ):
        ask(settings, ADMIN, "select * from marts.nothing")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("40P01", id="deadlock"),
        pytest.param("40001", id="two at once"),
        pytest.param("55P03", id="a lock held too long"),
        pytest.param("57014", id="time-out"),
        pytest.param("53100", id="full disk"),
        pytest.param("57P01", id="shutdown"),
    ],
)
def test_what_may_pass_by_itself_is_transient(settings, code):
    with pytest.raises(WarehouseUnavailableError, match=code):
        ask(settings, ADMIN, f"do $$ begin raise exception using errcode = '{code}'; end $$")


def test_a_connection_that_breaks_is_transient(settings):
    with pytest.raises(WarehouseUnavailableError):
        ask(settings, "o7_loader", "select pg_terminate_backend(pg_backend_pid())")


def test_a_server_that_is_down_is_transient_and_a_wrong_password_is_not(state, server):
    with running(Settings.load(state)):
        pass
    with pytest.raises(WarehouseUnavailableError, match="Connection refused"):
        connect(Settings.load(state), ADMIN)

    (state / "postgres" / "port").write_text(f"{server.port}\n", encoding="ascii")
    with pytest.raises(SettingsError, match=r"refused the password of o7_loader.*secrets\.json"):
        connect(Settings.load(state), "o7_loader")


def test_sqlalchemy_comes_with_the_same_session(settings):
    engine = sqlalchemy.create_engine(sqlalchemy_url(settings, "o7_gate"), poolclass=sqlalchemy.NullPool)

    with engine.connect() as connection:
        row = connection.exec_driver_sql("select current_user, current_setting('search_path')").one()
    assert tuple(row) == ("o7_gate", "")
    assert engine.driver == "psycopg2"


def test_airflow_has_a_database_and_a_role_of_its_own(settings):
    url = airflow_url(settings)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)

    with engine.begin() as connection:
        connection.exec_driver_sql("create table public.airflows_own (n int)")
        connection.exec_driver_sql("drop table public.airflows_own")
    assert urlsplit(url).username == "o7_airflow"
    assert parse_qs(urlsplit(url).query) == {}


def test_dbt_comes_as_the_transformer(settings):
    environment = dbt_environment(settings)

    with closing(
        psycopg2.connect(
            host=environment["O7_DBT_HOST"],
            port=environment["O7_DBT_PORT"],
            user=environment["O7_DBT_USER"],
            password=environment["O7_DBT_PASSWORD"],
            dbname=environment["O7_DBT_DBNAME"],
        )
    ) as connection:
        assert connection.info.user == "o7_transformer"


def test_a_warehouse_on_citus_is_another_target(settings):
    distributed = dataclasses.replace(settings, warehouse_target="citus")

    environments = [dbt_environment(one)["O7_DBT_TARGET"] for one in (settings, distributed)]

    assert environments == ["warehouse", "citus"]


def test_databases_and_roles_may_be_ensured_again_and_at_once(settings, server):
    script = (
        "import sys, pathlib; from o7_warehouse import databases, server, settings;"
        "databases.ensure_databases(server.address(settings.Settings.load(pathlib.Path(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", script, str(settings.state)]

    processes = [subprocess.Popen(command) for _ in range(3)]
    ensure_databases(server)

    assert [process.wait() for process in processes] == [0, 0, 0]


def test_translation_leaves_other_errors_alone():
    with pytest.raises(ZeroDivisionError), translated("dividing"):
        _ = 1 / 0
