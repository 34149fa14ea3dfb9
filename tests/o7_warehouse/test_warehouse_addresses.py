"""Addresses of the warehouse: ours, given ones, and a server elsewhere."""

from __future__ import annotations

import dataclasses
from contextlib import closing

import psycopg2
import pytest

from o7_warehouse import bootstrap
from o7_warehouse.databases import prepare
from o7_warehouse.errors import SettingsError
from o7_warehouse.server import ADMIN, running
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import (
    WAREHOUSE_ROLES,
    airflow_url,
    connect,
    libpq_params,
)
from tests.o7_warehouse.entering import ask

pytestmark = pytest.mark.usefixtures("server")


def test_no_address_is_printed_when_one_cannot_be_read(state):
    settings = dataclasses.replace(Settings.load(state), warehouse_dsn="postgresql://a:secret@[b/c")

    with pytest.raises(SettingsError, match="O7_WAREHOUSE_DSN is neither") as refused:
        connect(settings, ADMIN)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("dsn", "missing"),
    [
        pytest.param("dbname=a user=b", "host", id="no host"),
        pytest.param("postgresql://b@a", "dbname", id="no database"),
        pytest.param("host=a dbname=b", "user", id="no user"),
    ],
)
def test_an_address_leaves_nothing_to_chance(state, dsn, missing):
    with pytest.raises(SettingsError, match=f"does not say {missing};"):
        libpq_params(dataclasses.replace(Settings.load(state), warehouse_dsn=dsn), ADMIN)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("postgresql://a:p%40ss@b:6543/c", id="an address"),
        pytest.param("host=b port=6543 dbname=c user=a password=p@ss", id="keywords"),
        pytest.param("postgresql+psycopg2://a:p%40ss@b:6543/c", id="SQLAlchemy's own form"),
    ],
)
def test_airflows_address_may_be_given_in_any_form(state, given):
    settings = dataclasses.replace(Settings.load(state), airflow_dsn=given)

    assert airflow_url(settings) == "postgresql+psycopg2://a:p%40ss@b:6543/c"


@pytest.fixture
def elsewhere(state):
    """Settings whose warehouse is on somebody else's server; its administrator is no superuser."""
    theirs, ours = Settings.load(state / "theirs"), Settings.load(state / "ours")
    with running(theirs) as server:
        with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("create role keeper login createrole password 'k:@/ 1'")
                cursor.execute("create database elsewhere owner keeper")
        dsn = f"host=127.0.0.1 port={server.port} dbname=elsewhere user=keeper password='k:@/ 1'"
        yield dataclasses.replace(ours, warehouse_dsn=dsn)


def test_a_warehouse_elsewhere_is_entered_by_the_same_roles(elsewhere):
    prepare(elsewhere, None)
    prepare(elsewhere, None)

    for role in WAREHOUSE_ROLES:
        expected = "keeper" if role == ADMIN else role
        assert ask(elsewhere, role, "select current_user, current_database()") == (expected, "elsewhere")


def test_the_administrator_elsewhere_makes_the_whole_warehouse_and_closes_it(elsewhere):
    bootstrap.ensure(elsewhere, None)
    bootstrap.ensure(elsewhere, None)

    assert ask(
        elsewhere,
        ADMIN,
        "select has_database_privilege('public', current_database(), 'connect, temporary'),"
        " has_schema_privilege('public', 'public', 'usage, create'),"
        " has_function_privilege('public', 'audit.edition_transitions()', 'execute')",
    ) == (False, False, False)


def test_the_administrator_elsewhere_may_give_schemas_to_their_owners(elsewhere):
    prepare(elsewhere, None)

    ask(elsewhere, ADMIN, "create schema landing authorization o7_loader")
    ask(elsewhere, "o7_loader", "create table landing.student (source_id text)")
