"""Nights in every form a folder can have: what they leave in the warehouse, and how one is changed."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.conftest import open_folder
from tests.deliveries import NIGHT, asked, loaded, measured, night_of, read_manifest, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NEXT = NIGHT + dt.timedelta(days=1)
NIGHTS = (NIGHT, NEXT)
NOTES = {
    "contract_finding": "select entity, column_name, check_id, message from audit.contract_finding"
    " where check_id <> 'transport_manual' order by 1, 2, 3, 4",
    "absent_column": "select night, entity, column_name from raw_o7.absent_column order by 1, 2, 3",
    "load_record": "select night, entity, rows_in, rows_landed, rows_new, rows_closed from raw_o7.load_record"
    " order by 1, 2",
    "volume": "select night, entity, oktmo, row_count from raw_o7.volume order by 1, 2, 3",
}


def left_by(settings, world):
    for night in NIGHTS:
        loaded(settings, world / night.isoformat())
    rows = {night: night_of(settings, night) for night in NIGHTS}
    return rows, {name: asked(settings, query) for name, query in NOTES.items()}


@contextmanager
def changed_night(night: Path, **entries: object) -> Iterator[Path]:
    """A copy of a night whose manifest says something else."""
    with open_folder() as folder:
        copy = shutil.copytree(night, folder / "drop")
        write_manifest(copy, read_manifest(copy) | entries)
        yield copy


def rewrite_file(drop: Path, name: str, change) -> None:
    """Another content of a file, which the manifest describes as it is now."""
    path = drop / name
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    manifest = read_manifest(drop)
    for file in manifest["files"]:
        if file["file"] == name:
            file.update(measured(path))
    write_manifest(drop, manifest)
