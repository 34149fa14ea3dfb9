"""Versions of the warehouse's own tables: forward from any of them, never back, and each step is a row.

``ddl/versions.csv`` lists them; the last one is what this code makes. What can be repeated stands in ``ddl/*.sql`` and
is run each time. What cannot, because it moves rows, is a file ``ddl/once/NNNN_what.sql``: it is run once, after the
tables are there, in the same transaction, where the warehouse was older than version NNNN. A warehouse from before
versions were written down has version 0.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CatalogueError, SchemaVersionError
from o7_warehouse.revision import code_revision
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

DDL: Final = "o7_warehouse/ddl"
FILE: Final = f"{DDL}/versions.csv"
UNWRITTEN: Final = 0
DIGITS: Final = 12
_IS_WRITTEN: Final = "select to_regclass('access.schema_version') is not null"
_NEWEST: Final = """
    select version, digest, code_revision, applied_at::date::text from access.schema_version
    order by version desc, applied_at desc limit 1
"""
_ADD: Final = "insert into access.schema_version (version, digest, code_revision) values (%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the tables: its number, and the digest of the definitions it has."""

    number: int
    digest: str


def versions(root: Path) -> list[Version]:
    """The versions this code knows, oldest first. Raises CatalogueError where they are not 1, 2, 3."""
    with (root / FILE).open(encoding="utf-8", newline="") as file:
        known = [Version(int(row["version"]), row["digest"]) for row in csv.DictReader(file)]
    if not known or [one.number for one in known] != list(range(1, len(known) + 1)):
        raise CatalogueError(
            f"{FILE} must count its versions 1, 2, 3 without a gap, or nobody can tell which of two is the newer. Mend "
            "the numbers; a version that was released keeps its own."
        )
    return known


def ddl_files(root: Path) -> list[Path]:
    """The hand-written definitions, in the order in which they are run."""
    return sorted((root / DDL).glob("*.sql"))


def once_files(root: Path) -> list[Path]:
    """What is run once, in the order of the versions it belongs to."""
    return sorted((root / DDL / "once").glob("*.sql"))


def digest_of(root: Path) -> str:
    """A digest of everything in the folder of definitions that is run."""
    hashed = hashlib.sha256()
    for path in (*ddl_files(root), *once_files(root)):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()[:DIGITS]


def refuse_newer_warehouse(settings: Settings) -> None:
    """Do the same for work that does not begin with the bootstrap; raises also what connecting does."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        refuse_newer(cursor, settings.root)


def refuse_newer(cursor: Cursor, root: Path) -> int:
    """The version of the warehouse's tables; raises SchemaVersionError where this code does not know it yet."""
    written = _newest(cursor)
    if written is None:
        return UNWRITTEN
    number, _, revision, day = written
    known = versions(root)[-1].number
    if number > known:
        raise SchemaVersionError(
            f"The tables of this warehouse have version {number} (made on {day} by the code {revision}), and this code "
            f"knows versions up to {known}. What older code writes into newer tables, the newer code may take for "
            f"something else, so nothing was done. Update the code to {revision} or a later one. To go back, restore "
            "the copy that was taken before the upgrade (docs/upgrade.md)."
        )
    return number


def go_forward(cursor: Cursor, root: Path, *, since: int) -> None:
    """Run what is run once of each version after ``since``, and write down which version the warehouse has now.

    The tables are there already, and the caller's transaction and lock are held. Raises CatalogueError for a file
    that belongs to no version, and the driver's errors.
    """
    now = versions(root)[-1]
    for path in once_files(root):
        if since < _version_of(path, now) <= now.number:
            cursor.execute(path.read_text(encoding="utf-8"))
            cursor.execute("reset role")
    made = (now.number, digest_of(root))
    written = _newest(cursor)
    if written is None or written[:2] != made:
        cursor.execute(_ADD, (*made, code_revision(root)))


def _version_of(path: Path, now: Version) -> int:
    number = path.name.split("_")[0]
    if not number.isdecimal() or not 1 <= int(number) <= now.number:
        raise CatalogueError(
            f"{DDL}/once/{path.name} belongs to no version, so it would never be run. Its name begins with the number "
            f"of a version that {FILE} lists."
        )
    return int(number)


def _newest(cursor: Cursor) -> tuple[int, str, str, str] | None:
    cursor.execute(_IS_WRITTEN)
    if cursor.fetchall() == [(False,)]:
        return None
    cursor.execute(_NEWEST)
    found = cursor.fetchall()
    return found[0] if found else None
