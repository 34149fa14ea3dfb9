"""An administrator at work on the audit of four runs, and what a check must call what he did."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg2

from o7_warehouse import schema_version, warehouse
from o7_warehouse.audit.tables import ERASABLE, covered
from o7_warehouse.audit.verify import examine
from o7_warehouse.settings import ROOT
from tests.o7_warehouse.sealed_audit import AFTERWARDS, Audit, lift

if TYPE_CHECKING:
    from o7_warehouse.audit.findings import Kind

ADMIN = "o7_admin"
TABLES = sorted(
    set(
        re.findall(
            r"create table if not exists audit\.(\w+)",
            "".join(path.read_text(encoding="utf-8") for path in schema_version.ddl_files(ROOT)),
        )
    )
)
COVERED = [table for table in TABLES if table != "seal"]
ONE_BY_ONE = [table for table in COVERED if table not in ERASABLE]


@contextmanager
def tampering(audit: Audit):
    """An administrator's cursor with every fence lifted; what was done to the audit is undone at the end."""
    with closing(warehouse.connect(audit.settings, ADMIN)) as connection, connection.cursor() as cursor:
        lift(cursor)
        yield cursor
        connection.rollback()


def damages(cursor: Any, kept: str | None = None) -> list[tuple[Kind, str, str, str]]:
    """What a check finds: kind, table, run and place."""
    return [(one.kind, one.table, one.run_id, one.place) for one in examine(cursor, kept=kept).damages]


def owner_of(audit: Audit, table: str) -> str:
    """A run that has rows in the table."""
    return audit.done if table in AFTERWARDS else audit.failed


def place_of(cursor: Any, table: str, at: str) -> str:
    """What the check must call the row."""
    [shape] = [one for one in covered(cursor) if one.table == table]
    cursor.execute(
        psycopg2.sql.SQL("select {} from {} where ctid = %s").format(shape.place, shape.name), (at,)
    )
    return str(cursor.fetchone()[0])


def run_as_admin(audit: Audit, statement: str) -> None:
    """One statement of somebody with all rights, committed."""
    with warehouse.transaction(audit.settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
