"""Rows of a person go from every night of raw and none come back; every row stays accounted for."""

from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse import runs
from o7_warehouse.delivery_gate import check_delivery
from o7_warehouse.erasure.erase import erase
from o7_warehouse.erasure.find import Removed
from o7_warehouse.erasure.persons import Person
from o7_warehouse.erasure.reach import belongings
from o7_warehouse.erasure.remove import remove, write_proof
from o7_warehouse.erasure.tombstones import keep_out, tombstone
from o7_warehouse.errors import ErasureError, NightError, SettingsError
from o7_warehouse.extract import extract
from o7_warehouse.load import load
from o7_warehouse.rotation import rotate
from o7_warehouse.warehouse import WAREHOUSE_ROLES, connect, transaction
from tests.deliveries import (
    asked,
    contract,
    emptied,
    loaded,
    opened,
    small_world,
    write_drop,
    write_replica,
)
from tests.erasure.kept_out import PERSONS, PUPIL, SECOND, named, unaccounted, world_with_kin
from tests.o7_warehouse.replicas import next_night, readings

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

pytestmark = pytest.mark.timeout(900)
READ_WHOLE = """
    select entity from raw_o7.load_record
    where night = (select max(night) from raw_o7.night) and rows_read >= rows_landed and rows_landed > 0
"""
WITHOUT_CURSOR = {entity.name for entity in contract().entities if entity.cursor is None}


@pytest.fixture
def held(warehouse_database: Settings, tmp_path: Path) -> Settings:
    """A warehouse with one night, its run ended, from which two persons were erased."""
    settings = emptied(warehouse_database)
    run_id = loaded(settings, write_drop(tmp_path / "first", world_with_kin()))
    runs.close_run(settings, run_id, outcome="success", message="")
    with transaction(settings, "o7_eraser") as connection, connection.cursor() as cursor:
        remove(cursor, settings, contract(), PERSONS, run_id=run_id, erasure_id="act-1")
    return settings


def test_every_row_goes_also_what_points_to_one(held: Settings) -> None:
    assert named(held) == {}
    assert asked(held, "select count(*) from raw_o7.person") == [(29,)]
    erased = dict(asked(held, "select entity, row_count from audit.erased_rows"))
    assert erased["contact"] == 2
    assert set(erased) == {one.entity for one in belongings(contract())}
    assert unaccounted(held) == []


def test_who_is_delivered_again_is_kept_out_counted_and_told(held: Settings, tmp_path: Path) -> None:
    settings = replace(
        held, drop=write_drop(tmp_path / "second", world_with_kin(), night=SECOND), source_dsn=None
    )
    run_id = opened(settings)
    extract(settings, run_id)
    assert asked(settings, "select count(*) from landing.person where source_id = 'pupil-3'") == [(0,)]
    check_delivery(settings, run_id)
    load(settings, run_id)

    assert named(settings) == {}
    assert unaccounted(settings) == []
    found = dict(
        asked(
            settings,
            "select entity, severity from audit.contract_finding where check_id = 'erased_delivered'",
        )
    )
    assert set(found) == {one.entity for one in belongings(contract())}
    assert set(found.values()) == {"warning"}


def test_the_same_night_delivered_again_is_counted_once(held: Settings, tmp_path: Path) -> None:
    loaded(held, write_drop(tmp_path / "again", world_with_kin()))

    assert named(held) == {}
    assert unaccounted(held) == []


def test_others_come_and_go_as_before(held: Settings, tmp_path: Path) -> None:
    loaded(held, write_drop(tmp_path / "second", world_with_kin(), night=SECOND))

    changed = asked(
        held, "select entity, rows_new, rows_closed from raw_o7.load_record where night = '2025-12-16'"
    )
    assert {row[1:] for row in changed} == {(0, 0)}


@pytest.mark.full
def test_a_night_that_reads_changes_keeps_out_counts_and_tells_what_a_whole_one_does(
    server: Server, warehouse_database: Settings
) -> None:
    told = []
    for is_whole in (False, True):
        settings = replace(emptied(warehouse_database), read_changes=not is_whole)
        loaded(settings, write_replica(server, world_with_kin()))
        # From here on raw's rows are summed up, the persons' among them.
        run_id = loaded(settings, next_night(server))
        with transaction(settings, "o7_eraser") as connection, connection.cursor() as cursor:
            remove(cursor, settings, contract(), PERSONS, run_id=run_id, erasure_id="act-1")
        for _ in range(2):
            loaded(settings, next_night(server))
        assert named(settings) == {}
        assert unaccounted(settings) == []
        told.append(
            asked(
                settings,
                "select run.night, entity, check_id, found.message from audit.contract_finding as found"
                " inner join audit.run using (run_id) order by 1, 2, 3, 4",
            )
        )
        # What was counted before the erasure is no ground for the first of them.
        assert [bool(base) for base, *_ in readings(settings)] == [False, not is_whole, False, not is_whole]
        assert is_whole or {entity for (entity,) in asked(settings, READ_WHOLE)} <= WITHOUT_CURSOR

    assert told[0] == told[1]
    assert {check for night, _, check, _ in told[0] if night > SECOND} == {"erased_delivered"}


