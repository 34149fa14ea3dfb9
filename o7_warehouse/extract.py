"""Tonight's delivery into ``landing``: a COPY of the source joined to a COPY of the warehouse by a pipe.

Nothing is parsed here and nothing is kept in memory. All entities land in one transaction, from one snapshot.
What was refused is kept as a finding, in a transaction of its own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.erased import came_to_an_erased_person
from o7_warehouse.changes.land import land_changed
from o7_warehouse.changes.reading import decide, keep_reading, standing
from o7_warehouse.changes.statements import DROP_SIDE_TABLES, SIDE_TABLES
from o7_warehouse.contract import KEY, read_contract
from o7_warehouse.delivery_findings import Finding, keep_findings
from o7_warehouse.erasure.tombstones import keep_out, keep_out_changes
from o7_warehouse.errors import ContractError, DeliveryError
from o7_warehouse.landing import Landed, empty_landing, record_landed, stamp_landing
from o7_warehouse.landing_parts import check_base, check_unchanged, land_parts
from o7_warehouse.pipe import poured
from o7_warehouse.runs import ROLE, OpenedRun, current, fence
from o7_warehouse.sources import Delivery, SourceChoice, open_delivery
from o7_warehouse.sources.replica import ReplicaDelivery
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from o7_warehouse.changes.reading import Reading
    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.settings import Settings
    from o7_warehouse.sources.delivery import Part


@dataclass(frozen=True, slots=True)
class _Work:
    """One extraction: where rows land, where they come from, whom they may not be of."""

    cursor: Cursor
    delivery: Delivery
    contract: Contract
    erasure_key: bytes
    batch_id: str


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
                return _land(connection, delivery, contract, run, settings)
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
    connection: Connection, delivery: Delivery, contract: Contract, run: OpenedRun, settings: Settings
) -> int:
    with connection.cursor() as cursor:
        check_base(cursor, delivery)
        work = _Work(cursor, delivery, contract, settings.secrets.erasure_key, str(uuid.uuid4()))
        reading = decide(cursor, settings, contract, delivery, run)
        landed, erased = _landed(work, reading)
        if (
            reading.base is not None
            and erased
            and (why := came_to_an_erased_person(cursor, contract, erased))
        ):
            reading = reading.given_up(run, why)
            landed, erased = _landed(work, reading)
        keep_reading(cursor, reading, run.run_id)
        landed = [_without(one, erased.get(one.entity, 0)) for one in landed]
        landed += [Landed(entity=name, is_known=False) for name in delivery.unknown_entities]
        record_landed(cursor, landed, run_id=run.run_id, batch_id=work.batch_id)
    return sum(one.rows_in for one in landed)


def _landed(work: _Work, reading: Reading) -> tuple[list[Landed], dict[str, int]]:
    """What landed of each entity, and how many rows of it were of erased persons and went again."""
    empty_landing(work.cursor, work.contract)
    stamp_landing(work.cursor, work.contract, batch_id=work.batch_id)
    rows = {}
    if reading.base is not None:
        rows = standing(work.cursor, reading.base)
        work.cursor.execute(SIDE_TABLES)
    landed = [_land_entity(work, entity, reading, rows) for entity in work.contract.entities]
    if reading.base is not None:
        work.cursor.execute(DROP_SIDE_TABLES)
    # Before anybody else sees them: an erased person is in no table for a moment.
    return landed, keep_out(work.cursor, work.contract, work.erasure_key)


def _without(landed: Landed, erased: int) -> Landed:
    return replace(
        landed,
        rows_landed=landed.rows_landed - erased,
        rows_read=landed.rows_read - erased,
        rows_erased=erased,
    )


def _land_entity(work: _Work, entity: Entity, reading: Reading, rows: dict[str, int]) -> Landed:
    cursor, delivery = work.cursor, work.delivery
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
    form = Landed(
        entity=entity.name, is_delivered=True, columns=delivered, retyped=delivery.retyped(entity.name)
    )
    if reading.base is not None and isinstance(delivery, ReplicaDelivery) and _has_cursor(entity, form):
        found = land_changed(cursor, delivery, entity, known, reading, rows=rows.get(entity.name, 0))
        if not found.doubt:
            return replace(
                form,
                rows_in=found.rows_in,
                rows_landed=found.rows_in,
                rows_read=found.rows_read,
                is_whole=False,
            )
    rows_in, rows_landed = _land_whole(work, entity, known)
    return replace(form, rows_in=rows_in, rows_landed=rows_landed, rows_read=rows_landed)


def _has_cursor(entity: Entity, form: Landed) -> bool:
    """Whether the entity came with what changes are read by, of the types the contract says."""
    needed = {KEY, entity.cursor}
    return needed <= set(form.columns) and not needed & set(form.retyped)


def _land_whole(work: _Work, entity: Entity, known: list[str]) -> tuple[int, int]:
    cursor, delivery = work.cursor, work.delivery
    parts = delivery.parts(entity.name, known)
    pour = partial(_poured, cursor, delivery, entity.name)
    is_plain = delivery.base is None and delivery.dialect.is_canonical
    if is_plain and len(parts) == 1 and parts[0].columns == known:
        rows_in, rows_landed = pour(sql.Identifier("landing", entity.name), parts[0])
    else:
        spare = partial(keep_out_changes, cursor, work.contract, work.erasure_key, dialect=delivery.dialect)
        rows_in, rows_landed = land_parts(cursor, delivery, entity, parts, pour, spare)
    if rows_landed != rows_in:
        raise DeliveryError(
            f"{entity.name}: the source counted {rows_in} rows, and {rows_landed} landed. Rows that nobody can "
            "account for are not loaded. Run the night again; if it repeats, ask О7's operator.",
            check="rows_unaccounted",
        )
    return rows_in, rows_landed


def _poured(
    cursor: Cursor, delivery: Delivery, entity: str, target: sql.Identifier, part: Part
) -> tuple[int, int]:
    """Copy one part of an entity to a table; returns how many rows the source counted, and how many came."""
    return poured(
        cursor, target, part.columns, partial(delivery.copy_out, entity, part),
        label=part.label, options=delivery.copy_options,
    )  # fmt: skip
