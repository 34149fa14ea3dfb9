"""From ``landing`` to ``raw_o7``: every row as an interval of nights, a whole night in one transaction.

A row is the same as last night's when the hash over its columns is: it stays as it is. A new one begins
tonight, one that is gone ends tonight. Identical rows are counted, not merged: raw holds exactly what was
delivered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_warehouse.changes.fingerprint import forget, move_on
from o7_warehouse.changes.load import load_changed
from o7_warehouse.changes.promise import broken_findings, tell_reading, unmoved_before
from o7_warehouse.changes.reading import columns_landed, kept_reading, record_reading, standing
from o7_warehouse.contract import read_contract
from o7_warehouse.delivery_findings import keep_findings
from o7_warehouse.errors import DeliveryError
from o7_warehouse.landing import Landed, empty_landing, read_landed
from o7_warehouse.pseudonyms import add_pseudonyms, version_in_force
from o7_warehouse.run_records import newest_night
from o7_warehouse.runs import ROLE, OpenedRun, fence
from o7_warehouse.versions import Loaded, load_entity, undo_entity
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.reading import Reading
    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.settings import Settings

NIGHT_TABLES = ("night", "load_record", "absent_column", "volume", "reading", "row_check")


def load(settings: Settings, run_id: str) -> int:
    """Make the landed rows the rows of the run's night in raw; returns how many, 0 for a replay.

    Repeating it changes nothing; a night that is loaded anew is undone first. Raises NightError when the run
    may not work any more, DeliveryError when landing does not hold this run's rows or they do not come out
    exactly.
    """
    contract = read_contract(settings.root)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        run = fence(cursor, run_id)
        if run.mode == "replay" or _is_loaded(cursor, run):
            return 0
        landed = read_landed(cursor, run_id)
        _undo(cursor, contract, run)
        reading = kept_reading(cursor, run_id)
        rows, broken = 0, {}
        for entity, loaded in _loaded(cursor, settings, contract, run, reading, landed):
            _check(landed[entity.name], loaded)
            _record(cursor, run, landed[entity.name], loaded)
            rows += loaded.rows
            broken[entity.name] = loaded.rows_broken
        version = version_in_force(cursor)
        add_pseudonyms(cursor, settings.pseudonym_key_of(version), version)
        _record_night(cursor, contract, run, landed)
        record_reading(
            cursor, reading, run, columns=columns_landed(contract, landed), broken=sum(broken.values())
        )
        keep_findings(cursor, run_id, list(broken_findings(broken, reading)))
        tell_reading(cursor, reading, run, landed, broken=broken)
        empty_landing(cursor, contract)
    return rows


def _loaded(
    cursor: Cursor,
    settings: Settings,
    contract: Contract,
    run: OpenedRun,
    reading: Reading,
    landed: dict[str, Landed],
) -> Iterator[tuple[Entity, Loaded]]:
    """Load entity by entity, in the form in which each has landed."""
    base = newest_night(cursor)
    before = unmoved_before(cursor, settings, contract, run, landed)
    rows = standing(cursor, reading.base) if reading.base else {}
    for entity in contract.entities:
        if landed[entity.name].is_whole:
            loaded = load_entity(
                cursor, entity, night=run.night, unmoved_before=before if entity.cursor else None
            )
        else:
            loaded = load_changed(cursor, entity, night=run.night, rows=rows.get(entity.name, 0))
        moved = loaded.rows_new + loaded.rows_closed
        move_on(cursor, entity, base=base, night=run.night, moved=moved, rows=loaded.rows)
        yield entity, loaded


def _is_loaded(cursor: Cursor, run: OpenedRun) -> bool:
    """Whether this very run has loaded its night: its task was cut off after the commit and is repeated."""
    cursor.execute("select from raw_o7.night where night = %s and run_id = %s", (run.night, run.run_id))
    return cursor.rowcount > 0


def _undo(cursor: Cursor, contract: Contract, run: OpenedRun) -> None:
    """Take the night out of raw, as if it had never been loaded; only the newest one can be."""
    cursor.execute("select from raw_o7.night where night = %s", (run.night,))
    if cursor.rowcount == 0:
        return
    for entity in contract.entities:
        undo_entity(cursor, entity, night=run.night)
        forget(cursor, entity)
    for table in NIGHT_TABLES:
        cursor.execute(f"delete from raw_o7.{table} where night = %s", (run.night,))  # noqa: S608 - our own names


def _check(landed: Landed, loaded: Loaded) -> None:
    expected = landed.rows_in - landed.rows_erased
    are_counted = expected == landed.rows_landed == loaded.rows and landed.rows_read == loaded.rows_landed
    if not (are_counted and loaded.are_exact):
        raise DeliveryError(
            f"{landed.entity}: {landed.rows_in} rows came in, {landed.rows_erased} of them of erased persons were kept "
            f"out, {landed.rows_read} were read, {loaded.rows_landed} lie in landing, and the "
            f"{loaded.rows} that would be the night's in raw are not exactly these: rows are lost or "
            "invented. "
            "Nothing of this night was kept. Start it again; if it repeats, keep the landing tables for an "
            "inquiry."
        )


def _record(cursor: Cursor, run: OpenedRun, landed: Landed, loaded: Loaded) -> None:
    counts = (
        landed.rows_in,
        landed.rows_landed,
        loaded.rows_new,
        loaded.rows_closed,
        landed.rows_landed - loaded.rows_new,
    )
    names = "rows_in, rows_landed, rows_new, rows_closed, rows_unchanged"
    cursor.execute(
        f"insert into raw_o7.load_record (night, entity, {names}, rows_erased, rows_read, batch_id)"  # noqa: S608 - our own names
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (run.night, landed.entity, *counts, landed.rows_erased, landed.rows_read, landed.batch_id),
    )
    cursor.execute(
        f"insert into audit.batch (run_id, night, entity, {names})"  # noqa: S608 - our own names
        " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        (run.run_id, run.night, landed.entity, *counts),
    )


def _record_night(cursor: Cursor, contract: Contract, run: OpenedRun, landed: dict[str, Landed]) -> None:
    for entity in contract.entities:
        of_entity = landed[entity.name]
        absent = [one.name for one in entity.columns if one.name not in of_entity.columns]
        for column in absent if of_entity.is_delivered else [""]:
            cursor.execute(
                "insert into raw_o7.absent_column (night, entity, column_name) values (%s, %s, %s)",
                (run.night, entity.name, column),
            )
    cursor.execute(
        "insert into raw_o7.volume (night, entity, oktmo, row_count)"
        " select %s, entity, oktmo, row_count from landing._volume",
        (run.night,),
    )
    cursor.execute(
        "insert into raw_o7.row_check (night, entity, column_name, check_id, rows_bad, rows_seen)"
        " select %s, entity, column_name, check_id, rows_bad, rows_seen from landing._row_check",
        (run.night,),
    )
    cursor.execute(
        "insert into raw_o7.night (night, snapshot_at, contract_version, transport, batch_id, run_id)"
        " values (%s, %s, %s, %s, %s, %s)",
        (
            run.night,
            run.snapshot_at,
            run.contract_version,
            run.transport,
            landed[contract.entity_names[0]].batch_id,
            run.run_id,
        ),
    )