def test_tombstones_of_another_key_stop_the_delivery(held: Settings, tmp_path: Path) -> None:
    with transaction(held, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute("update audit.erased_person set key_check = 'another'")
    settings = replace(
        held, drop=write_drop(tmp_path / "second", small_world(), night=SECOND), source_dsn=None
    )
    run_id = opened(settings)

    with pytest.raises(SettingsError, match="under another key"):
        extract(settings, run_id)


@pytest.mark.usefixtures("keys_put_back")
def test_another_key_of_the_pseudonyms_leaves_the_tombstones_and_who_was_erased_stays_out(
    held: Settings, tmp_path: Path
) -> None:
    stones = "select kind, tombstone::text, key_check from audit.erased_person order by kind"
    before = asked(held, stones)
    with transaction(held, "o7_eraser") as connection, connection.cursor() as cursor:
        write_proof(cursor, {"hits": 0}, run_id=str(uuid.uuid4()), erasure_id="act-1")

    assert rotate(held) is not None
    loaded(held, write_drop(tmp_path / "second", world_with_kin(), night=SECOND))

    assert asked(held, stones) == before
    assert named(held) == {}


@pytest.mark.usefixtures("keys_put_back")
def test_no_other_key_is_made_before_an_erasure_is_proved(held: Settings) -> None:
    with pytest.raises(ErasureError, match="Erasure act-1 is not finished"):
        rotate(held)


def test_a_tombstone_tells_neither_the_pseudonym_nor_the_same_of_two_kinds(held: Settings) -> None:
    key = held.secrets.erasure_key
    stones = asked(held, "select kind, tombstone::text from audit.erased_person order by kind")

    assert stones == [(one.kind, str(tombstone(key, one.kind, one.identity))) for one in reversed(PERSONS)]
    assert key not in (held.pseudonym_key, bytes.fromhex(held.secrets.role_key))
    assert tombstone(key, "staff", PUPIL) != tombstone(key, "student", PUPIL)


def test_nobody_is_erased_while_a_night_is_under_way(held: Settings, tmp_path: Path) -> None:
    settings = replace(
        held, drop=write_drop(tmp_path / "second", small_world(), night=SECOND), source_dsn=None
    )
    opened(settings)

    with pytest.raises(NightError, match="A night is under way"):
        erase(settings, [Person("student", "pupil-5")], reason="Отзыв согласия", by_whom="И. И. Иванов")
    assert asked(settings, "select count(*) from raw_o7.person where source_id = 'pupil-5'") == [(1,)]


def test_no_run_is_opened_while_somebody_is_erased(held: Settings, tmp_path: Path) -> None:
    settings = replace(
        held, drop=write_drop(tmp_path / "second", small_world(), night=SECOND), source_dsn=None
    )

    with (
        runs.hold_lock(settings, run_id="erasure"),
        pytest.raises(NightError, match="Another run is at work"),
    ):
        opened(settings)


def test_where_nobody_was_erased_nothing_is_looked_for(warehouse_database: Settings) -> None:
    with transaction(emptied(warehouse_database), "o7_loader") as connection, connection.cursor() as cursor:
        assert keep_out(cursor, contract(), b"any") == {}
    assert Removed().rows == 0


RIGHTS = """
    select relation.relnamespace::regnamespace::text, relation.relname::text, right_
    from pg_catalog.pg_class as relation
    cross join unnest(array['insert', 'update', 'delete', 'truncate']) as right_
    where
        relation.relkind in ('r', 'p', 'v') and relation.relnamespace::regnamespace::text !~ '^(pg_|information)'
        and has_schema_privilege('o7_eraser', relation.relnamespace, 'usage')
        and has_table_privilege('o7_eraser', relation.oid, right_)
"""
HISTORIES = {
    "profile_versions", "pupil_reading_versions", "staff_reading_versions", "issue_versions", "aside_versions"
}  # fmt: skip
ADDED = {"erasure", "erasure_proof", "erased_person", "erased_rows", "erased_keys"}


def test_the_eraser_takes_away_and_does_nothing_else(held: Settings) -> None:
    rights = asked(held, RIGHTS)

    assert {right for *_, right in rights} == {"insert", "delete"}
    assert {(schema, table) for schema, table, right in rights if right == "insert"} == {
        ("audit", one) for one in ADDED
    }
    deleted = {(schema, table) for schema, table, right in rights if right == "delete"}
    assert {table for schema, table in deleted if schema == "audit"} == {"failing_key"}
    assert {table for schema, table in deleted if schema == "published"} == HISTORIES
    assert {schema for schema, _ in deleted} == {
        "landing",
        "raw_o7",
        "quarantine",
        "rebuild",
        "audit",
        "published",
    }


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {"o7_admin", "o7_eraser"}))
def test_nobody_but_the_eraser_writes_of_erasures(held: Settings, role: str) -> None:
    with closing(connect(held, role)) as connection, connection.cursor() as cursor:
        for table in sorted(ADDED):
            for statement in (f"insert into audit.{table} default values", f"delete from audit.{table}"):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
                connection.rollback()
