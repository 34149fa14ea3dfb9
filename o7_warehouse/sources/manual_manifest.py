"""The manifest of a drop made by hand: people put XLSX files in a folder, and this writes what they hold.

Nothing vouches for hand-made files but those who made them; from here on nobody changes them unseen.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from o7_warehouse.errors import CommandError
from o7_warehouse.sources import xlsx_file
from o7_warehouse.sources.manifest import BARE_NAME, FILE_NAME, ListedFile

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from o7_warehouse.contract import Contract


def write_manual_manifest(
    folder: Path, contract: Contract, *, night: date, taken_at: datetime
) -> list[ListedFile]:
    """Read every ``<entity>.xlsx`` and ``<entity>.<anything>.xlsx`` and list it in ``manifest.json``.

    Returns the listed files. Raises CommandError for a file whose name says no entity and for a folder without
    files, ContractError and DeliveryError for a file that cannot be read; then no manifest is written.
    """
    found = (
        sorted(path for path in folder.glob("*.xlsx") if not path.name.startswith("~$"))
        if folder.is_dir()
        else []
    )
    if not found:
        raise CommandError(
            f"{folder} holds no XLSX file, so there is nothing to list. Put the files there, named after the entities "
            "of contracts/o7.yml: person.xlsx, or person.school-7.xlsx for one of several."
        )
    files = [_listed(path, contract) for path in found]
    content = {
        "contract": contract.name,
        "contract_version": contract.version,
        "form": "manual",
        "night": night.isoformat(),
        "snapshot_at": taken_at.isoformat(),
        "files": [_entry(file) for file in files],
    }
    unnamed = folder / f".{FILE_NAME}.new"
    unnamed.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    unnamed.replace(folder / FILE_NAME)
    return files


def _listed(path: Path, contract: Contract) -> ListedFile:
    name = path.name.split(".", 1)[0]
    if name not in contract.entity_names or not BARE_NAME.fullmatch(path.name):
        raise CommandError(
            f"{path.name} is not named after an entity of the contract, so nobody knows what its rows are. Name it "
            f"<entity>.xlsx or <entity>.<anything in Latin letters>.xlsx. Entities: {', '.join(contract.entity_names)}."
        )
    content = path.read_bytes()
    listed = ListedFile(
        entity=name, path=path, rows=0, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    rows = xlsx_file.count_rows(listed, contract.entity(name))
    return ListedFile(entity=name, path=path, rows=rows, size=listed.size, sha256=listed.sha256)


def _entry(file: ListedFile) -> dict[str, Any]:
    return {
        "entity": file.entity,
        "file": file.path.name,
        "rows": file.rows,
        "bytes": file.size,
        "sha256": file.sha256,
    }
