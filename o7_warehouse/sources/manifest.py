"""The manifest of a drop folder: the only reader of ``manifest.json`` (domain §5.4, T2 and T3).

Its entry ``form`` says how the files are written: ``contract`` (CSV as the contract says; taken when nothing is
said), ``datamart`` (the vendor's data-mart export, domain §5.2) or ``manual`` (XLSX, «ручная выгрузка»).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args

from o7_warehouse.errors import ContractError, DeliveryError
from o7_warehouse.sources.delivery import Operation, check_version
from o7_warehouse.sources.refusals import AGAIN

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.contract import Contract

FILE_NAME = "manifest.json"
# Five thousand files of five hundred rows, as the data mart exports a republic, take a megabyte.
LARGEST_BYTES = 2**24
# Form of the files -> the transport they are.
FORMS = {"contract": "T2", "datamart": "T2", "manual": "T3"}
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,62}")
SHA256 = re.compile(r"[0-9a-f]{64}")
# A name and nothing else: no folder, no parent, nothing hidden.
BARE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One file as the manifest describes it; ``rows`` without the header, ``size`` in bytes."""

    entity: str
    operation: Operation = "create"
    path: Path
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a drop folder says of itself; ``files`` stand in the order in which they are to be applied.

    Only of a data-mart export: ``prefix`` stands before every identity, ``base`` is the night it changes.
    """

    form: str
    prefix: str = ""
    base: date | None = None
    contract_version: str
    night: date
    snapshot_at: datetime
    files: dict[str, tuple[ListedFile, ...]]

    @property
    def paths(self) -> set[Path]:
        """Every listed file."""
        return {file.path for files in self.files.values() for file in files}


def read_manifest(folder: Path, contract: Contract) -> Manifest:
    """Read ``<folder>/manifest.json``.

    Raises ContractError for another contract or version, DeliveryError for a manifest that cannot be trusted.
    """
    path = folder / FILE_NAME
    content = _content(path)
    if content.get("contract") != contract.name:
        raise ContractError(
            f"{path} belongs to the contract {content.get('contract')!r}, not to {contract.name!r}. Another "
            "contract's "
            "columns mean other things. Name the right drop folder.",
            check="contract_name",
        )
    version = content.get("contract_version")
    if version is not None and not isinstance(version, str):
        raise _unusable(path, "contract_version is not a text")
    form = content.get("form", "contract")
    if not isinstance(form, str) or form not in FORMS:
        raise _unusable(path, f"form is none of {', '.join(FORMS)}")
    prefix, base = content.get("prefix", ""), content.get("base")
    if form != "datamart" and (prefix or base is not None):
        raise _unusable(path, f"prefix and base belong to the form datamart, and the form is {form}")
    if prefix and not (isinstance(prefix, str) and PREFIX.fullmatch(prefix)):
        raise _unusable(path, "prefix is not a short text of Latin letters, digits and . _ : -")
    return Manifest(
        form=form,
        prefix=prefix,
        base=None if base is None else _night(path, base, "base"),
        contract_version=check_version(version, contract, said_by=str(path)),
        night=_night(path, content.get("night"), "night"),
        snapshot_at=_instant(path, content.get("snapshot_at")),
        files=_listed_files(path, content.get("files"), form),
    )


def _listed_files(path: Path, listed: object, form: str) -> dict[str, tuple[ListedFile, ...]]:
    if not isinstance(listed, list) or not listed:
        raise _unusable(path, "files is not a list of files")
    files: dict[str, tuple[ListedFile, ...]] = {}
    seen: set[Path] = set()
    for number, item in enumerate(listed, start=1):
        file = _listed_file(path, number, item)
        if file.path in seen or (form == "contract" and file.entity in files):
            raise _unusable(path, f"file {number} names the entity {file.entity!r} or its file a second time")
        if file.operation != "create" and form != "datamart":
            raise _unusable(path, f"file {number} is to {file.operation}, which only the form datamart can")
        seen.add(file.path)
        files[file.entity] = (*files.get(file.entity, ()), file)
    return files


def _content(path: Path) -> dict[str, Any]:
    if path.is_symlink() or not path.is_file():
        raise DeliveryError(
            f"{path} is not there, or is a link. A drop is complete only when its manifest lies beside its "
            "files. "
            "Wait until О7 has written it, or name the right folder.",
            check="manifest_missing",
        )
    if path.stat().st_size > LARGEST_BYTES:
        raise _unusable(path, f"it is larger than {LARGEST_BYTES} bytes")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _unusable(path, f"it is not JSON ({type(error).__name__})") from None
    if not isinstance(content, dict):
        raise _unusable(path, "it is not a JSON object")
    return content


def _listed_file(path: Path, number: int, item: object) -> ListedFile:
    if not isinstance(item, dict):
        raise _unusable(path, f"file {number} is not an object")
    entity, name = item.get("entity"), item.get("file")
    if not isinstance(entity, str) or not BARE_NAME.fullmatch(entity):
        raise _unusable(path, f"file {number} does not name its entity")
    if not isinstance(name, str) or not BARE_NAME.fullmatch(name) or name == FILE_NAME:
        raise _unusable(
            path, f"the file of {entity!r} is not a bare file name; it must lie in the folder itself"
        )
    for key in ("rows", "bytes"):
        if type(item.get(key)) is not int or item[key] < 0:
            raise _unusable(path, f"{key} of {name!r} is not a whole number")
    operation = item.get("operation", "create")
    if operation not in OPERATIONS:
        raise _unusable(path, f"operation of {name!r} is none of {', '.join(OPERATIONS)}")
    digest = item.get("sha256")
    if not isinstance(digest, str) or not SHA256.fullmatch(digest):
        raise _unusable(path, f"sha256 of {name!r} is not 64 lower-case hexadecimal digits")
    return ListedFile(
        entity=entity,
        operation=operation,
        path=path.parent / name,
        rows=item["rows"],
        size=item["bytes"],
        sha256=digest,
    )


def _night(path: Path, value: object, named: str) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _unusable(path, f"{named} is not a date YYYY-MM-DD")


def _instant(path: Path, value: object) -> datetime:
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            instant = None
        if instant is not None and instant.tzinfo is not None:
            return instant
    raise _unusable(path, "snapshot_at is not an instant with an offset")


def _unusable(path: Path, what: str) -> DeliveryError:
    return DeliveryError(
        f"{path}: {what}. Without its manifest a drop cannot be trusted. {AGAIN}", check="manifest_unusable"
    )
