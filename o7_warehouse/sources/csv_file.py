"""A CSV file of a drop: its header read strictly, its bytes hashed and counted while they are streamed (T2).

What is streamed is what is hashed: one pass, so that nobody can change a file in between.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from o7_warehouse.errors import DeliveryError
from o7_warehouse.sources.counting import DigestingCounter
from o7_warehouse.sources.listed_file import check_digest, check_rows, opened
from o7_warehouse.sources.refusals import AGAIN, no_header, unreadable

if TYPE_CHECKING:
    from io import RawIOBase
    from pathlib import Path

    from o7_warehouse.sources.manifest import ListedFile

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_HEADER = 2**16
# More columns than any entity will ever have; PostgreSQL itself ends at 1600.
MOST_COLUMNS = 500
BLOCK = 2**20
# No row of the contract comes near it; a quotation mark left open does, and would fill the server's memory.
LONGEST_RECORD = 16 * 2**20
# What PostgreSQL can hold as a column. Anything else in line 1 is a row whose header is missing, and must not be
# told as a name: it would be a child's data.
COLUMN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
QUOTED = re.compile(r'"(.*)"')
COPY_OPTIONS = "format csv, delimiter ';', header true, encoding 'UTF8'"


def read_header(listed: ListedFile) -> list[str]:
    """The column names in the first line, after the file's size has been compared with the manifest.

    Raises ContractError, DeliveryError.
    """
    path = listed.path
    with opened(listed) as file:
        line = file.readline(LONGEST_HEADER)
    if line.startswith(BYTE_ORDER_MARK):
        raise no_header(
            path,
            "byte_order_mark",
            "the file begins with a byte order mark, which would become part of the first column's name; the "
            "contract asks for UTF-8 without it",
        )
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise DeliveryError(
            f"{path}: line 1 is not UTF-8, so no name can be trusted. {AGAIN}", check="encoding"
        ) from None
    return _names(path, text)


def _names(path: Path, text: str) -> list[str]:
    names = [QUOTED.sub(r"\1", name) for name in text.removesuffix("\n").removesuffix("\r").split(";")]
    if len(names) > MOST_COLUMNS:
        raise no_header(
            path,
            "columns_too_many",
            f"line 1 names more than {MOST_COLUMNS} columns",
        )
    are_names = all(COLUMN_NAME.fullmatch(name) for name in names)
    if not text.endswith("\n") or not are_names or len(set(names)) != len(names):
        raise no_header(
            path,
            "header",
            "line 1 is not a header of different column names in Latin letters, separated by «;» and ended by a "
            "line feed",
        )
    return names


def stream(listed: ListedFile, writer: RawIOBase) -> int:
    """Write the file to ``writer`` as it is; returns its records, counted here and not taken from the manifest.

    Raises DeliveryError when its bytes or records are not those of the manifest, which also explains a file
    that the reader gave up on; BrokenPipeError when only the reader gave up.
    """
    counter = DigestingCounter()
    gave_up = False
    with opened(listed) as file:
        while block := file.read(BLOCK):
            counter.feed(block)
            if counter.unended > LONGEST_RECORD:
                raise unreadable(
                    listed.path,
                    "record_too_long",
                    f"holds a row of more than {LONGEST_RECORD // 2**20} MB; a quotation mark was never closed",
                )
            if not gave_up:
                gave_up = not _written(writer, block)
    check_digest(listed, counter.hexdigest())
    if counter.is_quoted:
        raise unreadable(
            listed.path,
            "quote_open",
            "opens a quotation mark that is never closed, so nobody can say where its rows end",
        )
    check_rows(listed, counter.records)
    if gave_up:
        raise BrokenPipeError
    return counter.records


def _written(writer: RawIOBase, block: bytes) -> bool:
    """Whether the reader took the block; False when it is gone."""
    view = memoryview(block)
    try:
        while view:
            view = view[writer.write(view) :]
    except BrokenPipeError:
        return False
    return True
