"""The chain over the audit: seals that are edited, removed, reordered or cut off are found, and named."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from o7_warehouse import warehouse
from o7_warehouse.audit.findings import Kind
from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.audit.tables import covered
from o7_warehouse.audit.verify import examine, refuse_damaged, verify
from tests.deliveries import NIGHT, asked
from tests.o7_warehouse.sealed_audit import AFTERWARDS, Audit, insert, one_row, tables
from tests.o7_warehouse.tampered_audit import COVERED, TABLES, damages, tampering


def test_nothing_is_found_in_an_audit_nobody_touched(audit):
    verdict = verify(audit.settings)

    assert verdict.findings == []
    assert verdict.seals == 4
    refuse_damaged(verdict)


def test_every_table_of_the_audit_is_covered(audit):
    with warehouse.transaction(audit.settings, "o7_auditor") as connection, connection.cursor() as cursor:
        assert tables(cursor) == TABLES
        assert [shape.table for shape in covered(cursor)] == COVERED
        for table in COVERED:
            cursor.execute(
                "select (content #> array['tables', %s, 'count'])::int from audit.seal where run_id = %s",
                (table, audit.killed if table in AFTERWARDS else audit.failed),
            )
            assert cursor.fetchone()[0] > 0, table


def test_a_seal_holds_the_digests_anybody_can_recompute(audit):
    with warehouse.transaction(audit.settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select previous, content::text, chain from audit.seal where run_id = %s", (audit.done,)
        )
        [(previous, content, chain)] = cursor.fetchall()
        cursor.execute(
            "select run_id::text, outcome, message, to_json(finished_at) #>> '{}', to_json(recorded_at) #>> '{}'"
            " from audit.run_outcome where run_id = %s",
            (audit.done,),
        )
        [row] = cursor.fetchall()

    assert previous == ""
    assert hashlib.sha256(content.encode()).hexdigest() == chain
    told = json.loads(content)["tables"]["run_outcome"]
    assert told["columns"] == ["run_id", "outcome", "message", "finished_at", "recorded_at"]
    digest = hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()
    assert told["rows"] == [[audit.done, "", digest]]


@pytest.mark.parametrize(
    "column", ["run_no", "run_id", "night", "previous", "content", "chain", "recorded_at"]
)
def test_an_edited_seal_is_named(audit, column):
    other = {
        "run_no": "run_no * 10", "run_id": "gen_random_uuid()", "night": "night + 1",
        "recorded_at": "recorded_at + interval '1 microsecond'",
        "content": "jsonb_set(content, '{tables,batch,count}', '9')",
    }.get(column, f"md5({column})")  # fmt: skip
    with tampering(audit) as cursor:
        cursor.execute(f"update audit.seal set {column} = {other} where run_id = %s", (audit.last,))

        assert Kind.seal_changed in {kind for kind, table, *_ in damages(cursor) if table == "seal"}


@pytest.mark.parametrize(
    "content",
    [
        "[]", '"seal"', '{"tables": 7}', '{"tables": {"batch": 7}}',
        '{"tables": {"batch": {"columns": ["run_id"], "key": [], "rows": 7}}}',
        '{"tables": {"batch": {"columns": [7], "key": {}, "rows": [7]}}}',
        '{"tables": {"batch": {"columns": ["run_id"], "key": ["none"], "rows": [[]]}}}',
        '{"tables": {"failing_key": {"columns": ["run_id"], "count": "many"}}}',
    ],
)  # fmt: skip
def test_a_seal_of_another_form_is_named_and_stops_no_check(audit, content):
    with tampering(audit) as cursor:
        cursor.execute("update audit.seal set content = %s where run_id = %s", (content, audit.last))
        # With the right hash over it, so that only what it says gives it away.
        cursor.execute(
            "update audit.seal set chain = encode(sha256(convert_to(previous || content::text, 'UTF8')), 'hex')"
            " where run_id = %s",
            (audit.last,),
        )

        found = damages(cursor)
    assert [one[1:3] for one in found if one[0] is Kind.seal_changed] == [("seal", audit.last)]
    assert Kind.inserted not in {kind for kind, *_ in found}


def test_a_row_edited_together_with_its_seal_leaves_a_broken_seal(audit):
    with tampering(audit) as cursor:
        cursor.execute(
            "update audit.batch set rows_in = rows_in + 1 where ctid = %s",
            (one_row(cursor, "batch", audit.failed),),
        )
        forge(cursor, audit.failed)

        found = damages(cursor)
    assert [(kind, run_id) for kind, _, run_id, _ in found] == [(Kind.seal_misplaced, audit.last)]


def forge(cursor: Any, run_id: str) -> None:
    """Let the program itself write the seal of a run anew, in its old place."""
    cursor.execute("create temporary table later on commit drop as select * from audit.seal")
    cursor.execute(
        "delete from audit.seal where run_no >= (select run_no from later where run_id = %s)", (run_id,)
    )
    cursor.execute("create temporary table ends on commit drop as select * from audit.run_outcome")
    cursor.execute("delete from audit.run_outcome where run_id <> %s", (run_id,))
    assert seal_ended(cursor) == 1
    cursor.execute("delete from audit.run_outcome")
    cursor.execute("insert into audit.run_outcome select * from pg_temp.ends")
    cursor.execute(
        "insert into audit.seal select * from pg_temp.later"
        " where run_no > (select run_no from pg_temp.later where run_id = %s)",
        (run_id,),
    )


@pytest.mark.parametrize("which", ["done", "killed", "failed", "last"])
def test_a_removed_seal_is_named_by_its_run(audit, which):
    run_id = getattr(audit, which)
    with tampering(audit) as cursor:
        cursor.execute("delete from audit.seal where run_id = %s returning run_no", (run_id,))
        [(run_no,)] = cursor.fetchall()

        found = damages(cursor)
    assert (Kind.seal_removed, "seal", run_id, f"run_no={run_no}") in found
    assert (Kind.seal_misplaced in {kind for kind, *_ in found}) == (which != "last")


def test_seals_in_another_order_are_named(audit):
    with tampering(audit) as cursor:
        cursor.execute(
            "update audit.seal set run_no = case run_id when %(a)s then 9001 else 9000 end"
            " where run_id in (%(a)s, %(b)s)",
            {"a": audit.failed, "b": audit.last},
        )

        found = damages(cursor)
    assert {run_id for kind, _, run_id, _ in found if kind is Kind.seal_misplaced} == {
        audit.failed,
        audit.last,
    }
    assert {run_id for kind, _, run_id, _ in found if kind is Kind.seal_changed} == {audit.failed, audit.last}


def cut_tail(cursor: Any, audit: Audit) -> None:
    """Take the last run away so that it looks like one that was killed at once."""
    for table in tables(cursor):
        if table != "run":
            cursor.execute(f"delete from audit.{table} where run_id = %s", (audit.last,))


def test_a_cut_tail_shows_against_a_head_kept_outside(audit):
    head = verify(audit.settings).head
    with tampering(audit) as cursor:
        cut_tail(cursor, audit)

        assert [one.kind for one in examine(cursor).findings] == [Kind.at_work]
        assert damages(cursor, kept=head.chain) == [(Kind.head_unknown, "seal", "", head.chain)]


def test_a_cut_tail_shows_against_a_sign_off(audit):
    with tampering(audit) as cursor:
        cursor.execute("select chain from audit.seal where run_id = %s", (audit.last,))
        [(chain,)] = cursor.fetchall()
        cut_tail(cursor, audit)
        insert(cursor, "sign_off", audit.done, 1, chain=chain, night=NIGHT.isoformat())

        assert damages(cursor) == [(Kind.head_unknown, "sign_off", audit.done, chain)]


def test_a_published_night_whose_run_is_gone_is_named(audit):
    with tampering(audit) as cursor:
        cursor.execute("update published.night set run_id = %s", (audit.last,))
        cut_tail(cursor, audit)
        cursor.execute("delete from audit.run where run_id = %s", (audit.last,))

        assert damages(cursor) == [(Kind.run_removed, "run", audit.last, "")]


def test_a_head_is_found_as_long_as_the_chain_grew_from_it(audit):
    heads = [chain for (chain,) in asked(audit.settings, "select chain from audit.seal order by run_no")]

    assert len(heads) == 4
    assert [verify(audit.settings, kept=head).is_sound for head in heads] == [True] * 4
    assert not verify(audit.settings, kept="0" * 64).is_sound
