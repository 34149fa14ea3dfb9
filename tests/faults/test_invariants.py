"""Every invariant holds after a good night, and is seen to fail on a state that was broken on purpose.

What is broken in the database is taken back with its transaction; folders are broken in a copy.
"""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse.server import ADMIN
from tests.faults.house import FIRST, House, moved_in
from tests.faults.invariant_statements import ALWAYS, ENDED, OF_ENTITY
from tests.faults.invariants import (
    Known,
    delivered_by,
    examined,
    in_folders,
    in_tables,
    said_by,
    wait_for_the_killed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.faults.invariants import Violated
    from tests.journeys.states import State

# One row of a table, whichever comes first.
ONE = "where ctid = (select min(ctid) from {table})"


def of_one(statement: str, table: str) -> str:
    """A statement about one row of a table."""
    return f"{statement.format(table=table)} {ONE.format(table=table)}"


def again(table: str) -> str:
    """A row of a history once more, from the day before on."""
    return (
        f"insert into {table} select (jsonb_populate_record(line, jsonb_build_object('night_from',"
        f" line.night_from - 1))).* from {table} as line {ONE.format(table=table).replace('ctid', 'line.ctid', 1)}"
    )


BROKEN = {
    "rows_accounted": {
        "loads that do not add up": of_one("update {table} set rows_new = rows_new + 1", "raw_o7.load_record"),
        "nights whose rows were loaded only in part": """
            insert into raw_o7.night
            select (jsonb_populate_record(known, '{"night": "2025-12-14"}')).* from raw_o7.night as known limit 1
        """,
        "loads of a night that is not retained": "delete from raw_o7.night",
        "entities of published runs that do not add up": of_one(
            "update {table} set rows_admitted = rows_admitted - 1", "audit.row_account"
        ),
        "published runs without an account of their rows": "delete from audit.row_account",
        "accounts that are not what was loaded": "update audit.row_account set rows_in = rows_in + 1",
        "accounts that are not what quarantine holds": """
            update audit.row_account set rows_quarantined = rows_quarantined + 1
        """,
        "entities whose rows in raw are not those that came": of_one("delete from {table}", "raw_o7.student"),
        "rows of a night that is not retained": of_one(
            "update {table} set _night_from = '2001-01-01'", "raw_o7.student"
        ),
        "loads that are not what the source delivered": "update raw_o7.load_record set rows_in = rows_in + 1",
    },
    "effects_once": {
        "builds that stand for two nights": """
            insert into published.night
            select (jsonb_populate_record(known, '{"night": "2025-12-14"}')).* from published.night as known limit 1
        """,
        "figures told twice": """
            insert into indicators.indicator_values select * from indicators.indicator_values limit 1
        """,
        "pupils with two profiles on a night": again("published.profile_versions"),
        "pupils with two readings on a night": again("published.pupil_reading_versions"),
        "teachers with two readings on a night": again("published.staff_reading_versions"),
        "open questions remembered twice": again("published.issue_versions"),
        "keys in quarantine remembered twice": """
            insert into published.aside_versions
            select 'person', one.key, 'school', day, 'infinity', 1
            from unnest('{2025-12-14, 2025-12-15}'::date[]) as day, gen_random_uuid() as one (key)
        """,
        "messages taken twice": """
            set local session_replication_role = replica;
            insert into audit.outbox_event (
                edition_id, recipient_id, channel, event_no, event, run_id, address, said
            )
            select '2025-Q4-01', 'office', 'smtp', number, 'sent', gen_random_uuid(), 'office', 'taken'
            from generate_series(1, 2) as number
        """,
        "files of one run with two contents": """
            insert into audit.report_file (run_id, night, report_id, format, path, bytes, sha256)
            select run_id, night, report_id, format, path, bytes, 'other' from audit.report_file limit 1
        """,
    },
    "published_whole": {
        "published nights that no gate let pass": """
            update audit.gate_finding set outcome = 'fail' where check_id = 'verdict'
        """,
        "published nights without all indicators of the republic": """
            delete from indicators.indicator_values where level = 'region' and indicator = '4.2'
        """,
        "published nights with persons of another build": """
            update published.reading_night set build_id = gen_random_uuid()
        """,
        "published nights with broken rules of another run": """
            update published.issue_night set run_id = gen_random_uuid()
        """,
        "published nights of a build that is held back": "update audit.run set trigger = 'hold B1'",
        "builds of a backfill switched to a run that never was": """
            insert into audit.backfill_event (run_id, backfill, night, event, switched_run_id, by_whom)
            values (gen_random_uuid(), 'B1', '2025-12-15', 'switched', gen_random_uuid(), 'somebody')
        """,
        "restatements without all their figures": """
            insert into audit.restatement (
                edition_id, run_id, night, frozen_run_id, frozen_night, causes, deliveries, figures
            )
            values ('2025-Q4-01', gen_random_uuid(), '2025-12-15', gen_random_uuid(), '2025-12-15', '{}', '{}', 1)
        """,
        "published nights that raw does not retain": "delete from raw_o7.night",
        "figures that are not as many persons as the histories": of_one(
            "delete from {table}", "published.profile_versions"
        ),
        "retained nights that are not published": "delete from published.night",
        "published nights whose run did not end well": "update audit.run_outcome set outcome = 'failed'",
    },
    "nothing_lost": {
        "published nights that are gone": "delete from published.night",
        "published nights that say something else": of_one(
            "update {table} set numerator = numerator + 1", "indicators.indicator_values"
        ),
    },
    "audit_sound": {"places of the audit that were changed": "update audit.run set trigger = 'somebody else'"},
    "nothing_left": {
        "locks of a night that nobody gave back": "select pg_advisory_xact_lock(7)",
        "temporary tables": "create temporary table left_behind (answer int)",
        "entities in landing that were loaded long ago": """
            insert into landing._delivery
            select run_id, 'nothing', true, true, '{}', '{}', 0, 0, null from raw_o7.night limit 1
        """,
        "erasures that nobody has proved": """
            insert into audit.erasure (erasure_id, run_id, students, staff, reason, by_whom, removed)
            values ('2025-01', gen_random_uuid(), 1, 0, 'a request', 'somebody', '{}')
        """,
        "runs that never ended": "delete from audit.run_outcome",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def house(first_night: State) -> Iterator[House]:
    """A house of its own: in that of the other modules whatever they attempted is left."""
    with moved_in(first_night) as house:
        yield house


@pytest.fixture(scope="module")
def known(house: House, small_world: Path) -> Known:
    """What the source counted, and what the good night says."""
    return Known(delivered_by(small_world / FIRST), said_by(house.settings()))


@contextmanager
def broken(house: House, statement: str | None) -> Iterator[Cursor]:
    """A transaction in which something is broken, and which is taken back."""
    with (
        closing(psycopg2.connect(house.server.dsn("warehouse", ADMIN))) as connection,
        connection.cursor() as cursor,
    ):
        connection.set_session(isolation_level="REPEATABLE READ")
        # The connections of the test before may still be on their way out.
        wait_for_the_killed(cursor)
        if statement is not None:
            cursor.execute(statement)
        yield cursor
        connection.rollback()


def named(violated: list[Violated]) -> set[tuple[str, str]]:
    """What is violated, without how often."""
    return {(one.invariant, one.what) for one in violated}


def test_after_a_good_night_every_invariant_holds(house: House, known: Known) -> None:
    with broken(house, None) as cursor:
        assert named(examined(cursor, house.state.folder, known, has_ended=True)) == set()


@pytest.mark.parametrize(
    ("invariant", "what", "statement"),
    [
        pytest.param(invariant, what, statement, id=f"{invariant}: {what}")
        for invariant, broken_so in BROKEN.items()
        for what, statement in broken_so.items()
    ],
)
def test_what_is_broken_in_the_warehouse_is_named(
    house: House, known: Known, invariant: str, what: str, statement: str
) -> None:
    with broken(house, statement) as cursor:
        assert (invariant, what) in named(in_tables(cursor, known, has_ended=True))


def test_files_of_a_build_that_is_not_published_are_named(house: House) -> None:
    with broken(house, "update published.night set run_id = gen_random_uuid()") as cursor:
        left = named(in_folders(cursor, house.state.folder, has_ended=True))

    assert left == {("folders_whole", "files of a build that is not published")}


def test_every_statement_was_seen_to_count_something() -> None:
    asked = {(name, what) for table in (ALWAYS, ENDED) for name, counts in table.items() for what in counts}
    asked |= {("rows_accounted", what) for what in OF_ENTITY}
    seen = {(name, what) for name, counts in BROKEN.items() for what in counts}

    # A connection that is still there cannot be made by a statement; the next test makes one.
    assert asked - seen == {("nothing_left", "processes of the server that are still at work")}


def test_a_connection_that_nobody_closed_is_named(house: House, known: Known) -> None:
    with broken(house, None) as cursor, closing(psycopg2.connect(house.server.dsn("warehouse", ADMIN))):
        left = named(examined(cursor, house.state.folder, known, has_ended=True))

    assert left == {("nothing_left", "processes of the server that are still at work")}


def a_set(state: Path, report: str = "indicator_statement") -> Path:
    """The folder a reader of a report is led to."""
    return (state / "reports" / FIRST / report).resolve()


def no_set(state: Path) -> None:
    shutil.rmtree(a_set(state))


def unlinked(state: Path) -> None:
    (state / "reports" / FIRST / "indicator_statement").unlink()


def rewritten(state: Path) -> None:
    one = min(a_set(state).iterdir())
    one.write_bytes(one.read_bytes() + b" ")


def half_a_set(state: Path) -> None:
    min(a_set(state).iterdir()).unlink()


def led_to_an_unfinished_set(state: Path) -> None:
    link = state / "reports" / FIRST / "indicator_statement"
    shutil.copytree(a_set(state), link.parent / ".sets" / "unfinished-1")
    link.unlink()
    link.symlink_to(".sets/unfinished-1")


def no_portal(state: Path) -> None:
    (state / "portal" / "current").unlink()


def half_a_portal(state: Path) -> None:
    min((state / "portal" / "current" / "municipality").rglob("*.html")).unlink()


def half_a_page(state: Path) -> None:
    page = state / "portal" / "current" / "index.html"
    page.write_bytes(page.read_bytes()[:-20])


def led_to_an_unfinished_portal(state: Path) -> None:
    link = state / "portal" / "current"
    link.resolve().rename(link.parent / ".sets" / "unfinished-1")
    link.unlink()
    link.symlink_to(".sets/unfinished-1")


def one_file(name: str) -> Callable[[Path], None]:
    """A file that is there."""

    def write(state: Path) -> None:
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).touch()

    return write


@pytest.mark.parametrize(
    ("spoil", "invariant", "what"),
    [
        pytest.param(no_set, "folders_whole", "reports that lead nowhere or are no set", id="a set that is gone"),
        pytest.param(rewritten, "folders_whole", "sets that are not what their name says", id="a file rewritten"),
        pytest.param(led_to_an_unfinished_set, "folders_whole", "sets that are not what their name says",
                     id="a link to an unfinished set"),
        pytest.param(half_a_set, "folders_whole", "files the audit knows that are missing", id="half a set"),
        pytest.param(rewritten, "folders_whole", "files that are not what the audit knows", id="not as noted"),
        pytest.param(unlinked, "folders_whole", "published nights without their statement", id="no statement"),
        pytest.param(no_portal, "folders_whole", "portals that are missing", id="no portal"),
        pytest.param(half_a_portal, "folders_whole", "files of the portal that are missing", id="half a portal"),
        pytest.param(half_a_page, "folders_whole", "pages of the portal that break off", id="half a page"),
        pytest.param(led_to_an_unfinished_portal, "folders_whole", "sets that are not what their name says",
                     id="a link to an unfinished portal"),
        pytest.param(one_file("portal/current/status/index.unfinished"), "nothing_left",
                     "files that were never finished", id="a page of the state begun and left"),
        pytest.param(one_file(f"reports/{FIRST}/.sets/unfinished-1/page.html"), "nothing_left",
                     "files that were never finished", id="a set begun and left"),
        pytest.param(one_file("portal/.sets/unfinished-1/index.html"), "nothing_left",
                     "files that were never finished", id="a portal begun and left"),
        pytest.param(one_file("source/run.json"), "nothing_left",
                     "files that may hold a password nobody needs any more", id="the address of a source"),
    ],
)  # fmt: skip
def test_what_is_broken_in_the_folders_is_named(
    house: House, state: Path, spoil: Callable[[Path], None], invariant: str, what: str
) -> None:
    for shelf in ("reports", "portal"):
        shutil.copytree(house.state.folder / shelf, state / shelf, symlinks=True)
    (state / "source").mkdir()
    with broken(house, None) as cursor:
        assert named(in_folders(cursor, state, has_ended=True)) == set()

        spoil(state)

        assert (invariant, what) in named(in_folders(cursor, state, has_ended=True))
