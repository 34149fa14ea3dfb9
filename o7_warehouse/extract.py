"""Tonight's delivery into ``landing``: a COPY of the source joined to a COPY of the warehouse by a pipe.

Nothing is parsed here and nothing is kept in memory. All entities land in one transaction, from one snapshot.
What was refused is kept as a finding, in a transaction of its own.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.contract import read_contract
from o7_warehouse.copy_errors import explained_copy
from o7_warehouse.delivery_findings import Finding, keep_findings
from o7_warehouse.erasure.tombstones import keep_out, keep_out_changes
from o7_warehouse.errors import ContractError, DeliveryError
from o7_warehouse.landing import Landed, empty_landing, record_landed, stamp_landing
from o7_warehouse.landing_parts import check_base, check_unchanged, land_parts
from o7_warehouse.runs import ROLE, OpenedRun, current, fence
from o7_warehouse.sources import Delivery, SourceChoice, open_delivery
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import RawIOBase

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.landing_parts import Spare
    from o7_warehouse.settings import Settings
    from o7_warehouse.sources.delivery import Part

PIPE_BYTES = 2**20
READ_BYTES = 2**18


def extract(settings: Settings, run_id: str) -> int:
    """Land what the source of the run delivers; returns the number of rows, 0 for a replay.

    Repeating it lands everything anew. Raises NightError when the run may not work any more, DeliveryError
    when the source shows another state than the run was opened for or cannot be read whole,
    SourceUnavailableError.
    """
    run = current(settings, run_id)
    if run.mode == "replay":
        return 0
    contract = read_contract(settings.root)
    try:
        with open_delivery(SourceChoice.load(settings, run_id), contract) as delivery:
            _refuse_changed(delivery, run)
            with transaction(settings, ROLE) as connection:
                return _land(connection, delivery, contract, run, settings.secrets.erasure_key)
    except (ContractError, DeliveryError) as error:
        if error.check:
            _keep_refusal(settings, run_id, error)
        raise


def _keep_refusal(settings: Settings, run_id: str, error: ContractError | DeliveryError) -> None:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        fence(cursor, run_id)
        found = Finding(entity="delivery", check=error.check, severity="critical", message=str(error))
        keep_findings(cursor, run_id, [found])


def _refuse_changed(delivery: Delivery, run: OpenedRun) -> None:
    if (delivery.night, delivery.snapshot_at) != (run.night, run.snapshot_at):
        raise DeliveryError(
            f"The source now shows {delivery.night} as of {delivery.snapshot_at.isoformat()}; the run was "
            "opened for "
            f"{run.night} as of {run.snapshot_at.isoformat()}. Two states must not be mixed. Start the night "
            "again."
        )


def _land(
    connection: Connection, delivery: Delivery, contract: Contract, run: OpenedRun, erasure_key: bytes
) -> int:
    batch_id = str(uuid.uuid4())
    with connection.cursor() as cursor:
        check_base(cursor, delivery)
        empty_landing(cursor, contract)
        stamp_landing(cursor, contract, batch_id=batch_id)
        spare = partial(keep_out_changes, cursor, contract, erasure_key, dialect=delivery.dialect)
        landed = [_land_entity(cursor, delivery, entity, spare) for entity in contract.entities]
        # Before anybody else sees them: an erased person is in no table for a moment.
        erased = keep_out(cursor, contract, erasure_key)
        landed = [_without(one, erased.get(one.entity, 0)) for one in landed]
        landed += [Landed(entity=name, is_known=False) for name in delivery.unknown_entities]
        record_landed(cursor, landed, run_id=run.run_id, batch_id=batch_id)
    return sum(one.rows_in for one in landed)


def _without(landed: Landed, erased: int) -> Landed:
    return replace(landed, rows_landed=landed.rows_landed - erased, rows_erased=erased)


def _land_entity(cursor: Cursor, delivery: Delivery, entity: Entity, spare: Spare) -> Landed:
    delivered = delivery.columns(entity.name)
    if delivered is None:
        check_unchanged(cursor, delivery, entity)
        return Landed(entity=entity.name)
    known = [name for name in delivered if name in entity.column_names]
    if not known:
        raise ContractError(
            f"{entity.name}: none of the delivered columns {', '.join(delivered)} is one of the contract's. "
            "There is nothing to load from it. Ask О7's operator for the columns as the contract names them.",
            check="column_missing",
        )
    parts = delivery.parts(entity.name, known)
    pour = partial(_poured, cursor, delivery, entity.name)
    is_plain = delivery.base is None and delivery.dialect.is_canonical
    if is_plain and len(parts) == 1 and parts[0].columns == known:
        rows_in, rows_landed = pour(sql.Identifier("landing", entity.name), parts[0])
    else:
        rows_in, rows_landed = land_parts(cursor, delivery, entity, parts, pour, spare)
    if rows_landed != rows_in:
        raise DeliveryError(
            f"{entity.name}: the source counted {rows_in} rows, and {rows_landed} landed. Rows that nobody can "
            "account for are not loaded. Run the night again; if it repeats, ask О7's operator.",
            check="rows_unaccounted",
        )
    return Landed(
        entity=entity.name,
        is_delivered=True,
        columns=delivered,
        retyped=delivery.retyped(entity.name),
        rows_in=rows_in,
        rows_landed=rows_landed,
    )


def _poured(
    cursor: Cursor, delivery: Delivery, entity: str, target: sql.Identifier, part: Part
) -> tuple[int, int]:
    """Copy one part of an entity to a table; returns how many rows the source counted, and how many came."""
    statement = sql.SQL("copy {} ({}) from stdin ({})").format(
        target, sql.SQL(", ").join(map(sql.Identifier, part.columns)), sql.SQL(delivery.copy_options)
    )
    return _piped(
        lambda writer: delivery.copy_out(entity, part, writer),
        lambda reader: _copy_in(cursor, statement, reader, part),
    )


def _copy_in(cursor: Cursor, statement: sql.Composed, reader: RawIOBase, part: Part) -> int:
    with explained_copy(part.label, part.columns):
        cursor.copy_expert(statement, reader, size=READ_BYTES)
    return int(cursor.rowcount)


def _piped(write: Callable[[RawIOBase], int], read: Callable[[RawIOBase], int]) -> tuple[int, int]:
    """Join a writer, in a thread of its own, to a reader; returns what each of them counted.

    An error of the writer goes before the reader's, which may only be its echo.
    """
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="source-copy") as pool:
        writing = pool.submit(_feed, write, write_end)
        try:
            with os.fdopen(read_end, "rb", buffering=0) as reader:
                rows_read = read(reader)
        finally:
            # The reader's end is closed, so the writer ends too; what it says decides before anything is
            # kept.
            error = writing.exception()
            if error is not None and not isinstance(error, BrokenPipeError):
                raise error
    return writing.result(), rows_read


def _feed(write: Callable[[RawIOBase], int], descriptor: int) -> int:
    with os.fdopen(descriptor, "wb", buffering=0) as writer:
        return write(writer)
