"""How a night is read: all of it, or what changed since the night before it; decided once, with a stated reason.

Changes are trusted where the state they change is known: raw holds the night before, from the same columns of the
same contract, О7's clock moves forward, and every so many days everything is read anyway. Whoever finds that О7 changed
rows behind its cursor distrusts it until so many whole nights have found nothing (:mod:`.promise`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self

from psycopg2.extras import Json

from o7_warehouse.parameters import WHOLE_AFTER_DAYS, is_everything_due, parameter
from o7_warehouse.sources.replica import ReplicaDelivery

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.landing import Landed
    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings
    from o7_warehouse.sources import Delivery

_BASE: Final = """
    select
        night.night, night.snapshot_at, night.contract_version, reading.whole_on, reading.columns, exists (
            select from raw_o7.load_record as loaded
            inner join audit.erased_rows as erased using (night, entity, batch_id)
            where loaded.night = night.night
        )
    from raw_o7.night left join raw_o7.reading using (night) order by night.night desc limit 1
"""
# Whole nights over the replica since the last one that found О7's promise broken; null: none ever did.
_SINCE_BROKEN: Final = """
    select count(*) from raw_o7.reading inner join raw_o7.night using (night)
    where
        reading.base is null and night.transport = 'T1'
        and night > (select max(night) from raw_o7.reading where rows_broken > 0)
    having exists (select from raw_o7.reading where rows_broken > 0)
"""
_STANDING: Final = """
    select loaded.entity, loaded.rows_landed - coalesce(sum(erased.row_count), 0)::bigint
    from raw_o7.load_record as loaded
    left join audit.erased_rows as erased
        on loaded.night = erased.night and loaded.entity = erased.entity and loaded.batch_id = erased.batch_id
    where loaded.night = %s
    group by loaded.entity, loaded.rows_landed
"""
TRUSTED: Final = "T1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a night is read, and why.

    ``base``: the night whose rows the changes change, None where everything is read. ``since``: the instant from which
    on rows are asked for by the cursor. ``whole_on``: the night on which everything was read last, None where an
    increment of files came after it and nobody has read everything.
    """

    base: date | None
    since: datetime | None
    why: str
    whole_on: date | None

    def given_up(self, run: OpenedRun, why: str) -> Self:
        """The same night read whole after all."""
        return replace(self, base=None, since=None, why=why, whole_on=run.night)


def decide(
    cursor: Cursor, settings: Settings, contract: Contract, delivery: Delivery, run: OpenedRun
) -> Reading:
    """Decide how the night of the run is read; safe to repeat. Raises CatalogueError."""
    whole = Reading(base=None, since=None, why="", whole_on=run.night)
    cursor.execute(_BASE)
    found = cursor.fetchone()
    if delivery.base is not None:
        return replace(whole, why="поставка файлами с изменениями", whole_on=found[3] if found else None)
    if not isinstance(delivery, ReplicaDelivery):
        return replace(whole, why="поставка файлами")
    if not settings.read_changes:
        return replace(whole, why="чтение изменений выключено (O7_READ_CHANGES)")
    if found is None:
        return replace(whole, why="прежней ночи нет")
    base, snapshot_at, version, whole_on, columns, was_erased_from = found
    days = int(parameter(settings.root, WHOLE_AFTER_DAYS, on=run.night))
    doubts = {
        f"ночь {base:%d.%m.%Y} уже загружена, и не более ранняя": base >= run.night,
        f"не записано, когда последний раз читалось все до ночи {base:%d.%m.%Y}": whole_on is None,
        # What was counted of them then counts rows that are gone.
        f"записи ночи {base:%d.%m.%Y} после загрузки уничтожались": was_erased_from,
        "контракт другой версии": version != run.contract_version,
        "поля поставки другие": columns != columns_of(contract, delivery),
        "снимок источника не новее прежнего": run.snapshot_at <= snapshot_at,
        f"последнее полное чтение {whole_on or base:%d.%m.%Y}": whole_on is not None
        and is_everything_due(settings.root, last=whole_on, night=run.night),
        "источник менял записи без новой отметки времени": _is_distrusted(cursor, nights=days),
    }
    for why, is_so in doubts.items():
        if is_so:
            return replace(whole, why=why)
    why = f"последнее полное чтение {whole_on:%d.%m.%Y}"
    return Reading(base=base, since=snapshot_at - overlap(settings, run.night), why=why, whole_on=whole_on)


def overlap(settings: Settings, night: date) -> timedelta:
    """How far before the base's snapshot changes are asked for. Raises CatalogueError."""
    return timedelta(minutes=float(parameter(settings.root, "cursor_overlap_minutes", on=night)))


def columns_of(contract: Contract, delivery: Delivery) -> dict[str, list[str]]:
    """Entity -> the columns of the contract it came with, in the contract's order."""
    return {
        entity.name: [name for name in entity.column_names if name in delivered]
        for entity in contract.entities
        if (delivered := delivery.columns(entity.name)) is not None
    }


def columns_landed(contract: Contract, landed: Mapping[str, Landed]) -> dict[str, list[str]]:
    """The same of what has landed."""
    return {
        entity.name: [name for name in entity.column_names if name in landed[entity.name].columns]
        for entity in contract.entities
        if landed[entity.name].is_delivered
    }


def standing(cursor: Cursor, night: date) -> dict[str, int]:
    """Entity -> how many rows of a night raw must hold: those it loaded, less those that were erased since."""
    cursor.execute(_STANDING, (night,))
    return dict(cursor.fetchall())


def keep_reading(cursor: Cursor, reading: Reading, run_id: str) -> None:
    """Note beside the landed rows how they were read."""
    cursor.execute(
        "insert into landing._reading (run_id, base, why, whole_on) values (%s, %s, %s, %s)",
        (run_id, reading.base, reading.why, reading.whole_on),
    )


def kept_reading(cursor: Cursor, run_id: str) -> Reading:
    """How the landed rows were read; only a run that has landed something asks."""
    cursor.execute("select base, why, whole_on from landing._reading where run_id = %s", (run_id,))
    [(base, why, whole_on)] = cursor.fetchall()
    return Reading(base=base, since=None, why=why, whole_on=whole_on)


def record_reading(
    cursor: Cursor, reading: Reading, run: OpenedRun, *, columns: dict[str, list[str]], broken: int
) -> None:
    """Keep with the night how it was read."""
    cursor.execute(
        "insert into raw_o7.reading (night, base, why, whole_on, columns, rows_broken)"
        " values (%s, %s, %s, %s, %s, %s)",
        (run.night, reading.base, reading.why, reading.whole_on, Json(columns), broken),
    )


def _is_distrusted(cursor: Cursor, *, nights: int) -> bool:
    cursor.execute(_SINCE_BROKEN)
    return any(count < nights for (count,) in cursor.fetchall())
