"""Retention in the database: rows, nights and keys whose term is over (dbt_project/seeds/retention.csv).

Days are counted back from the newest night that raw holds, not from the clock, so a warehouse that stood still loses
nothing. A night of raw goes as a whole: what is alive on a night that stays is not touched, so those nights can be run
again exactly as before.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from psycopg2 import sql
from psycopg2.extras import Json

from o7_warehouse.contract import read_contract
from o7_warehouse.erasure.keys import note_keys
from o7_warehouse.errors import NightError
from o7_warehouse.pseudonyms import REGISTERS
from o7_warehouse.run_records import newest_night, newest_run
from o7_warehouse.runs import FENCE_LOCK, hold_lock
from o7_warehouse.upkeep.terms import terms
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.settings import Settings
    from o7_warehouse.upkeep.terms import Term

ROLE: Final = "o7_eraser"
BY: Final = "Хранилище О7 (по срокам хранения)"
REASON: Final = "Истек срок хранения"
NIGHT_TABLES: Final = ("night", "load_record", "absent_column", "volume", "reading", "row_check")
# The column that says when a row ended or of which night it tells.
ENDED_BY: Final = {"quarantine.entry": "night"}
_RECORD: Final = """
    insert into audit.erasure (run_id, erasure_id, students, staff, reason, by_whom, removed)
    values (%s, %s, %s, %s, %s, %s, %s)
"""


def expire(settings: Settings) -> Counter[str]:
    """Take away what outlives its term; returns rows by table. Repeating it takes nothing more.

    Raises NightError while a night is under way; CatalogueError, StatementError, WarehouseUnavailableError.
    """
    contract = read_contract(settings.root)
    with (
        hold_lock(settings, run_id="upkeep"),
        transaction(settings, ROLE) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select pg_advisory_xact_lock(%s)", (FENCE_LOCK,))
        run, newest = newest_run(cursor), newest_night(cursor)
        if run is None or newest is None:
            return Counter()
        if not run.has_ended:
            raise NightError(
                "A night is under way, or was killed and nobody has ended it, so nothing is taken away beside it. Wait "
                "for its end; after a kill run ./o7 night, which ends it. Then ask for upkeep again."
            )
        erasure_id = _number(cursor, newest)
        removed: Counter[str] = Counter()
        for term in terms(settings.root, on=newest):
            if term.action == "empty":
                removed.update(_emptied(cursor, term))
            if term.days is not None and term.action.startswith("expire_"):
                last = newest - timedelta(days=term.days)
                removed.update(_expired(cursor, contract, term, last=last, erasure_id=erasure_id))
        removed = Counter({table: count for table, count in removed.items() if count})
        if removed:
            persons = [removed[f"raw_o7.{one.kind}_keys"] for one in REGISTERS]
            cursor.execute(_RECORD, (run.run_id, erasure_id, *persons, REASON, BY, Json(dict(removed))))
    return removed


def _emptied(cursor: Cursor, term: Term) -> Counter[str]:
    """A delivery that was refused: no run that has ended goes on with it."""
    cursor.execute(
        "select tablename::text from pg_catalog.pg_tables where schemaname = %s order by 1", (term.place,)
    )
    removed: Counter[str] = Counter()
    for (table,) in cursor.fetchall():
        cursor.execute(sql.SQL("delete from {}").format(sql.Identifier(term.place, table)))
        removed[f"{term.place}.{table}"] = cursor.rowcount
    return removed


def _number(cursor: Cursor, newest: date) -> str:
    cursor.execute("select count(*) from audit.erasure where erasure_id like %s", (f"срок-{newest}-%",))
    [(count,)] = cursor.fetchall()
    return f"срок-{newest}-{count + 1:02}"


def _expired(cursor: Cursor, contract: Contract, term: Term, *, last: date, erasure_id: str) -> Counter[str]:
    """What of a term is over: all that ended, or tells of a night, before ``last``."""
    if term.action == "expire_nights":
        return _nights(cursor, contract, last)
    if term.action == "expire_persons":
        return _persons(cursor, term)
    column = ENDED_BY.get(term.name, "night" if term.action == "expire_keys" else "night_to")
    condition = f"line.{column} < date '{last.isoformat()}'"
    statement = sql.SQL("delete from {} as line where {}").format(
        sql.Identifier(term.place, term.part), sql.SQL(condition)
    )
    if term.action == "expire_keys":
        with note_keys(cursor, erasure_id=erasure_id, condition=condition):
            cursor.execute(statement)
    else:
        cursor.execute(statement)
    return (
        Counter({term.name: cursor.rowcount})
        if term.action != "expire_keys"
        else _counted(cursor, erasure_id)
    )


def _counted(cursor: Cursor, erasure_id: str) -> Counter[str]:
    cursor.execute(
        "select coalesce(sum(keys_before - keys_after), 0)::bigint from audit.erased_keys where erasure_id = %s",
        (erasure_id,),
    )
    [(keys,)] = cursor.fetchall()
    return Counter({"audit.failing_key": keys})


def _nights(cursor: Cursor, contract: Contract, last: date) -> Counter[str]:
    """Versions that were over before the first night that stays, and what is told of the nights before it."""
    removed: Counter[str] = Counter()
    for entity in contract.entities:
        cursor.execute(
            sql.SQL("delete from {} where _night_to <= %s").format(sql.Identifier("raw_o7", entity.name)),
            (last,),
        )
        removed[f"raw_o7.{entity.name}"] = cursor.rowcount
    for table in NIGHT_TABLES:
        cursor.execute(
            sql.SQL("delete from {} where night < %s").format(sql.Identifier("raw_o7", table)), (last,)
        )
        removed[f"raw_o7.{table}"] = cursor.rowcount
    return removed


def _persons(cursor: Cursor, term: Term) -> Counter[str]:
    """Pseudonyms of persons of whom raw holds no row of their own any more."""
    [register] = [one for one in REGISTERS if f"{one.kind}_keys" == term.part]
    present = sql.SQL(" union all ").join(
        sql.SQL("select source_id from {}").format(sql.Identifier("raw_o7", entity))
        for entity in register.entities
    )
    cursor.execute(
        sql.SQL(
            "delete from {table} as known where not exists (select from ({present}) as held"
            " where held.source_id = known.{identity})"
        ).format(table=register.table, present=present, identity=register.identity)
    )
    return Counter({term.name: cursor.rowcount})
