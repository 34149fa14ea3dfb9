"""The audit grows: columns, late rows and runs at work come under the next seal and break none."""

from __future__ import annotations

import uuid

from o7_warehouse.audit.findings import Kind
from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.audit.verify import examine
from tests.o7_warehouse.sealed_audit import insert, one_row
from tests.o7_warehouse.tampered_audit import COVERED, damages, tampering


def test_a_column_added_later_leaves_old_seals_sound_and_is_sealed_from_then_on(audit):
    with tampering(audit) as cursor:
        cursor.execute(
            "alter table audit.batch add column remark text; alter table audit.run drop column trigger"
        )
        cursor.execute("update audit.batch set remark = 'x' where run_id = %s", (audit.last,))
        found = damages(cursor)
        assert found == [(Kind.column_removed, "run", "", "trigger")]

    with tampering(audit) as cursor:
        cursor.execute("alter table audit.batch add column remark text")
        later = str(uuid.uuid4())
        insert(cursor, "run", later, 1, run_no="9000", mode="extract")
        insert(cursor, "batch", later, 1)
        insert(cursor, "run_outcome", later, 1)
        assert seal_ended(cursor) == 1
        assert damages(cursor) == []
        cursor.execute("update audit.batch set remark = 'other' where run_id = %s", (later,))
        assert damages(cursor) == [(Kind.changed, "batch", later, "entity=word 1")]
        cursor.execute("delete from audit.batch where ctid = %s", (one_row(cursor, "batch", audit.done),))
        assert len(damages(cursor)) == 2


def test_keys_with_a_column_added_later_are_checked_as_they_were_sealed(audit):
    with tampering(audit) as cursor:
        cursor.execute("alter table audit.failing_key add column remark text")
        later = str(uuid.uuid4())
        insert(cursor, "run", later, 1, run_no="9000", mode="extract")
        insert(cursor, "failing_key", later, 1)
        insert(cursor, "run_outcome", later, 1)
        assert seal_ended(cursor) == 1
        assert damages(cursor) == []

        cursor.execute("update audit.failing_key set remark = 'other' where run_id = %s", (later,))
        cursor.execute("delete from audit.failing_key where run_id = %s", (audit.done,))
        assert {(kind, run_id) for kind, _, run_id, _ in damages(cursor)} == {
            (Kind.keys, later), (Kind.keys, audit.done)
        }  # fmt: skip


def test_the_next_seal_takes_in_what_came_late_and_nothing_else(audit):
    with tampering(audit) as cursor:
        nobody = str(uuid.uuid4())
        insert(cursor, "report_file", audit.done, 500)
        insert(cursor, "task_record", nobody, 501)
        insert(cursor, "gate_finding", audit.done, 502)
        later = str(uuid.uuid4())
        insert(cursor, "run", later, 1, run_no="9000", mode="extract")
        insert(cursor, "run_outcome", later, 1)
        assert seal_ended(cursor) == 1

        found = examine(cursor).findings
        cursor.execute(
            "select content #>> '{tables,report_file,rows,0,0}', content #>> '{tables,task_record,rows,0,0}',"
            " content #>> '{tables,task_record,count}' from audit.seal where run_id = %s",
            (later,),
        )
        taken_in = cursor.fetchone()
    assert [(one.kind, one.table) for one in found] == [(Kind.inserted, "gate_finding")]
    assert taken_in == (audit.done, nobody, "1")


def test_two_runs_sealed_at_once_keep_their_own_rows(audit):
    with tampering(audit) as cursor:
        both = [str(uuid.uuid4()), str(uuid.uuid4())]
        for run_no, run_id in enumerate(both, start=9000):
            insert(cursor, "run", run_id, 1, run_no=str(run_no), mode="extract")
            insert(cursor, "run_outcome", run_id, 1)
            insert(cursor, "task_record", run_id, 1)
        assert seal_ended(cursor) == 2

        cursor.execute(
            "select run_id::text, content #>> '{tables,task_record,rows,0,0}',"
            " jsonb_array_length(content #> '{tables,task_record,rows}')"
            " from audit.seal where run_no >= 9000 order by run_no"
        )
        assert cursor.fetchall() == [(run_id, run_id, 1) for run_id in both]
        assert damages(cursor) == []


def test_a_run_at_work_is_told_and_no_damage_until_its_seal(audit):
    with tampering(audit) as cursor:
        later = str(uuid.uuid4())
        insert(cursor, "run", later, 1, run_no="9000", mode="extract")
        for table in COVERED:
            if table not in {"run", "run_outcome", "sign_off"}:
                insert(cursor, table, later, 600)

        [found] = examine(cursor).findings
    assert (found.kind, found.run_id, found.place) == (Kind.at_work, later, "run_no=9000")
