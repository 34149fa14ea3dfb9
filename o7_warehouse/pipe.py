"""A COPY of a source joined to a COPY of the warehouse: rows go through a pipe, and both ends count them."""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.copy_errors import explained_copy

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import RawIOBase

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

PIPE_BYTES = 2**20
READ_BYTES = 2**18


def poured(
    cursor: Cursor,
    target: sql.Composable,
    columns: list[str],
    write: Callable[[RawIOBase], int],
    *,
    label: str,
    options: str,
) -> tuple[int, int]:
    """Copy what ``write`` gives to a table; returns how many rows the source counted, and how many came.

    ``label`` is what errors call the stream, ``options`` how it is written. Raises DeliveryError, and whatever
    ``write`` raises.
    """
    statement = sql.SQL("copy {} ({}) from stdin ({})").format(
        target, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(options)
    )

    def read(reader: RawIOBase) -> int:
        with explained_copy(label, columns):
            cursor.copy_expert(statement, reader, size=READ_BYTES)
        return int(cursor.rowcount)

    return _piped(write, read)


def _piped(write: Callable[[RawIOBase], int], read: Callable[[RawIOBase], int]) -> tuple[int, int]:
    """Join a writer, in a thread of its own, to a reader; returns what each of them counted.

    An error of the writer goes before the reader's, which may only be its echo.
    """
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="source-copy") as pool:
        writing = pool.submit(_feed, write, write_end)
        try:
            with os.fdopen(read_end, "rb", buffering=0) as reader:
                rows_read = read(reader)
        finally:
            # The reader's end is closed, so the writer ends too; what it says decides before anything is
            # kept.
            error = writing.exception()
            if error is not None and not isinstance(error, BrokenPipeError):
                raise error
    return writing.result(), rows_read


def _feed(write: Callable[[RawIOBase], int], descriptor: int) -> int:
    with os.fdopen(descriptor, "wb", buffering=0) as writer:
        return write(writer)
