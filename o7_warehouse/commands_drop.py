"""Commands for those who make a delivery by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from o7_warehouse.console import results
from o7_warehouse.contract import read_contract
from o7_warehouse.runs import end_of
from o7_warehouse.sources.manual_manifest import write_manual_manifest

Folder = Annotated[Path, typer.Argument(help="Folder with <entity>.xlsx or <entity>.<anything>.xlsx.")]
Night = Annotated[
    datetime,
    typer.Option(
        "--date", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The night D whose end the rows show."
    ),
]
TakenAt = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M"],
        metavar="YYYY-MM-DDTHH:MM",
        help="When the rows were exported, Moscow time; default: as the day ended.",
    ),
]


def manifest(folder: Folder, day: Night, taken_at: TakenAt = None) -> None:
    """List hand-made XLSX files («ручная выгрузка») in a manifest, so that ./o7 night --drop can take them."""
    contract = read_contract()
    ended = end_of(day.date(), contract.time_zone)
    instant = taken_at.replace(tzinfo=ZoneInfo(contract.time_zone)) if taken_at else ended
    files = write_manual_manifest(folder, contract, night=day.date(), taken_at=instant)
    rows = sum(file.rows for file in files)
    results.print(f"Опись составлена: файлов — {len(files)}, строк — {rows}.")


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("manifest", manifest, {})]
