"""A drop folder as a delivery (T2): files are checked by the manifest, then streamed as they are.

What is streamed is what is hashed: one pass, so that nobody can change a file in between.
"""

from __future__ import annotations

import csv
import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.errors import ContractError, DeliveryError, NightError
from o7_warehouse.sources.counting import DigestingCounter
from o7_warehouse.sources.manifest import FILE_NAME, Manifest, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from io import FileIO, RawIOBase
    from pathlib import Path

    from o7_warehouse.contract import Contract
    from o7_warehouse.sources.choice import SourceChoice
    from o7_warehouse.sources.manifest import ListedFile

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_HEADER = 2**16
BLOCK = 2**20
DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
# What PostgreSQL can hold as a column. Anything else in line 1 is a row whose header is missing, and must not be
# told as a name: it would be a child's data.
COLUMN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDelivery:
    """A delivery in a folder whose manifest and headers have been checked."""

    manifest: Manifest
    headers: dict[str, list[str]]
    unknown_entities: tuple[str, ...]
    transport: str = "T2"
    copy_options: str = "format csv, delimiter ';', header true, encoding 'UTF8'"

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

    def columns(self, entity: str) -> list[str] | None:
        """The names of the file's header, None when there is no file of this entity."""
        return self.headers.get(entity)

    def retyped(self, entity: str) -> list[str]:  # noqa: ARG002 - a file has no types, only values to look at
        """Nothing: a file has no types."""
        return []

    def streamed(self, entity: str, columns: list[str]) -> list[str]:  # noqa: ARG002 - a file is streamed whole
        """All columns of the file, in its order."""
        return self.headers[entity]

    def copy_out(self, entity: str, columns: list[str], writer: RawIOBase) -> int:  # noqa: ARG002 - see streamed
        """Stream the file; returns its records, counted here and not taken from the manifest.

        Raises DeliveryError when its bytes or records are not those of the manifest, which also explains a
        file that the reader gave up on; BrokenPipeError when only the reader gave up.
        """
        listed = self.manifest.files[entity]
        counter = DigestingCounter()
        gave_up = False
        with _opened(listed.path) as file:
            while block := file.read(BLOCK):
                counter.feed(block)
                if not gave_up:
                    gave_up = not _written(writer, block)
        _check(listed, counter)
        if gave_up:
            raise BrokenPipeError
        return counter.records


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
    listed = {file.path.name for file in manifest.files.values()} | {FILE_NAME}
    strangers = [entity for entity in manifest.files if entity not in known]
    strangers += [path.name for path in sorted(folder.iterdir()) if path.name not in listed]
    yield DropDelivery(
        manifest=manifest,
        headers={entity: _header(file) for entity, file in manifest.files.items() if entity in known},
        unknown_entities=tuple(strangers),
    )


def find_folder(path: Path, night: date | None) -> Path:
    """The folder that holds the manifest: ``path`` itself, or one of its dated subfolders YYYY-MM-DD.

    Raises DeliveryError when there is none, or several and no ``night`` to pick one; NightError when that
    night is not among them.
    """
    if not path.is_dir():
        raise DeliveryError(
            f"The drop folder {path} is not there, so there is nothing to load. Name the right one with "
            "--drop."
        )
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


def _header(listed: ListedFile) -> list[str]:
    """The column names in the first line, after the file's size has been compared with the manifest."""
    path = listed.path
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size != listed.size:
            raise DeliveryError(
                f"{path} has {size} bytes, and the manifest promises {listed.size}: the file is "
                f"{'cut off' if size < listed.size else 'longer'}. Part of a delivery is not loaded. "
                "Ask О7's operator to deliver it again."
            )
        line = file.readline(LONGEST_HEADER)
    if line.startswith(BYTE_ORDER_MARK):
        raise ContractError(
            f"{path} begins with a byte order mark, which would become part of the first column's name. "
            "The contract asks for UTF-8 without it. Ask О7's operator to deliver it again."
        )
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise DeliveryError(
            f"{path}: line 1 is not UTF-8, so no name can be trusted. Ask О7's operator to deliver it again."
        ) from None
    names = next(csv.reader([text.rstrip("\r\n")], delimiter=";"), [])
    are_names = all(COLUMN_NAME.fullmatch(name) for name in names)
    if not text.endswith("\n") or not names or not are_names or len(set(names)) != len(names):
        raise ContractError(
            f"{path}: line 1 is not a header of different column names in Latin letters, separated by «;» and "
            "ended by a line feed. Columns are matched by name. Ask О7's operator to deliver it again."
        )
    return names


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    """The file itself, never what a link points to."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise DeliveryError(
            f"{path} is listed in the manifest and cannot be read as a file of this folder "
            f"({type(error).__name__}). Part of a delivery is not loaded. Ask О7's operator to deliver it "
            "again."
        ) from None
    with os.fdopen(descriptor, "rb", buffering=0) as raw:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DeliveryError(f"{path} is no regular file, so it cannot be a delivery. Deliver it again.")
        yield raw


def _written(writer: RawIOBase, block: bytes) -> bool:
    """Whether the reader took the block; False when it is gone."""
    view = memoryview(block)
    try:
        while view:
            view = view[writer.write(view) :]
    except BrokenPipeError:
        return False
    return True


def _check(listed: ListedFile, counter: DigestingCounter) -> None:
    if counter.hexdigest() != listed.sha256:
        raise DeliveryError(
            f"{listed.path} is not the file the manifest describes: its SHA-256 is another one. It was "
            "changed or "
            "damaged on its way, so nothing of this night is loaded. Ask О7's operator to deliver it again."
        )
    if counter.is_quoted:
        raise DeliveryError(
            f"{listed.path} opens a quotation mark that is never closed, so nobody can say where its rows end. "
            "A file with one unreadable line is not loaded at all. Ask О7's operator to deliver it again."
        )
    if counter.records != listed.rows:
        raise DeliveryError(
            f"{listed.path} holds {counter.records} rows, and the manifest promises {listed.rows}. Rows that "
            "nobody can account for are not loaded. Ask О7's operator to deliver it again."
        )
