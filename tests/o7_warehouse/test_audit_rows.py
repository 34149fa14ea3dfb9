"""Rows under a seal: whatever somebody with all rights edits, removes or adds is named by run and place."""

from __future__ import annotations

import re
import uuid

import pytest

from o7_warehouse.audit.findings import Kind
from o7_warehouse.audit.tables import LATE
from o7_warehouse.audit.verify import examine
from tests.o7_warehouse.sealed_audit import columns, edit, insert, one_row
from tests.o7_warehouse.tampered_audit import ONE_BY_ONE, damages, owner_of, place_of, tampering


@pytest.mark.parametrize("table", ONE_BY_ONE)
def test_an_edit_of_any_column_is_found_in(audit, table):
    run_id = owner_of(audit, table)
    with tampering(audit) as cursor:
        for column, kind in columns(cursor, table).items():
            cursor.execute("savepoint untouched")
            at = one_row(cursor, table, run_id)
            place = place_of(cursor, table, at)
            edit(cursor, table, at, column, kind)
            found = damages(cursor)
            is_named = {(Kind.changed, table, run_id, place), (Kind.removed, table, run_id, place)} & set(
                found
            )
            assert is_named, column
            cursor.execute("rollback to savepoint untouched")


@pytest.mark.parametrize("table", ONE_BY_ONE)
def test_a_removed_row_is_found_in(audit, table):
    run_id = owner_of(audit, table)
    with tampering(audit) as cursor:
        at = one_row(cursor, table, run_id)
        place = place_of(cursor, table, at)
        cursor.execute(f"delete from audit.{table} where ctid = %s", (at,))

        found = damages(cursor)
    assert (Kind.removed, table, run_id, place) in found
    assert {kind for kind, found_in, *_ in found if found_in == table} == {Kind.removed}


@pytest.mark.parametrize("table", [name for name in ONE_BY_ONE if name not in {"run", "run_outcome"}])
def test_an_inserted_row_is_found_in(audit, table):
    run_id = owner_of(audit, table)
    with tampering(audit) as cursor:
        cursor.execute("select chain from audit.seal where run_id = %s", (audit.done,))
        [(chain,)] = cursor.fetchall()
        given = {"chain": chain, "recorded_at": "2025-12-16 00:00:00.5+00"}
        insert(cursor, table, run_id, 999, **given)
        cursor.execute(f"select ctid::text from audit.{table} order by recorded_at limit 1")
        place = place_of(cursor, table, cursor.fetchone()[0])

        assert damages(cursor) == [(Kind.inserted, table, run_id, place)]


@pytest.mark.parametrize("table", sorted(LATE))
def test_a_row_that_came_after_the_seal_is_told_and_no_damage_in(audit, table):
    run_id = owner_of(audit, table)
    with tampering(audit) as cursor:
        cursor.execute("select chain from audit.seal where run_id = %s", (audit.done,))
        [(chain,)] = cursor.fetchall()
        insert(cursor, table, run_id, 999, chain=chain)

        [found] = examine(cursor).findings
    assert (found.kind, found.table, found.run_id) == (Kind.addition, table, run_id)
    assert found.place


def test_a_copy_of_a_sealed_row_is_one_row_too_many(audit):
    with tampering(audit) as cursor:
        at = one_row(cursor, "gate_finding", audit.failed)
        place = place_of(cursor, "gate_finding", at)
        cursor.execute(
            "insert into audit.gate_finding select * from audit.gate_finding where ctid = %s", (at,)
        )

        assert damages(cursor) == [(Kind.inserted, "gate_finding", audit.failed, place)]


def test_a_run_that_was_invented_is_found(audit):
    with tampering(audit) as cursor:
        invented = str(uuid.uuid4())
        cursor.execute("alter table audit.run alter column run_no drop not null")
        insert(cursor, "run", invented, 2, run_no="2", mode="extract")
        insert(cursor, "rule_result", str(uuid.UUID(int=7)), 1)

        found = damages(cursor)
    assert (Kind.seal_removed, "seal", invented, "run_no=2") in found
    assert (Kind.inserted, "rule_result", str(uuid.UUID(int=7)), "rule_id=word 1") in found


def test_an_invented_end_of_a_run_is_found(audit):
    with tampering(audit) as cursor:
        cursor.execute("delete from audit.run_outcome where run_id = %s", (audit.failed,))
        insert(cursor, "run_outcome", audit.failed, 1)

        assert damages(cursor) == [(Kind.changed, "run_outcome", audit.failed, "")]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("update audit.failing_key set org_id = 'other' where ctid = %s", id="changed"),
        pytest.param("update audit.failing_key set row_key = null where ctid = %s", id="taken out of a row"),
        pytest.param("delete from audit.failing_key where ctid = %s", id="removed"),
        pytest.param(
            "insert into audit.failing_key select * from audit.failing_key where ctid = %s", id="doubled"
        ),
    ],
)
def test_the_keys_of_a_run_are_all_or_named_by_their_run(audit, statement):
    with tampering(audit) as cursor:
        cursor.execute(statement, (one_row(cursor, "failing_key", audit.failed),))

        [found] = examine(cursor).damages
    assert (found.kind, found.table, found.run_id) == (Kind.keys, "failing_key", audit.failed)
    assert re.fullmatch(r"3 -> [234]", found.detail)


def test_keys_of_a_run_nobody_opened_are_found(audit):
    with tampering(audit) as cursor:
        nobody = str(uuid.uuid4())
        insert(cursor, "failing_key", nobody, 1)

        assert damages(cursor) == [(Kind.inserted, "failing_key", nobody, "")]


def test_all_keys_of_a_run_cannot_go_unseen(audit):
    with tampering(audit) as cursor:
        cursor.execute("delete from audit.failing_key where run_id = %s", (audit.killed,))

        [found] = examine(cursor).damages
    assert (found.kind, found.run_id, found.detail) == (Kind.keys, audit.killed, "3 -> 0")
