"""A file that a manifest lists: opened without following a link, and compared with what was promised."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from o7_warehouse.errors import DeliveryError
from o7_warehouse.sources.refusals import AGAIN, not_as_promised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from o7_warehouse.sources.manifest import ListedFile


@contextmanager
def opened(listed: ListedFile) -> Iterator[FileIO]:
    """The file itself, never what a link points to, of the size its manifest promises.

    Raises DeliveryError.
    """
    path = listed.path
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise DeliveryError(
            f"{path} is listed in the manifest and cannot be read as a file of this folder "
            f"({type(error).__name__}). Part of a delivery is not loaded. {AGAIN}",
            check="file_missing",
        ) from None
    with os.fdopen(descriptor, "rb", buffering=0) as raw:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise DeliveryError(
                f"{path} is no regular file, so it cannot be a delivery. {AGAIN}", check="file_missing"
            )
        if found.st_size != listed.size:
            raise DeliveryError(
                f"{path} has {found.st_size} bytes, and the manifest promises {listed.size}: the file is "
                f"{'cut off' if found.st_size < listed.size else 'longer'}. Part of a delivery is not loaded. "
                f"{AGAIN}",
                check="file_size",
            )
        yield raw


def check_digest(listed: ListedFile, found: str) -> None:
    """Raise DeliveryError unless the bytes that were read are those the manifest was written for."""
    if found != listed.sha256:
        raise not_as_promised(
            listed.path,
            "file_hash",
            "is not the file the manifest describes: its SHA-256 is another one. It was changed or "
            "damaged on its way, so nothing of this night is loaded.",
        )


def check_rows(listed: ListedFile, found: int) -> None:
    """Raise DeliveryError unless the manifest promises as many rows as were read."""
    if found != listed.rows:
        raise not_as_promised(
            listed.path,
            "file_rows",
            f"holds {found} rows, and the manifest promises {listed.rows}. Rows that nobody can account for "
            "are not loaded.",
        )
