"""Makes what the warehouse must have before a night: roles, schemas, the tables of landing, raw and audit.

Landing and raw follow the contract: a column added there is added here. Nothing is ever dropped, and no older code
works on what a newer one has made (schema_version.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.contract import read_contract
from o7_warehouse.databases import prepare
from o7_warehouse.distributed import refuse_another_kind
from o7_warehouse.schema_version import ddl_files, go_forward, refuse_newer
from o7_warehouse.server import ADMIN, Server
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.settings import Settings

# Any number; it keeps two processes from making the same table at once.
TABLES_LOCK = 7_022_002
SCHEMAS_FILE = "10_schemas.sql"

# Landing is emptied every night and read once: cleaning up behind it would be work for nothing. Its lineage
# comes by defaults, which a COPY pays less for than for constants in the stream (performance §2.2); that of
# the batch is set with each delivery.
LANDING = """
create unlogged table {table} (
    {columns},
    _batch_id uuid not null,
    _extracted_at timestamptz not null default transaction_timestamp()
) with (autovacuum_enabled = false)
"""
# Raw's own columns stand first: of fixed width and never null, they are read without unpacking the delivered
# ones. No index: a first night reads all of it. Ordinary nights bring their own (raw_indexes.py).
RAW = """
create table {table} (
    _night_from date not null,
    _night_to date not null default 'infinity',
    _row_hash bigint not null,
    _batch_id uuid not null,
    {columns},
    check (_night_from < _night_to)
)
"""


def ensure(settings: Settings, server: Server | str | None) -> None:
    """Make every role, schema and table that is missing.

    ``server`` is the embedded one, or the address of the warehouse where none runs (O7_WAREHOUSE_DSN). Safe
    to repeat, also by two processes at once, and all of the tables or none. Raises SchemaVersionError where newer code
    has made the tables, SettingsError, WarehouseUnavailableError, StatementError.
    """
    prepare(settings, server if isinstance(server, Server) else None)
    contract = read_contract(settings.root)
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        refuse_another_kind(settings, cursor)
        cursor.execute("set local client_min_messages = warning")
        cursor.execute("select pg_advisory_xact_lock(%s)", (TABLES_LOCK,))
        version = refuse_newer(cursor, settings.root)
        for path in ddl_files(settings.root):
            cursor.execute(path.read_text(encoding="utf-8"))
            cursor.execute("reset role")
            if path.name == SCHEMAS_FILE:
                _ensure_contract_tables(cursor, contract)
        go_forward(cursor, settings.root, since=version)


def _ensure_contract_tables(cursor: Cursor, contract: Contract) -> None:
    cursor.execute("set local role o7_loader")
    known = _known_columns(cursor)
    for entity in contract.entities:
        _ensure_table(cursor, "landing", entity, known.get(("landing", entity.name)))
        _ensure_table(cursor, "raw_o7", entity, known.get(("raw_o7", entity.name)))
    cursor.execute("reset role")


def _known_columns(cursor: Cursor) -> dict[tuple[str, str], set[str]]:
    cursor.execute(
        """
        select namespace.nspname, relation.relname, array_agg(attribute.attname::text)
        from pg_catalog.pg_attribute as attribute
        join pg_catalog.pg_class as relation on relation.oid = attribute.attrelid
        join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
        where namespace.nspname in ('landing', 'raw_o7')
            and relation.relkind = 'r' and attribute.attnum > 0 and not attribute.attisdropped
        group by 1, 2
        """
    )
    return {(schema, table): set(columns) for schema, table, columns in cursor.fetchall()}


def _ensure_table(cursor: Cursor, schema: str, entity: Entity, known: set[str] | None) -> None:
    table = sql.Identifier(schema, entity.name)
    texts = [sql.SQL("{} text").format(sql.Identifier(name)) for name in entity.column_names]
    if known is None:
        template = sql.SQL(LANDING if schema == "landing" else RAW)
        cursor.execute(template.format(table=table, columns=sql.SQL(", ").join(texts)))
        cursor.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(entity.says)))
        return
    added = [text for name, text in zip(entity.column_names, texts, strict=True) if name not in known]
    for text in added:
        cursor.execute(sql.SQL("alter table {} add column {}").format(table, text))
