"""A retained night as a drop folder again: raw holds exactly what was delivered, so it can be delivered once more.

The folder holds the data of children. Whoever asks for it keeps it within the state directory and removes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from psycopg2 import sql

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import NightError
from o7_warehouse.run_records import newest_night
from o7_warehouse.sources.counting import DigestingCounter
from o7_warehouse.sources.manifest import FILE_NAME
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.settings import Settings

ROLE = "o7_loader"
BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class _Observed:
    """A file being written, and the counter that watches the bytes go by."""

    file: BinaryIO
    counter: DigestingCounter

    def write(self, block: bytes) -> int:
        self.counter.feed(block)
        return self.file.write(block)


def write_drop(settings: Settings, folder: Path, night: dt.date, *, as_known_now: bool = False) -> None:
    """Write ``night`` to ``folder``: the rows as known that night, or as the newest retained night knows them.

    In both cases the manifest names ``night`` and its own snapshot: the rows are judged by its calendar. Raises
    NightError when the night is not retained.
    """
    contract = read_contract(settings.root)
    folder.mkdir(parents=True, mode=0o700)
    with transaction(settings, ROLE) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            snapshot_at, version = _delivery_of(cursor, night)
            seen_on = newest_night(cursor) if as_known_now else night
            files = list(_written(cursor, contract, folder, seen_on or night))
    manifest = {
        "contract": contract.name,
        "contract_version": version,
        "night": night.isoformat(),
        "snapshot_at": snapshot_at.isoformat(),
        "files": files,
    }
    (folder / FILE_NAME).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _delivery_of(cursor: Cursor, night: dt.date) -> tuple[dt.datetime, str]:
    cursor.execute("select snapshot_at, contract_version from raw_o7.night where night = %s", (night,))
    found = cursor.fetchone()
    if found is None:
        raise NightError(
            f"The night {night} is published but its rows are not retained in raw, so it cannot be worked out anew. "
            "Name a night that is retained."
        )
    snapshot_at, version = found
    return snapshot_at, version


def _written(
    cursor: Cursor, contract: Contract, folder: Path, night: dt.date
) -> Iterator[dict[str, str | int]]:
    cursor.execute("select entity, column_name from raw_o7.absent_column where night = %s", (night,))
    absent = set(cursor.fetchall())
    for entity in contract.entities:
        if (entity.name, "") in absent:
            continue
        columns = [name for name in entity.column_names if (entity.name, name) not in absent]
        path, counter = folder / f"{entity.name}.csv", DigestingCounter()
        with path.open("wb") as file:
            path.chmod(0o600)
            _copy(cursor, entity, columns, night, _Observed(file, counter))
        yield {
            "entity": entity.name,
            "file": path.name,
            "rows": counter.records,
            "bytes": path.stat().st_size,
            "sha256": counter.hexdigest(),
        }


def _copy(cursor: Cursor, entity: Entity, columns: list[str], night: dt.date, out: _Observed) -> None:
    rows = sql.SQL("select {} from {} where _night_from <= {night} and _night_to > {night}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier("raw_o7", entity.name),
        night=sql.Literal(night),
    )
    statement = sql.SQL("copy ({}) to stdout (format csv, delimiter ';', header true, encoding 'UTF8')")
    cursor.copy_expert(statement.format(rows), out, BLOCK)
