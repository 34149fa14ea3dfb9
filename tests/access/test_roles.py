"""What no role of the warehouse can do anywhere: enter elsewhere, make things, become another, be more than a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from o7_warehouse.logins import Scope
from o7_warehouse.warehouse import UNITS_GROUP
from tests.access.conftest import session
from tests.access.matrix import ADMIN, Matrix

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(900)
MATRIX = Matrix.read()
NOBODY_MAY = {
    "make a role": "create role o7_probe",
    "make a database": "create database o7_probe",
    "make a schema": "create schema o7_probe",
    "make a table in public": "create table public.o7_probe (id integer)",
    "look into public": "select 1 from public.o7_probe",
    "make a large object": "select lo_create(0)",
    "run a program": "copy (select 1) to program 'true'",
    "write a file": "copy (select 1) to '/dev/null'",
    "read a file": "select pg_read_file('PG_VERSION')",
    "change a setting of the server": "alter system set work_mem = '1MB'",
    "end the server's sessions": "select pg_reload_conf()",
    "become the administrator": "set session authorization o7_admin",
    "take another role": "set role o7_gate",
    "read the verifiers of passwords": "select 1 from pg_catalog.pg_authid",
}


@pytest.mark.parametrize("role", MATRIX.roles)
@pytest.mark.parametrize("statement", NOBODY_MAY.values(), ids=NOBODY_MAY)
def test_nobody_but_the_administrator_may(night: Night, role: str, statement: str) -> None:
    if statement == f"set role {role}":
        statement = "set role o7_loader"
    with session(night, role) as cursor:
        if statement.startswith(("create database", "alter system")):
            # Outside a transaction, where alone it could be done.
            cursor.connection.rollback()
            cursor.connection.set_session(readonly=False, autocommit=True)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


@pytest.mark.parametrize("role", MATRIX.content["strangers"])
def test_roles_of_other_databases_cannot_enter(night: Night, role: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match=r"permission denied for database|CONNECT privilege"):
        night.login(role)


@pytest.mark.parametrize("database", ["postgres", "template1", "airflow", "o7"])
@pytest.mark.parametrize("role", [role for role in MATRIX.roles if role != UNITS_GROUP])
def test_a_role_enters_no_other_database(night: Night, role: str, database: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match=r"permission denied for database|CONNECT privilege"):
        psycopg2.connect(night.server.dsn(database, role))


def test_search_paths_are_fixed_passwords_are_scram_and_no_role_is_more_than_a_role(
    night: Night, admin: Cursor
) -> None:
    night.login("school_of_matrix", Scope(level="school", code="1001")).close()
    admin.execute(
        """
        select rolname::text, rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls,
            starts_with(coalesce(rolpassword, ''), 'SCRAM-SHA-256$'),
            exists (
                select from pg_catalog.pg_db_role_setting as kept
                where kept.setrole = role.oid and kept.setdatabase = 0 and 'search_path=""' = any(kept.setconfig)
            )
        from pg_catalog.pg_authid as role
        where rolname !~ '^pg_'
        """
    )
    found: dict[str, tuple[Any, ...]] = {name: rest for name, *rest in admin.fetchall()}
    ours = {*MATRIX.roles, "school_of_matrix"} - {UNITS_GROUP}

    assert {role for role, (can_login, *_) in found.items() if not can_login} == {UNITS_GROUP}
    assert {role for role, (_, is_more, *_) in found.items() if is_more} == {ADMIN}
    assert {role for role, (*_, is_scram, _) in found.items() if not is_scram} == {UNITS_GROUP}
    assert ours <= {role for role, (*_, is_fixed) in found.items() if is_fixed}


def test_no_grant_is_given_to_everybody(admin: Cursor) -> None:
    admin.execute(
        """
        select 'database ' || datname from pg_database
        where
            datallowconn
            and exists (select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0)
        union all
        select 'schema ' || nspname from pg_namespace
        where nspname !~ '^pg_|^information_schema$' and exists (select from aclexplode(nspacl) where grantee = 0)
        union all
        select 'relation ' || oid::regclass::text from pg_class
        where relnamespace::regnamespace::text !~ '^pg_|^information_schema$'
            and exists (select from aclexplode(relacl) where grantee = 0)
        union all
        select 'function ' || oid::regprocedure::text from pg_proc
        where pronamespace::regnamespace::text !~ '^pg_|^information_schema$'
            and exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)
        """
    )

    assert [name for (name,) in admin.fetchall()] == []
