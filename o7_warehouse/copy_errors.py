"""What PostgreSQL says of a file it cannot read, told without the line's text: it is a child's data."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import errorcodes

from o7_warehouse.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = re.compile(r"\b(?:line|строка) (\d+)")
MISSING_COLUMN = re.compile(r'"([a-z][a-z0-9_]*)"$')
# The beginning of PostgreSQL's message -> the check that found it, and what is wrong with the file.
SHAPES = (
    ("missing data for column", "row_ragged", "has too few values"),
    ("extra data after last expected column", "row_ragged", "has too many values"),
    ("unterminated CSV quoted field", "quote_open", "opens a quotation mark that is never closed"),
    ("unquoted newline", "line_ends", "mixes two kinds of line end"),
    ("unquoted carriage return", "line_ends", "mixes two kinds of line end"),
    ("literal newline", "line_ends", "mixes two kinds of line end"),
    ("literal carriage return", "line_ends", "mixes two kinds of line end"),
    ("unexpected EOF", "row_ragged", "ends in the middle of a row"),
)


@contextmanager
def explained_copy(entity: str, columns: list[str]) -> Iterator[None]:
    """Turn COPY's complaints about the data into DeliveryError; other errors of the warehouse pass through.

    ``columns`` are the names that may be told: PostgreSQL quotes them, and nothing else is taken from its
    words.
    """
    try:
        yield
    except (psycopg2.DataError, psycopg2.errors.ProgramLimitExceeded) as error:
        line = LINE.search(error.diag.context or "")
        where = f"{entity}, line {line[1]}" if line else entity
        check, found = _shape(error, columns)
        raise DeliveryError(
            f"{where}: {found}. A file with one unreadable line is not loaded at all. "
            "Ask О7's operator to deliver it again.",
            check=check,
        ) from None


def _shape(error: psycopg2.Error, columns: list[str]) -> tuple[str, str]:
    """The check that found the shape, and the shape in words."""
    said = error.diag.message_primary or ""
    if error.pgcode == errorcodes.CHARACTER_NOT_IN_REPERTOIRE and said.endswith(": 0x00"):
        return "zero_byte", "holds a zero byte, which no text can"
    if error.pgcode in {errorcodes.CHARACTER_NOT_IN_REPERTOIRE, errorcodes.UNTRANSLATABLE_CHARACTER}:
        return "encoding", "is not written in UTF-8"
    if error.pgcode == errorcodes.PROGRAM_LIMIT_EXCEEDED:
        return (
            "record_too_long",
            "is a line of more than a gigabyte; a quotation mark was probably never closed",
        )
    for beginning, check, meaning in SHAPES:
        if said.startswith(beginning):
            named = MISSING_COLUMN.search(said)
            return check, f"{meaning} (from column {named[1]})" if named and named[1] in columns else meaning
    return "csv", f"cannot be read as CSV (SQLSTATE {error.pgcode})"
