"""Transport T2: a folder for each night with one CSV per entity and `manifest.json` (domain §5.4).

A night folder appears by one rename, after its manifest was written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o7_simulator.errors import TargetError
from o7_simulator.sinks import Part, measured

if TYPE_CHECKING:
    from pathlib import Path

    from o7_simulator.catalogues import Contract
    from o7_simulator.plan import Plan

MARKER = ".o7_simulator.json"
"""Names the nights this package made in a folder; without it nothing in the folder is touched."""
_WORK = ".o7_simulator.work"
TRUTH = "truth.json"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class FolderSpec:
    """A drop folder that takes every night."""

    target: Path

    def open(self) -> FolderSink:
        """The sink of this process."""
        return FolderSink(self.target / _WORK)


@dataclass(frozen=True, slots=True)
class FolderSink:
    """Writes one file per shard and night, entities one after another."""

    work: Path

    def wants(self, k: int) -> bool:
        """Every night has its folder."""
        return k >= 0

    def write(self, k: int, shard: int, lines: dict[str, list[str]]) -> dict[str, Part]:
        """Append the entities to the shard's file and say where each lies."""
        parts: dict[str, Part] = {}
        offset = 0
        with (self.work / f"{k}.{shard}").open("wb") as out:
            for entity, rows in lines.items():
                body = ("\n".join(rows) + "\n").encode()
                out.write(body)
                parts[entity] = measured(rows, offset=offset, size=len(body))
                offset += len(body)
        return parts


def prepare(target: Path) -> None:
    """Make the folder ready: a new one, an empty one, or one that this package filled before.

    Raises:
        TargetError: the folder holds something that the simulator did not make.
    """
    if target.exists() and not target.is_dir():
        raise TargetError(f"{target} is a file; nights need a folder. Name a folder that does not exist yet.")
    marker = target / MARKER
    if target.is_dir() and any(target.iterdir()) and not marker.exists():
        raise TargetError(
            f"{target} holds files that the simulator did not make; they could be a real delivery, so "
            f"nothing is replaced. Name another folder, or empty this one."
        )
    target.mkdir(parents=True, exist_ok=True)
    made = json.loads(marker.read_text("utf-8"))["nights"] if marker.exists() else []
    marker.write_text(json.dumps({"nights": made}) + "\n", "utf-8")
    for night in made:
        shutil.rmtree(target / night, ignore_errors=True)
    (target / TRUTH).unlink(missing_ok=True)
    shutil.rmtree(target / _WORK, ignore_errors=True)
    (target / _WORK).mkdir()


def finish(target: Path, plan: Plan, contract: Contract, parts: list[list[dict[str, Part]]]) -> None:
    """Join the shards into the nights' folders and show them."""
    work = target / _WORK
    nights = [plan.request.clock.night(k).isoformat() for k in range(plan.request.clock.nights)]
    (target / MARKER).write_text(json.dumps({"nights": nights}) + "\n", "utf-8")
    for k, night in enumerate(nights):
        folder = work / night
        folder.mkdir()
        files = [_join(work, folder, contract, entity, k, parts) for entity in contract.entities]
        manifest = {
            "contract": contract.name,
            "contract_version": contract.version,
            "night": night,
            "snapshot_at": plan.request.clock.snapshot_at(k),
            "files": files,
        }
        write_manifest(folder, manifest)
        folder.rename(target / night)
    shutil.rmtree(work)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest of a night's folder."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", "utf-8", newline="\n")


def _join(
    work: Path, folder: Path, contract: Contract, entity: str, k: int, parts: list[list[dict[str, Part]]]
) -> dict[str, object]:
    """One CSV file from the parts of all shards; its line of the manifest."""
    digest, size, rows = hashlib.sha256(), 0, 0
    stamps: list[str] = []
    name = f"{entity}.csv"
    with (folder / name).open("wb") as out:
        header = ";".join(column.name for column in contract.entities[entity]) + "\n"
        pieces = [header.encode()]
        for shard, by_night in enumerate(parts):
            part = by_night[k].get(entity)
            if part is not None:
                with (work / f"{k}.{shard}").open("rb") as source:
                    source.seek(part.offset)
                    pieces.append(source.read(part.size))
                rows += part.rows
                stamps += [part.min_modified_at, part.max_modified_at]
            for piece in pieces:
                out.write(piece)
                digest.update(piece)
                size += len(piece)
            pieces = []
    return {
        "entity": entity,
        "file": name,
        "rows": rows,
        "bytes": size,
        "sha256": digest.hexdigest(),
        "min_modified_at": min(stamps, default=None),
        "max_modified_at": max(stamps, default=None),
    }
