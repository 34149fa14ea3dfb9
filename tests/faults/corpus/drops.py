"""A drop folder with one file, which its manifest describes truly; and reading it to its end."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from o7_warehouse.contract import read_contract
from o7_warehouse.sources.choice import SourceChoice
from o7_warehouse.sources.drop import open_drop
from tests.deliveries import write_manifest
from tests.faults.corpus.sheets import ENTITY

if TYPE_CHECKING:
    from pathlib import Path


class Beginning(io.RawIOBase):
    """Takes whatever is written and keeps only how it begins."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = b""

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, block) -> int:
        """Take all of it."""
        self.kept = self.kept or bytes(block[:100])
        return len(block)


def write_file(folder: Path, content: bytes, *, rows: int = 1) -> Path:
    """A drop that holds this one file, by hand where it is no CSV by its name."""
    folder.mkdir(exist_ok=True)
    is_csv = folder.name.startswith("csv")
    path = folder / f"{ENTITY}.{'csv' if is_csv else 'xlsx'}"
    path.write_bytes(content)
    file = {
        "entity": ENTITY,
        "file": path.name,
        "rows": rows,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    manifest = {
        "contract": "o7",
        "contract_version": "1.0",
        "form": "contract" if is_csv else "manual",
        "night": "2025-12-15",
        "snapshot_at": "2025-12-16T00:10:00+03:00",
        "files": [file],
    }
    write_manifest(folder, manifest)
    return folder


def read_whole(folder: Path, sink: io.RawIOBase | None = None) -> int:
    """Read the one file as the warehouse does, without a warehouse; returns its rows. Raises O7Error."""
    with open_drop(SourceChoice(kind="drop", path=folder), read_contract()) as delivery:
        columns = delivery.columns(ENTITY)
        [part] = delivery.parts(ENTITY, columns or [])
        return delivery.copy_out(ENTITY, part, sink or Beginning())
