"""О7's promise to move a row's cursor forward with every change: what is found of its keeping, and what is told.

Behind the cursor, and found at once by the sums: a row whose instant is older than it should be. Under the same
instant: only a whole reading can find it, so the nights between have shown the row as it was. The whole night is right
and stays, the break is a warning by name and count, and no changes are trusted for so many nights
(``whole_examination_days``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from psycopg2 import sql

from o7_warehouse.changes.fingerprint import key_hash
from o7_warehouse.changes.reading import columns_landed, overlap
from o7_warehouse.changes.tonight import landing_of, raw_of
from o7_warehouse.delivery_findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.reading import Reading
    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.landing import Landed
    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings

_BEHIND: Final = """
    select count(*) from landing._replaced as other
    where other.entity = {name} and other.is_behind and exists (
        select from {landing} as landed
        where {landed_hash} = other.key_hash and landed.source_id is not distinct from other.source_id
    )
"""
# New and gone rows of one key and one instant, as the comparison of a whole night has found them.
_BROKEN: Final = """
    select count(distinct landed.source_id)
    from (select * from {landing} where ctid = any(array(select unnest(new_places) from pg_temp.change))) as landed
    inner join (
        select * from {raw} where ctid = any(array(select unnest(gone_places) from pg_temp.change))
    ) as known on known.source_id = landed.source_id and known.{cursor} = landed.{cursor}
    where landed.{cursor} < {before}
"""
_LAST: Final = """
    select night.snapshot_at, reading.columns
    from raw_o7.night inner join raw_o7.reading using (night)
    where night.night = (select max(night) from raw_o7.night) and night.transport = 'T1'
"""


def behind_findings(cursor: Cursor, contract: Contract, base: date | None) -> Iterator[Finding]:
    """That rows came or changed whose cursor is older than the base: found by comparison, landed, and told."""
    if base is None:
        return
    cursor.execute("select distinct entity from landing._replaced where is_behind")
    suspected = {entity for (entity,) in cursor.fetchall()}
    for entity in contract.entities:
        if entity.name not in suspected:
            continue
        cursor.execute(
            sql.SQL(_BEHIND).format(
                name=sql.Literal(entity.name), landing=landing_of(entity), landed_hash=key_hash("landed")
            )
        )
        [(behind,)] = cursor.fetchall()
        if behind:
            yield Finding(
                entity=entity.name,
                column=entity.cursor or "",
                check="cursor_backwards",
                severity="warning",
                message=f"{entity.name}: rows of {behind} keys came or changed since {base}, and their "
                f"{entity.cursor} is older. They were found by comparison and loaded; ask О7's operator why.",
            )


def unmoved_before(
    cursor: Cursor, settings: Settings, contract: Contract, run: OpenedRun, landed: Mapping[str, Landed]
) -> str | None:
    """The instant before which, by its cursor, no row may have changed since the newest night; None: it is not known.

    Known where both nights came from a replica with the same columns: another column is another row, and no break.
    """
    cursor.execute(_LAST)
    found = cursor.fetchone()
    if run.transport != "T1" or found is None:
        return None
    snapshot_at, columns = found
    if columns != columns_landed(contract, landed):
        return None
    # What is younger was read by the cursor.
    since: datetime = snapshot_at - overlap(settings, run.night)
    return since.astimezone(ZoneInfo(contract.time_zone)).strftime("%Y-%m-%dT%H:%M:%S+03:00")


def count_broken(cursor: Cursor, entity: Entity, before: object) -> int:
    """How many keys of a whole night have other rows under the instant they had: asked while its comparison stands."""
    cursor.execute(
        sql.SQL(_BROKEN).format(
            landing=landing_of(entity), raw=raw_of(entity), cursor=sql.Identifier(entity.cursor or ""),
            before=sql.Literal(before),
        )
    )  # fmt: skip
    [(broken,)] = cursor.fetchall()
    return int(broken)


def broken_findings(broken: Mapping[str, int], reading: Reading) -> Iterator[Finding]:
    """The break of the promise by entity."""
    for entity, keys in broken.items():
        if keys:
            yield Finding(
                entity=entity,
                check="cursor_broken",
                severity="warning",
                message=f"{entity}: rows of {keys} keys are other ones than before under the same instant of their "
                "last change. Nights read by changes have shown them as they were. This night was read whole "
                f"({reading.why}) and is right; following ones are, too. Ask О7's operator to mend the cursor.",
            )


def tell_reading(
    cursor: Cursor,
    reading: Reading,
    run: OpenedRun,
    landed: Mapping[str, Landed],
    *,
    broken: Mapping[str, int],
) -> None:
    """Say in the audit how much was read, and why."""
    read, rows = (sum(getattr(one, name) for one in landed.values()) for name in ("rows_read", "rows_landed"))
    whole = sorted(
        one.entity for one in landed.values() if one.is_known and one.is_delivered and one.is_whole
    )
    changed = sum(not one.is_whole for one in landed.values())
    if reading.base is None:
        says = f"Прочитано все: строк {rows}; {reading.why}."
        if any(broken.values()):
            named = ", ".join(f"{entity} {keys}" for entity, keys in sorted(broken.items()) if keys)
            says += f" Изменены без новой отметки времени: {named}."
    else:
        says = f"Прочитаны изменения с ночи {reading.base:%d.%m.%Y}: строк {read} из {rows}; {reading.why}."
        says += f" Целиком прочитаны: {', '.join(whole) or 'ни одна'}; по изменениям: остальные таблицы ({changed})."
    cursor.execute(
        "insert into audit.gate_finding (run_id, gate, check_id, outcome, message)"
        " values (%s, 'landing', 'scope', %s, %s)",
        (run.run_id, "fail" if any(broken.values()) else "pass", says),
    )
