"""A drop folder as a delivery (T2, T3): its manifest and every header checked, its files as streams."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from o7_warehouse.errors import ContractError, DeliveryError, NightError
from o7_warehouse.sources import csv_file, xlsx_file
from o7_warehouse.sources.delivery import Part
from o7_warehouse.sources.dialect import CANONICAL, Dialect
from o7_warehouse.sources.manifest import FILE_NAME, FORMS, Manifest, read_manifest
from o7_warehouse.sources.refusals import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from io import RawIOBase
    from pathlib import Path

    from o7_warehouse.contract import Contract, Entity
    from o7_warehouse.sources.choice import SourceChoice
    from o7_warehouse.sources.manifest import ListedFile

DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDelivery:
    """A delivery in a folder whose manifest and headers have been checked; ``headers`` are those of each file."""

    contract: Contract
    manifest: Manifest
    headers: dict[str, list[str]] = field(default_factory=dict)
    unknown_entities: tuple[str, ...]

    @property
    def night(self) -> date:
        """The night D of the manifest."""
        return self.manifest.night

    @property
    def snapshot_at(self) -> datetime:
        """The instant of the manifest."""
        return self.manifest.snapshot_at

    @property
    def contract_version(self) -> str:
        """The contract version of the manifest."""
        return self.manifest.contract_version

    @property
    def transport(self) -> str:
        """T2, or T3 for files made by hand."""
        return FORMS[self.manifest.form]

    @property
    def base(self) -> date | None:
        """The night that an increment changes."""
        return self.manifest.base

    @property
    def dialect(self) -> Dialect:
        """How files of this form write their values."""
        if self.manifest.form == "datamart":
            return Dialect(name="datamart", prefix=self.manifest.prefix)
        return Dialect(name="russian") if self.is_manual else CANONICAL

    @property
    def is_manual(self) -> bool:
        """Whether the files are XLSX made by hand."""
        return self.manifest.form == "manual"

    @property
    def copy_options(self) -> str:
        """CSV either way; only what is read here has its header taken off already."""
        return xlsx_file.COPY_OPTIONS if self.is_manual else csv_file.COPY_OPTIONS

    def columns(self, entity: str) -> list[str] | None:
        """The names of the first file's header that brings whole rows, None when there is no file of this entity."""
        files = self.manifest.files.get(entity)
        return self.headers[_leading(files).path.name] if files else None

    def retyped(self, entity: str) -> list[str]:  # noqa: ARG002 - a file has no types, only values to look at
        """Nothing: a file has no types."""
        return []

    def parts(self, entity: str, columns: list[str]) -> list[Part]:
        """The files of an entity: a CSV file whole, of a sheet what is asked for."""
        return [
            Part(
                name=file.path.name,
                label=entity if self.manifest.form == "contract" else f"{entity} ({file.path.name})",
                operation=file.operation,
                columns=[name for name in self.headers[file.path.name] if name in columns]
                if self.is_manual
                else self.headers[file.path.name],
            )
            for file in self.manifest.files[entity]
        ]

    def copy_out(self, entity: str, part: Part, writer: RawIOBase) -> int:
        """Stream one file; returns its rows, counted here and not taken from the manifest.

        Raises ContractError, DeliveryError; BrokenPipeError when only the reader gave up.
        """
        [listed] = [file for file in self.manifest.files[entity] if file.path.name == part.name]
        if self.is_manual:
            return xlsx_file.stream(listed, self.contract.entity(entity), part.columns, writer)
        return csv_file.stream(listed, writer)


@contextmanager
def open_drop(choice: SourceChoice, contract: Contract) -> Iterator[DropDelivery]:
    """The delivery in the chosen folder, once its manifest, sizes and headers agree.

    Raises ContractError, DeliveryError, NightError.
    """
    if choice.path is None:
        raise DeliveryError("No drop folder is named, so there is nothing to read. Name one with --drop.")
    folder = find_folder(choice.path, choice.night)
    manifest = read_manifest(folder, contract)
    known = set(contract.entity_names)
    listed = {path.name for path in manifest.paths} | {FILE_NAME}
    strangers = [entity for entity in manifest.files if entity not in known]
    strangers += [_told(path.name) for path in sorted(folder.iterdir()) if path.name not in listed]
    yield DropDelivery(
        contract=contract,
        manifest=manifest,
        headers={
            name: header
            for entity, files in manifest.files.items()
            if entity in known
            for name, header in _headers(manifest, contract.entity(entity), files)
        },
        unknown_entities=tuple(strangers),
    )


def find_folder(path: Path, night: date | None) -> Path:
    """The folder that holds the manifest: ``path`` itself, or one of its dated subfolders YYYY-MM-DD.

    Raises DeliveryError when there is none, or several and no ``night`` to pick one; NightError when that
    night is not among them.
    """
    _refuse_no_folder(path)
    if (path / FILE_NAME).exists():
        return path
    dated = sorted(one.name for one in path.iterdir() if DATED.fullmatch(one.name) and one.is_dir())
    if night is not None and night.isoformat() in dated:
        return path / night.isoformat()
    if night is None and len(dated) == 1:
        return path / dated[0]
    if not dated:
        raise DeliveryError(
            f"{path} holds neither {FILE_NAME} nor a dated folder YYYY-MM-DD. A drop is complete only when "
            "its "
            "manifest is there. Wait until О7 has written it, or name the right folder."
        )
    if night is not None:
        raise NightError(
            f"{path} has no delivery of {night}; it has {', '.join(dated)}. A night that was not delivered "
            "cannot "
            "be made up. Name one of these with --date, or another folder."
        )
    raise DeliveryError(
        f"{path} holds {len(dated)} dated deliveries: {', '.join(dated)}. A night is loaded from exactly "
        "one. "
        "Pick it with --date."
    )


def _told(name: str) -> str:
    """A name anybody may have given a file, as the audit may hold it: one line, and no sign that does something."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)


def _refuse_no_folder(path: Path) -> None:
    if path.is_file():
        raise DeliveryError(
            f"{path} is a file, and a drop is a folder with its manifest. An archive is not unpacked here. Unpack "
            "it and name the folder with --drop.",
            check="manifest_missing",
        )
    if not path.is_dir():
        raise DeliveryError(
            f"The drop folder {path} is not there, so there is nothing to load. Name the right one with "
            "--drop."
        )


def _leading(files: tuple[ListedFile, ...]) -> ListedFile:
    """The file whose columns are the entity's: the first one that does not merely name what is gone."""
    return next((file for file in files if file.operation != "delete"), files[0])


def _headers(
    manifest: Manifest, entity: Entity, files: tuple[ListedFile, ...]
) -> Iterator[tuple[str, list[str]]]:
    """Every file's header. Raises ContractError where files of one entity do not name the same columns."""
    key = next(column.name for column in entity.columns if column.is_key)
    leading: set[str] | None = None
    for file in sorted(files, key=lambda one: one.operation == "delete"):
        is_manual = manifest.form == "manual"
        header = xlsx_file.read_header(file, entity) if is_manual else csv_file.read_header(file)
        if leading is None:
            leading = set(header)
        missing = ({key} if file.operation == "delete" else leading) - set(header)
        added = set(header) - leading
        if missing or (added and file.operation != "delete"):
            raise ContractError(
                f"{file.path} does not name the columns that the other files of {entity.name} do: it lacks "
                f"{', '.join(sorted(missing)) or 'none'} and adds {', '.join(sorted(added)) or 'none'}. Rows of two "
                f"forms do not make one table. {AGAIN}",
                check="header_differs",
            )
        yield file.path.name, header
