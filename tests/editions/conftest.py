"""A warehouse with published nights of two quarters, and a shelf of editions for each test."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import connect, transaction
from tests.conftest import open_folder
from tests.editions.desk import AUDITED, EARLY, LAST, QUARTER_BEFORE, Desk, pass_gate, run_of
from tests.reports import republic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.settings import Settings

NIGHTS = (QUARTER_BEFORE, EARLY, LAST)
OURS = [run_of(night) for night in NIGHTS]
TABLES = (
    "audit.outbox_event, audit.outbox_message, audit.restated_figure, audit.restatement, audit.edition_file, "
    "audit.edition_event, audit.sign_off, audit.waiver_applied"
)


@pytest.fixture(scope="module")
def published(warehouse_database: Settings) -> Settings:
    """The last night of a quarter, two nights of the next one, each by a run that ended and was sealed."""
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        republic.make_tables(cursor)
        for night in NIGHTS:
            republic.publish(cursor, night)
        for night in NIGHTS:
            pass_gate(cursor, night)
        seal_ended(cursor)
    return warehouse_database


@pytest.fixture
def desk(published: Settings) -> Iterator[Desk]:
    """Where an edition is made: the same warehouse with an empty shelf, put back as it was when the test is over."""
    # The servers' state stays where it is; only the shelf is the test's own.
    with open_folder() as folder:
        shelf = folder / "editions"
        shelf.mkdir()
        link = published.state / "editions"
        link.symlink_to(shelf)
        with closing(connect(published, ADMIN)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            kept = _kept(cursor)
            try:
                yield Desk(replace(published), cursor)
            finally:
                _put_back(cursor, kept)
                link.unlink()
                _open_to_writers(folder)


def _kept(cursor) -> list[tuple[object, ...]]:
    cursor.execute("select * from published.night")
    return cursor.fetchall()


def _put_back(cursor, kept) -> None:
    cursor.execute("reset role")
    cursor.execute(f"truncate {TABLES}")
    cursor.execute("truncate published.night")
    for table in ("seal", *reversed(AUDITED)):
        cursor.execute(f"delete from audit.{table} where run_id <> all (%s::uuid[])", (OURS,))
    cursor.execute(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'indicators'::regnamespace"
    )
    for (table,) in cursor.fetchall():
        cursor.execute(f"delete from indicators.{table} where build_id <> all (%s::uuid[])", (OURS,))
    cursor.executemany(f"insert into published.night values ({', '.join(['%s'] * len(kept[0]))})", kept)


def _open_to_writers(folder) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


@pytest.fixture
def issued(desk: Desk) -> Iterator[Desk]:
    """The quarter's edition, issued of its last night."""
    desk.issued()
    yield desk
    desk.cursor.execute("truncate audit.batch")
