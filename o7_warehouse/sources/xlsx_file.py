"""An XLSX file of a drop, made by hand («ручная выгрузка», T3): Russian headers, every cell text, one sheet.

The file is read once and hashed; what is unpacked are the bytes that were hashed.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from typing import TYPE_CHECKING

from o7_warehouse.contract_checks import twice
from o7_warehouse.sources.listed_file import check_digest, check_rows, opened
from o7_warehouse.sources.refusals import no_header, unreadable
from o7_warehouse.sources.xlsx_package import Package, open_package
from o7_warehouse.sources.xlsx_sheet import Row, letters_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import RawIOBase

    from o7_warehouse.contract import Entity
    from o7_warehouse.sources.manifest import ListedFile

LARGEST_FILE = 64 * 2**20
LONGEST_TITLE = 120
ROWS_AT_ONCE = 500
COPY_OPTIONS = "format csv, delimiter ';', header false, encoding 'UTF8'"


def read_header(listed: ListedFile, entity: Entity) -> list[str]:
    """The contract's names of the columns in row 1; a title it does not know stays as it is written.

    Raises ContractError, DeliveryError.
    """
    rows = read_rows(_package(listed))
    return _header(listed, entity, next(rows, (0, {})))


def count_rows(listed: ListedFile, entity: Entity) -> int:
    """How many rows stand below the header, after every cell has been looked at.

    Raises ContractError, DeliveryError.
    """
    rows = read_rows(_package(listed))
    header = _header(listed, entity, next(rows, (0, {})))
    return sum(1 for _ in _body(listed, header, rows))


def stream(listed: ListedFile, entity: Entity, columns: Sequence[str], writer: RawIOBase) -> int:
    """Write ``columns`` of every row to ``writer`` as CSV without a header; returns how many rows were read.

    Raises ContractError, DeliveryError; BrokenPipeError when nobody reads any more.
    """
    rows = read_rows(_package(listed))
    header = _header(listed, entity, next(rows, (0, {})))
    places = [header.index(name) for name in columns]
    count, text = 0, io.StringIO()
    for count, row in enumerate(_body(listed, header, rows), start=1):
        text.write(";".join(_quoted(row.get(place)) for place in places) + "\n")
        if count % ROWS_AT_ONCE == 0:
            _hand_on(text, writer)
    _hand_on(text, writer)
    check_rows(listed, count)
    return count


def _package(listed: ListedFile) -> Package:
    path = listed.path
    if listed.size > LARGEST_FILE:
        raise unreadable(
            path,
            "xlsx_too_large",
            f"the file has {listed.size} bytes, more than {LARGEST_FILE}; split it by school",
        )
    with opened(listed) as file:
        content = file.readall()
    check_digest(listed, hashlib.sha256(content).hexdigest())
    return open_package(path, content)


def _header(listed: ListedFile, entity: Entity, first: tuple[int, Row]) -> list[str]:
    number, row = first
    titles = [_one_line(row.get(place, "")) for place in range(max(row, default=-1) + 1)]
    known = {_plain(column.title): column.name for column in entity.columns if column.title}
    known |= {column.name: column.name for column in entity.columns}
    names = [known.get(_plain(title), title) for title in titles]
    key = next(column for column in entity.columns if column.is_key)
    # Without the key's title row 1 may be a child's data: its texts must not be told.
    if number != 1 or key.name not in names:
        raise no_header(
            listed.path,
            "header",
            f"row 1 is not a header: none of its cells says «{key.title}», the title of the key",
        )
    blank = [letters_of(place) for place, name in enumerate(names) if not name]
    if blank or any(len(name) > LONGEST_TITLE for name in names):
        raise no_header(
            listed.path,
            "header",
            f"row 1 has a column without a title, or one too long: {', '.join(blank[:5])}",
        )
    if name_twice := twice(names):
        raise no_header(listed.path, "header_twice", f"row 1 names a column twice: {name_twice!r}")
    return names


def _body(listed: ListedFile, header: list[str], rows: Iterator[tuple[int, Row]]) -> Iterator[Row]:
    """The rows below the header, which follow one another without a gap and are no wider than it."""
    last = 1
    for number, row in rows:
        if number != last + 1:
            raise unreadable(listed.path, "xlsx_gap", f"row {last + 1} is blank, and others follow it")
        if max(row) >= len(header):
            raise unreadable(
                listed.path,
                "row_ragged",
                f"row {number} is wider than the header: column {letters_of(max(row))}",
            )
        last = number
        yield row


def _one_line(title: str) -> str:
    """A title as errors and the audit may tell it: without line ends, nor any sign that does something."""
    spaced = " ".join(title.split())
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in spaced)


def _plain(title: str) -> str:
    """A title without what a typist may do differently: case, spaces, ё."""
    return " ".join(unicodedata.normalize("NFC", title).split()).casefold().replace("ё", "е")


def _quoted(value: str | None) -> str:
    if value is None:
        return ""
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _hand_on(text: io.StringIO, writer: RawIOBase) -> None:
    view = memoryview(text.getvalue().encode())
    while view:
        view = view[writer.write(view) :]
    text.seek(0)
    text.truncate()
