"""The erasure from its beginning to its act: rows, then files, then the proof, and only then the word in the audit.

It may be broken off anywhere and run again: who has a tombstone without a finished erasure is finished under the same
number. No night works beside it, and none may be under way.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import psycopg2

from o7_warehouse import bootstrap, server
from o7_warehouse.contract import read_contract
from o7_warehouse.distributed import refuse_distributed
from o7_warehouse.erasure.act import Erased, write_papers
from o7_warehouse.erasure.files import clear_files, search_files
from o7_warehouse.erasure.proof import Searched, search_database, search_tables
from o7_warehouse.erasure.remove import remove, write_erasure, write_proof
from o7_warehouse.erasure.rewrite import rewrite
from o7_warehouse.erasure.tombstones import tombstone
from o7_warehouse.errors import CommandError, ErasureError, NightError
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.run_records import newest_run
from o7_warehouse.runs import FENCE_LOCK, hold_lock
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction, translated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.erasure.find import Removed
    from o7_warehouse.erasure.persons import Person
    from o7_warehouse.settings import Settings

ROLE: Final = "o7_eraser"
PLACES_NAMED: Final = 5
_UNFINISHED: Final = """
    select person.kind, person.tombstone::text, person.erasure_id, done.erasure_id is not null
    from audit.erased_person as person left join audit.erasure_proof as done using (erasure_id)
"""
_HOLDS: Final = {
    "student": "select count(*) from raw_o7.student_keys where student_id = any(%s)",
    "staff": "select count(*) from raw_o7.staff_keys where staff_id = any(%s)",
}
_NEXT: Final = "select count(distinct erasure_id) from audit.erased_person where erasure_id like %s"


def erase(settings: Settings, persons: Sequence[Person], *, reason: str, by_whom: str) -> tuple[Erased, Path]:
    """Erase the persons everywhere, prove it, and write the act; returns what was done and where the papers lie.

    Raises CommandError for a person who is not held, or without a reason or a name; SettingsError for tables that are
    distributed; NightError while a night is under way; ErasureError where something of the persons is left, naming the
    place; what the warehouse raises.
    """
    for option, words in (("--reason", reason), ("--by", by_whom)):
        if not words.strip(" ."):
            raise CommandError(
                f"{option} is empty, and the act must say it. Give it, and run the command again."
            )
    _prepare(settings)
    contract = read_contract(settings.root)
    # An identity of its own, so that no run can be opened from anywhere while it lasts.
    with hold_lock(settings, run_id="erasure"):
        with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", (FENCE_LOCK,))
            run_id = _idle_run(cursor)
            erasure_id = _number(cursor, settings, persons)
            removed = remove(cursor, settings, contract, persons, run_id=run_id, erasure_id=erasure_id)
            write_erasure(
                cursor, removed, persons, run_id=run_id, erasure_id=erasure_id, reason=reason, by_whom=by_whom
            )
        rewrite(settings, removed.tables)
        searched = Searched()
        own = _search_databases(settings, removed, searched)
        cleared = clear_files(settings.state, own)
        search_files(settings.state, own, searched)
        _refuse_left(erasure_id, searched)
        erased = Erased(
            erasure_id=erasure_id, at=datetime.now(UTC), reason=reason, by_whom=by_whom,
            persons=persons, removed=removed, cleared=cleared, searched=searched,
        )  # fmt: skip
        folder = write_papers(settings, contract, erased)
        with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
            write_proof(cursor, searched.counts, run_id=run_id, erasure_id=erasure_id)
    return erased, folder


def _prepare(settings: Settings) -> None:
    bootstrap.ensure(settings, server.address(settings) if settings.needs_server else None)
    refuse_distributed(
        settings,
        "The proof of an erasure reads tables and statistics of one server, and would miss those of nodes.",
    )


def _idle_run(cursor: Cursor) -> str:
    """The newest run, which must have ended: what a night at work has in hand would come back with it."""
    newest = newest_run(cursor)
    if newest is None:
        raise CommandError(
            "The warehouse has never run a night, so it holds nobody. There is nothing to erase."
        )
    if not newest.has_ended:
        raise NightError(
            "A night is under way, or was killed and nobody has ended it; what it has in hand could come back. Wait "
            "for its end; after a kill run ./o7 night, which ends it. Then erase."
        )
    return newest.run_id


def _number(cursor: Cursor, settings: Settings, persons: Sequence[Person]) -> str:
    """The number of the erasure: that of one that was broken off, or the next of the day."""
    key = settings.secrets.erasure_key
    cursor.execute(_UNFINISHED)
    known = {(kind, stone): (number, is_done) for kind, stone, number, is_done in cursor.fetchall()}
    before = [
        known.get((one.kind, str(tombstone(key, one.kind, one.identity))), (None, False)) for one in persons
    ]
    held = 0
    for kind, question in _HOLDS.items():
        cursor.execute(question, ([one.identity for one in persons if one.kind == kind],))
        held += cursor.fetchall()[0][0]
    begun = {number for number, is_done in before if number is not None and not is_done}
    if len(begun) == 1 and all(number in begun for number, _ in before):
        return str(begun.pop())
    if held != len(persons):
        done = sum(is_done for _, is_done in before)
        raise CommandError(
            f"Of {len(persons)} persons named the warehouse holds {held}; {done} were erased before. An act must not "
            "speak of somebody who was never here. Name only those it holds, by О7's identities, and nothing else."
        )
    today = datetime.now(MOSCOW).date().isoformat()
    cursor.execute(_NEXT, (f"{today}-%",))
    [(count,)] = cursor.fetchall()
    return f"{today}-{count + 1:02}"


def _search_databases(settings: Settings, removed: Removed, searched: Searched) -> set[str]:
    """Search the warehouse, and Airflow's records where the embedded server keeps them."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        own = search_tables(cursor, certain=removed.certain, values=removed.values, searched=searched)
    if not settings.airflow_dsn:
        airflow = server.address(settings).dsn("airflow", ADMIN)
        with (
            translated("searching Airflow's records"),
            closing(psycopg2.connect(airflow)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            search_database(cursor, own, name="airflow", searched=searched)
    return own


def _refuse_left(erasure_id: str, searched: Searched) -> None:
    if not searched.hits:
        return
    places = ", ".join(list(searched.hits)[:PLACES_NAMED]) + (
        ", …" if len(searched.hits) > PLACES_NAMED else ""
    )
    raise ErasureError(
        f"Erasure {erasure_id}: something of the persons still stands in {len(searched.hits)} places: {places}. The "
        "rows are gone, but an act would not be true, so none was written. Clear these places by hand, and run the "
        "same command again."
    )
