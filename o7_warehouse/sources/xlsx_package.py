"""The package of an XLSX file: what it may hold, how large it may grow, and its parts as guarded streams.

Everything is judged before it is unpacked, and again while it is: what a ZIP says of its sizes may be a lie.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.sources.refusals import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_PART = 2**30
HIGHEST_RATIO = 100
# Below this size a high ratio is a file with little in it.
RATIO_FROM = 2**20
MOST_PARTS = 1000
BLOCK = 2**16
# The old binary format and a file behind a password are OLE containers.
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
# What a table of texts needs none of: code, other files' data, questions to a database, files within the file.
FORBIDDEN = {
    "xlsx_external_link": re.compile(r"xl/(externalLinks|connections\.xml|queryTables|model)", re.IGNORECASE),
    "xlsx_macro": re.compile(r"xl/(vbaProject|macrosheets|dialogsheets|activeX|ctrlProps)", re.IGNORECASE),
    "xlsx_embedded": re.compile(r"xl/embeddings|.*\.(zip|xlsx|xlsm|xls|docx|rar|7z|exe|bin)$", re.IGNORECASE),
}
SAYS = {
    "xlsx_external_link": "takes data from other files or databases (external links)",
    "xlsx_macro": "holds macros or controls",
    "xlsx_embedded": "holds other files",
}
# A printer's settings are the one binary part that Excel adds by itself.
PRINTER = re.compile(r"xl/printerSettings/printerSettings\d+\.bin", re.IGNORECASE)
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Package:
    """An open package whose list of parts has been examined; ``path`` is what errors name."""

    path: Path
    archive: zipfile.ZipFile

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self.archive.NameToInfo

    def blocks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, block by block, up to the size the package promised. Raises DeliveryError."""
        with _explained(self.path), self.archive.open(name) as part:
            while block := part.read(BLOCK):
                yield block


def open_package(path: Path, content: bytes) -> Package:
    """The package in the bytes of a file.

    Raises DeliveryError for what is no whole ZIP, grows too large, leads out of itself or holds foreign parts.
    """
    if content.startswith(OLE_MAGIC):
        raise unreadable(
            path,
            "xlsx_not_a_zip",
            "the file is an old XLS or is locked by a password; XLSX without one is needed",
        )
    with _explained(path):
        archive = zipfile.ZipFile(io.BytesIO(content))
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise unreadable(
            path, "zip_too_large", f"the package has {len(parts)} parts, and {MOST_PARTS} is the most"
        )
    names = [part.filename for part in parts]
    if len({name.casefold() for name in names}) != len(names):
        raise unreadable(path, "zip_name_twice", "two parts of the package have the same name")
    for part in parts:
        _examine(path, part)
    return Package(path, archive)


def _examine(path: Path, part: zipfile.ZipInfo) -> None:
    name = part.orig_filename
    if name.startswith("/") or "\\" in name or "\0" in name or ":" in name or ".." in name.split("/"):
        raise unreadable(path, "zip_path", "a part of the package has a name that leads out of it")
    if stat.S_ISLNK(part.external_attr >> 16):
        raise unreadable(path, "zip_link", "a part of the package is a link to another place")
    if part.flag_bits & 0x1:
        raise unreadable(path, "zip_encrypted", "a part of the package is locked by a password")
    is_bomb = part.file_size > RATIO_FROM and part.file_size > HIGHEST_RATIO * max(part.compress_size, 1)
    if part.file_size > LARGEST_PART or is_bomb:
        raise unreadable(
            path,
            "zip_too_large",
            f"a part of the package would grow to {part.file_size} bytes out of {part.compress_size}",
        )
    for check, pattern in FORBIDDEN.items():
        if pattern.match(name) and not PRINTER.fullmatch(name):
            raise unreadable(
                path, check, f"the file {SAYS[check]}; a delivery holds nothing but texts in cells"
            )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGES as error:
        raise unreadable(
            path,
            "xlsx_not_a_zip",
            f"the file is no whole XLSX package ({type(error).__name__}): cut off or damaged",
        ) from None
