"""Every role tries every thing on every object of the warehouse, and may do what o7_warehouse/ddl/access.yml says."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from o7_warehouse.logins import Scope
from o7_warehouse.warehouse import UNITS_GROUP, WAREHOUSE_ROLES
from tests.access.matrix import ADMIN, RIGHTS, Matrix, Object, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(900)
MATRIX = Matrix.read()
REFUSED = "42501"
# A view that cannot be written to is refused before anybody asks for the right.
NOT_WRITABLE = "55000"
WRITES = ("insert", "update", "delete")
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


@pytest.fixture(scope="module")
def admin(night: Night) -> Iterator[Cursor]:
    """The administrator's cursor."""
    with night.state.asking() as cursor:
        yield cursor


@contextmanager
def session(night: Night, role: str) -> Iterator[Cursor]:
    """A transaction of the role, which is taken back; the group of the units logs in as one of its members."""
    made = (
        night.login("school_of_matrix", Scope(level="school", code="1001"))
        if role == UNITS_GROUP
        else night.login(role)
    )
    with closing(made) as connection, connection.cursor() as cursor:
        # What a login may not do must be refused by its rights, not by a default of its sessions.
        cursor.execute("set transaction read write; set local lock_timeout = '10s'")
        yield cursor
        connection.rollback()


def tried(cursor: Cursor, statement: str) -> str:
    """The error a statement ends with, the empty text for none; nothing of it stays."""
    try:
        cursor.execute(f"savepoint tried; {statement}; rollback to savepoint tried")
    except psycopg2.Error as error:
        cursor.execute("rollback to savepoint tried")
        return str(error.pgcode)
    return ""


def attempts(one: Object, column: str) -> dict[str, str]:
    """What is tried on an object, by the right it takes; a read asks for no column, so that one would be enough."""
    if one.is_function:
        return {"execute": f"select {one}({one.call})"}
    kind = {"S": "sequence", "v": "view", "m": "materialized view"}.get(one.kind, "table")
    found = {"select": f"select from {one} limit 0", "alter": f"comment on {kind} {one} is 'o7 probe'"}
    if one.kind == "S":
        return found | {"usage": f"select nextval('{one}')"}
    found |= {
        "insert": f"insert into {one} default values",
        "update": f'update {one} set "{column}" = default where false',
        "delete": f"delete from {one} where false",
    }
    return found | ({"truncate": f"truncate {one}"} if kind == "table" else {})


def held(role: str, one: Object) -> tuple[str, ...]:
    """The rights of which PostgreSQL itself says that the role has them, on the whole object or a part of it."""
    name = str(one).replace("'", "''")
    if one.is_function:
        arguments = one.call.replace("null::", "")
        return (f"has_function_privilege('{role}', '{name}({arguments})', 'execute')",)
    if one.kind == "S":
        return tuple(
            f"has_sequence_privilege('{role}', '{name}', '{right}')" for right in ("usage", "select")
        )
    whole = (
        f"has_table_privilege('{role}', '{name}', '{right}')" for right in ("delete", "truncate", "trigger")
    )
    parts = (
        f"has_any_column_privilege('{role}', '{name}', '{right}')"
        for right in ("select", "insert", "update", "references")
    )
    return (*whole, *parts)


def test_every_object_is_in_the_matrix_and_every_name_of_it_in_the_database(admin: Cursor) -> None:
    there = {(one.schema, one.name, one.is_function) for one in objects(admin)}
    sure = {
        (schema, name, kind == "functions")
        for schema, body in MATRIX.content["schemas"].items()
        for kind in ("objects", "functions")
        for group in body.get(kind, ())
        for name in group.get("names", ())
    }

    assert there - set(MATRIX.named) == set(), (
        "name them in o7_warehouse/ddl/access.yml, with who needs them and why"
    )
    assert sure - there == set()
    assert MATRIX.doubled == []


