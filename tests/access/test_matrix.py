"""Every role tries every thing on every object of the warehouse, and may do what o7_warehouse/ddl/access.yml says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse.warehouse import UNITS_GROUP, WAREHOUSE_ROLES
from tests.access.conftest import session
from tests.access.matrix import ADMIN, RIGHTS, Matrix, Object, objects

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(900)
MATRIX = Matrix.read()
REFUSED = "42501"
# A view that cannot be written to is refused before anybody asks for the right.
NOT_WRITABLE = "55000"
WRITES = ("insert", "update", "delete")


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
