"""What a warehouse on a Citus cluster must be, and what cannot be done to one: refused before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import SettingsError
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

TARGET: Final = "citus"
_IS_COORDINATOR: Final = "select exists (select from pg_catalog.pg_extension where extname = 'citus')"
_HAS_DISTRIBUTED: Final = "select exists (select from pg_catalog.pg_dist_partition)"


def refuse_another_kind(settings: Settings, cursor: Cursor) -> None:
    """Refuse the target ``citus`` for a warehouse that is none. Raises SettingsError."""
    if settings.warehouse_target == TARGET and not _is(cursor, _IS_COORDINATOR):
        raise SettingsError(
            "O7_WAREHOUSE_TARGET is citus, and the warehouse has not got the extension citus, so no table could be "
            "distributed. Name the database of a coordinator by O7_WAREHOUSE_DSN and make the extension there "
            "(docs/citus.md), or unset O7_WAREHOUSE_TARGET."
        )


def refuse_distributed(settings: Settings, reason: str) -> None:
    """Refuse work that one server alone can do, where tables lie on the nodes of a cluster; ``reason`` says why.

    The tables are asked and not the setting alone, for a person may have forgotten to name the target. Raises
    SettingsError, StatementError, WarehouseUnavailableError.
    """
    if settings.warehouse_target == TARGET or _has_distributed(settings):
        raise SettingsError(
            f"The tables of persons lie on the nodes of a Citus cluster. {reason} Nothing was done. Where the "
            "coordinator can hold one night, run one with O7_WAREHOUSE_TARGET=warehouse, which brings the tables back, "
            "give this command with the same setting, and go on with O7_WAREHOUSE_TARGET=citus (docs/citus.md)."
        )


def refuse_copy(settings: Settings) -> None:
    """Refuse to copy a cluster by a dump. Raises SettingsError, StatementError, WarehouseUnavailableError."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        is_coordinator = _is(cursor, _IS_COORDINATOR)
    if settings.warehouse_target == TARGET or is_coordinator:
        raise SettingsError(
            "The warehouse is the coordinator of a Citus cluster. A dump is of no one moment of its nodes and could "
            "not be restored beside for a drill, so no copy was taken. Let the cluster's administrator take them: "
            "citus_create_restore_point, and a base backup of the coordinator and of each node (docs/citus.md)."
        )


def _has_distributed(settings: Settings) -> bool:
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        return _is(cursor, _IS_COORDINATOR) and _is(cursor, _HAS_DISTRIBUTED)


def _is(cursor: Cursor, question: str) -> bool:
    cursor.execute(question)
    [(answer,)] = cursor.fetchall()
    return bool(answer)