def test_every_schema_and_role_is_in_the_matrix(admin: Cursor) -> None:
    admin.execute(
        "select nspname::text, pg_get_userbyid(nspowner)::text from pg_namespace"
        " where nspname !~ '^pg_|^information_schema$'"
    )
    owners = dict(admin.fetchall())
    # Logins of single units have names of their own choosing, and no right beside those of their group.
    admin.execute("select rolname::text from pg_roles where rolname ~ '^o7_'")
    roles = {role for (role,) in admin.fetchall()}

    assert {schema: MATRIX.owner(schema) for schema in MATRIX.schemas} == owners | {"public": ADMIN}
    assert {*MATRIX.roles, *MATRIX.content["strangers"], ADMIN} == roles
    assert {*MATRIX.roles} == {*WAREHOUSE_ROLES, UNITS_GROUP} - {ADMIN}


def test_every_object_belongs_to_the_owner_of_its_schema(admin: Cursor) -> None:
    assert [str(one) for one in objects(admin) if one.owner != MATRIX.owner(one.schema)] == []


def test_every_right_has_its_reason() -> None:
    assert [right for right, why in MATRIX.reasons() if len(str(why)) < 5] == []


@pytest.mark.parametrize("role", MATRIX.roles)
def test_a_role_may_do_what_the_matrix_names_and_nothing_else(night: Night, admin: Cursor, role: str) -> None:
    found, columns, cells = objects(admin), first_columns(admin), 0
    wrong = []
    with session(night, role) as cursor:
        for one in found:
            for right, statement in attempts(one, columns.get(str(one), "")).items():
                if one.kind == "v" and role == one.owner and right in WRITES:
                    # Whether its owner may write through a view hangs on the tables behind it, and is told there.
                    continue
                code, may = tried(cursor, statement), MATRIX.may(role, right, one)
                cells += 1
                if code == REFUSED if may else code not in {REFUSED, NOT_WRITABLE}:
                    wrong.append(
                        f"{role} {right} {one}: {'refused' if may else 'possible'} ({code or 'done'})"
                    )
                # Who takes rows away reads tables; the default rights that name him do not tell views from them.
                is_unread = one.kind == "v" and MATRIX.may(role, "delete", one) and role != one.owner
                if right != "select" or not may or is_unread:
                    continue
                if code := tried(cursor, f"select * from {one} limit 0"):
                    wrong.append(f"{role} {right} {one}: not of every column ({code})")

    assert cells > 1500, "hardly anything was tried"
    assert wrong == []


def first_columns(cursor: Cursor) -> dict[str, str]:
    """A column of each relation that an update may name."""
    cursor.execute(
        """
        select format('"%s"."%s"', namespace.nspname, relation.relname), min(attribute.attname::text)
        from pg_catalog.pg_attribute as attribute
        inner join pg_catalog.pg_class as relation on relation.oid = attribute.attrelid
        inner join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
        where attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
        group by 1
        """
    )
    return dict(cursor.fetchall())


@pytest.mark.parametrize("role", MATRIX.roles)
def test_postgresql_knows_of_no_other_right(admin: Cursor, role: str) -> None:
    """Also of those that a schema without usage makes worthless, and of those on single columns."""
    wrong = []
    for one in objects(admin):
        if role == one.owner:
            continue
        admin.execute(f"select {', '.join(held(role, one))}")
        [answers] = admin.fetchall()
        named = [MATRIX.may(role, right, one) for right in RIGHTS]
        if sum(answers) != sum(named):
            wrong.append(f"{role} {one}: {sum(answers)} rights for {sum(named)} named")

    assert wrong == []


@pytest.mark.parametrize("role", MATRIX.roles)
def test_schemas_and_temporary_tables_are_open_to_whom_the_matrix_names(night: Night, role: str) -> None:
    with session(night, role) as cursor:
        usage = {
            one: tried(cursor, f'select 1 from "{one}".o7_no_such_table') != REFUSED for one in MATRIX.schemas
        }
        create = {
            one: tried(cursor, f'create view "{one}".o7_probe as select 1 as one') != REFUSED
            for one in MATRIX.schemas
        }
        temp = tried(cursor, "create temporary table o7_probe (id integer)") != REFUSED

    assert usage == {one: MATRIX.may_use(role, one) for one in MATRIX.schemas}
    assert create == {one: MATRIX.owner(one) == role for one in MATRIX.schemas}
    assert temp is MATRIX.has_temp(role)


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
