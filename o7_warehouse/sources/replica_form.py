"""The form of a replica's views: their columns, their types, and how each becomes canonical text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.errors import ContractError, SettingsError

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract

# Type of the contract -> PostgreSQL's types that carry it without loss or guess. A timestamp without zone is
# none of an instant: nobody knows which clock it was read from.
NATIVE_TYPES = {
    "text": frozenset({"text", "varchar", "bpchar", "uuid"}),
    "boolean": frozenset({"bool"}),
    "integer": frozenset({"int2", "int4", "int8"}),
    "decimal": frozenset({"numeric", "int2", "int4", "int8"}),
    "date": frozenset({"date"}),
    "instant": frozenset({"timestamptz"}),
}
# One text per value, whatever the session's settings: the offset of Moscow today, also for years when it was
# another.
INSTANT = "to_char({} at time zone interval '03:00', 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+03:00'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewForm:
    """The columns of a view in their order, each with the name of its type."""

    types: dict[str, str]


def is_of_type(contract_type: str, native_type: str) -> bool:
    """Whether a view's column of ``native_type`` carries values of the contract's type."""
    return native_type in NATIVE_TYPES[contract_type]


def canonical(column: str, contract_type: str, native_type: str) -> sql.Composable:
    """The expression that makes the contract's canonical text; a column of a wrong type comes as it is."""
    name = sql.Identifier(column)
    if native_type == "timestamptz" and contract_type == "instant":
        return sql.SQL(INSTANT).format(name)
    if native_type == "numeric" and contract_type == "decimal":
        # Without trailing zeros, which a view's declared scale would add.
        return sql.SQL("trim_scale({})::text").format(name)
    return sql.SQL("{}::text").format(name)


def read_forms(connection: Connection, contract: Contract) -> dict[str, ViewForm]:
    """Name without prefix -> form, for every view of our version.

    Raises ContractError where the schema or the delivery view is missing, SettingsError where we may not
    read.
    """
    schema, prefix = contract.view_schema, contract.view_prefix
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select
                substr(relation.relname, length(%(prefix)s) + 1),
                has_schema_privilege(namespace.oid, 'usage') and has_table_privilege(relation.oid, 'select'),
                attribute.attname, coalesce(base.typname, type.typname)
            from pg_catalog.pg_class as relation
            join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
            join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid
            join pg_catalog.pg_type as type on type.oid = attribute.atttypid
            left join pg_catalog.pg_type as base on base.oid = nullif(type.typbasetype, 0)
            where namespace.nspname = %(schema)s and starts_with(relation.relname, %(prefix)s)
                and relation.relkind in ('v', 'm', 'r', 'p', 'f')
                and attribute.attnum > 0 and not attribute.attisdropped
            order by relation.relname, attribute.attnum
            """,
            {"schema": schema, "prefix": prefix},
        )
        rows = cursor.fetchall()
    forms: dict[str, ViewForm] = {}
    for name, may_read, column, native_type in rows:
        if not may_read and (name in contract.entity_names or prefix + name == contract.delivery_view):
            raise SettingsError(
                f"The source does not let this login read {schema}.{prefix}{name}. A night without it would "
                "be "
                f"incomplete. Ask О7's operator for the right to select from all views of {schema}."
            )
        forms.setdefault(name, ViewForm(types={})).types[column] = native_type
    _refuse_other_database(forms, contract)
    return forms


def _refuse_other_database(forms: dict[str, ViewForm], contract: Contract) -> None:
    schema, prefix = contract.view_schema, contract.view_prefix
    if not forms:
        raise ContractError(
            f"The source has no views {schema}.{prefix}*, so there is nothing to read. Either the address "
            "leads to "
            "another database, or О7's operator has not made them: correct the address, or ask for the views."
        )
    if contract.delivery_view.removeprefix(prefix) not in forms:
        raise ContractError(
            f"The source has no view {schema}.{contract.delivery_view}, so nobody knows which night its rows "
            "show. "
            "Ask О7's operator for the view as the contract describes it."
        )
