"""Earlier houses: a warehouse as an earlier version has left it, restored from its dump, and everything it holds."""

from __future__ import annotations

import io
import lzma
import subprocess
import tarfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg2

from o7_warehouse.databases import ensure_databases
from o7_warehouse.postgres import find_programs
from o7_warehouse.server import ADMIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from o7_warehouse.server import Server

DUMPS: Final = Path(__file__).parent / "dumps"
VERSIONS: Final = sorted(path.name for path in DUMPS.iterdir() if path.is_dir())
# What an upgrade must not touch. The other schemas hold one night, which the next one replaces.
KEPT: Final = ("audit", "published", "raw_o7", "indicators", "access")
_TABLES: Final = """
    select relation.oid::regclass::text, array_agg(attribute.attname::text order by attribute.attnum)
    from pg_class as relation
    inner join pg_attribute as attribute on attribute.attrelid = relation.oid
    where
        relation.relnamespace::regnamespace::text = any(%s) and relation.relkind = 'r' and relation.relpersistence = 'p'
        and attribute.attnum > 0 and not attribute.attisdropped
    group by relation.oid
"""
# What a table promises, in words that depend neither on the order in which it was made nor on brackets of a dump.
_FORM: Final = """
    select relation.oid::regclass::text, 'column ' || attribute.attname || concat_ws(
        ' ', ' ' || format_type(attribute.atttypid, attribute.atttypmod),
        case when attribute.attnotnull then 'not null' end,
        'identity ' || nullif(attribute.attidentity::text, ''), pg_get_expr(preset.adbin, preset.adrelid)
    )
    from pg_class as relation
    inner join pg_attribute as attribute on attribute.attrelid = relation.oid
    left join pg_attrdef as preset on preset.adrelid = attribute.attrelid and preset.adnum = attribute.attnum
    where {those} and relation.relkind = 'r' and attribute.attnum > 0 and not attribute.attisdropped
    union all
    select relation.oid::regclass::text, 'constraint ' || pg_get_constraintdef(pg_constraint.oid, true)
    from pg_class as relation inner join pg_constraint on pg_constraint.conrelid = relation.oid
    where {those} and pg_constraint.contype <> 'n'
    union all
    select relation.oid::regclass::text, 'trigger ' || pg_get_triggerdef(pg_trigger.oid)
    from pg_class as relation inner join pg_trigger on pg_trigger.tgrelid = relation.oid
    where {those} and not pg_trigger.tgisinternal
    union all
    select relation.oid::regclass::text, 'index ' || pg_get_indexdef(pg_index.indexrelid)
    from pg_class as relation inner join pg_index on pg_index.indrelid = relation.oid
    where {those} and not exists (select from pg_constraint where conindid = pg_index.indexrelid)
    union all
    select
        relation.oid::regclass::text,
        'right ' || concat_ws(' ', held.grantee::regrole, held.privilege_type, 'by ' || held.grantor::regrole)
    from pg_class as relation
    cross join aclexplode(coalesce(relation.relacl, acldefault('r', relation.relowner))) as held
    where {those} and relation.relkind = 'r'
""".format(those="relation.relnamespace::regnamespace::text = any(%(schemas)s)")


@dataclass(frozen=True)
class Held:
    """The rows of a table as texts, by the columns it had."""

    columns: tuple[str, ...]
    rows: Counter[str]


def unpack(version: str, name: str, folder: Path) -> Path:
    """Unpack what lies beside a dump; returns the folder it was packed from."""
    packed = lzma.decompress((DUMPS / version / f"{name}.tar.xz").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
        return folder / archive.getnames()[0]


def restore(server: Server, version: str) -> None:
    """Put an earlier warehouse in the place of whatever the server has, as an operator restores a copy."""
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("drop database if exists warehouse with (force)")
    ensure_databases(server)
    psql = str(find_programs(None).folder / "psql")
    done = subprocess.run(
        [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=warehouse"],
        input=lzma.decompress((DUMPS / version / "warehouse.sql.xz").read_bytes()),
        env=reached(server), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()


def schema_of(server: Server) -> str:
    """Every definition of the warehouse, in the words of pg_dump."""
    words = [
        str(find_programs(None).folder / "pg_dump"),
        "--schema-only",
        "--restrict-key=o7",
        "--dbname=warehouse",
    ]
    return subprocess.run(words, env=reached(server), capture_output=True, text=True, check=True).stdout


def reached(server: Server) -> dict[str, str]:
    """How PostgreSQL's own programs reach a server as its administrator."""
    return {
        "PGHOST": server.host, "PGPORT": str(server.port), "PGUSER": ADMIN, "LC_ALL": "C",
        "PGPASSWORD": server.secrets.role_password(ADMIN),
    }  # fmt: skip


def ask(server: Server, statement: str, values: object = None) -> list[tuple[Any, ...]]:
    """What the administrator is answered."""
    with (
        closing(psycopg2.connect(server.dsn("warehouse", ADMIN))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
        return cursor.fetchall()


def held(server: Server, *, but: Sequence[str] = ()) -> dict[str, Held]:
    """Every row of what is kept, table by table, by all columns but those of ``but``."""
    tables = ask(server, _TABLES, (list(KEPT),))
    return read(server, {table: [one for one in columns if one not in but] for table, columns in tables})


def read(server: Server, tables: Mapping[str, Sequence[str]]) -> dict[str, Held]:
    """The rows of tables by the columns that are named, whatever columns they have now."""
    found = {}
    for table, columns in tables.items():
        listed = ", ".join(f'"{name}"' for name in columns)
        rows = ask(server, f"select row({listed})::text from {table}")
        found[table] = Held(tuple(columns), Counter(row for (row,) in rows))
    return found


def lost(before: Mapping[str, Held], server: Server) -> dict[str, int]:
    """Tables of which rows are gone or say something else, by the columns that were read then; and how many."""
    now = read(server, {table: one.columns for table, one in before.items()})
    gone = {table: (one.rows - now[table].rows).total() for table, one in before.items()}
    return {table: rows for table, rows in gone.items() if rows}


def form(server: Server, schemas: Sequence[str]) -> dict[str, set[str]]:
    """What each table of some schemas promises: columns, constraints, triggers, indexes and rights."""
    found: dict[str, set[str]] = {}
    for table, promise in ask(server, _FORM, {"schemas": list(schemas)}):
        found.setdefault(table, set()).add(promise)
    return found
