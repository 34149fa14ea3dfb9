"""The rows of a build as lines of JSON: what is sealed with an edition, and what it is compared with later."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class

# Lines a server hands over at a time.
_BATCH: Final = 20_000
_PAIRED: Final = 500
_ROWS: Final = sql.SQL("select relation, content from published.edition_rows({night}, {build}, {relation})")


@dataclass(frozen=True, slots=True)
class Sealed:
    """The rows of one table: how many, the SHA-256 of their lines, and the lines packed."""

    relation: str
    rows: int
    sha256: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """The first cell of a table that is not what was sealed; None stands for no row, or no value in it."""

    row: str
    column: str
    sealed: str | None
    found: str | None
    rows: int


def sealed_rows(connection: Connection, *, night: dt.date, run_id: str) -> list[Sealed]:
    """Every table of a build, ready to be sealed; tables without a row of this build are left out."""
    found = []
    for relation, lines in groupby(_lines(connection, night=night, run_id=run_id), key=lambda line: line[0]):
        digest, rows, packed = hashlib.sha256(), 0, io.BytesIO()
        # Neither the name nor the hour is packed, so that the same rows are the same bytes.
        with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as file:
            for _, content in lines:
                line = content.encode() + b"\n"
                digest.update(line)
                file.write(line)
                rows += 1
        found.append(Sealed(relation, rows, digest.hexdigest(), packed.getvalue()))
    return found


def digests(connection: Connection, *, night: dt.date, run_id: str) -> dict[str, str]:
    """SHA-256 of the lines of each table that has rows of this build now."""
    found: dict[str, Any] = {}
    for relation, content in _lines(connection, night=night, run_id=run_id):
        found.setdefault(relation, hashlib.sha256()).update(content.encode() + b"\n")
    return {relation: digest.hexdigest() for relation, digest in found.items()}


def lines_of(connection: Connection, *, night: dt.date, run_id: str, relation: str) -> list[str]:
    """The lines of one table as they are now."""
    return [content for _, content in _lines(connection, night=night, run_id=run_id, relation=relation)]


def unpacked(packed: bytes) -> list[str]:
    """The lines of a sealed file. Raises OSError or EOFError for what is no such file."""
    return gzip.decompress(packed).decode().split("\n")[:-1]


def first_difference(sealed: list[str], found: list[str]) -> Difference | None:
    """Where the rows of a table are not what was sealed, by its first cell; None where they are."""
    gone, new = Counter(sealed) - Counter(found), Counter(found) - Counter(sealed)
    if not gone and not new:
        return None
    count = max(gone.total(), new.total())
    if not gone:
        return Difference(_told(_parsed(min(new))), "", None, min(new), count)
    first = _parsed(min(gone))
    # The row it has become is the one that differs least; where every row is far, it has gone.
    others = [_parsed(line) for line in sorted(new)[:_PAIRED]]
    nearest = min(others, key=lambda row: _distance(first, row), default=None)
    if nearest is None or _distance(first, nearest) > len(first) // 2:
        return Difference(_told(first), "", min(gone), None, count)
    columns = [name for name in sorted({*first, *nearest}) if first.get(name) != nearest.get(name)]
    same = {name: value for name, value in first.items() if name not in columns}
    name = columns[0]
    return Difference(_told(same), name, _text(first.get(name)), _text(nearest.get(name)), count)


def _lines(
    connection: Connection, *, night: dt.date, run_id: str, relation: str | None = None
) -> Iterator[tuple[str, str]]:
    statement = _ROWS.format(
        night=sql.Literal(night), build=sql.Literal(run_id), relation=sql.Literal(relation)
    )
    with connection.cursor(name="edition_rows") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(statement)
        yield from cursor


def _parsed(line: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line, parse_float=Decimal)
    return row


def _distance(one: dict[str, Any], other: dict[str, Any]) -> int:
    return sum(one.get(name) != other.get(name) for name in {*one, *other})


def _told(row: dict[str, Any]) -> str:
    """The address of a row: its words, without its figures."""
    return ", ".join(f"{name}={value}" for name, value in sorted(row.items()) if isinstance(value, str))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
