"""The chain over the audit: whatever somebody with all rights does to it is found, and named by run and place."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from typer.testing import CliRunner

from o7_warehouse import bootstrap, warehouse
from o7_warehouse.audit.findings import Kind
from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.audit.sign_off import sign, signed
from o7_warehouse.audit.tables import ERASABLE, LATE, covered
from o7_warehouse.audit.verify import examine, refuse_damaged, verify
from o7_warehouse.commands_audit import app
from o7_warehouse.errors import AuditError, CommandError, NightError
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import WAREHOUSE_ROLES
from tests.conftest import open_folder
from tests.deliveries import NIGHT, asked, emptied, small_world, write_drop
from tests.o7_warehouse.sealed_audit import Audit, columns, edit, insert, lift, one_row, tables

ADMIN = "o7_admin"
TABLES = sorted(
    set(
        re.findall(
            r"create table if not exists audit\.(\w+)",
            "".join(path.read_text(encoding="utf-8") for path in bootstrap.ddl_files(ROOT)),
        )
    )
)
COVERED = [table for table in TABLES if table != "seal"]
ONE_BY_ONE = [table for table in COVERED if table not in ERASABLE]


@pytest.fixture(scope="module")
def audit(warehouse_database):
    """Four runs: one that succeeded and was signed off, one that was killed, one that failed, one after these."""
    with open_folder() as folder:
        write_drop(folder, small_world(3))
        made = Audit(replace(emptied(warehouse_database), drop=folder, source_dsn=None))
        made.done = made.run("success")
        made.publish(made.done)
        for _ in range(3):
            sign(made.settings, night=NIGHT, signed_by="Аудитор", remark="Сверено с актом")
        made.killed = made.run(None)
        made.failed = made.run("failed")
        made.last = made.run("success")
        yield made


@contextmanager
def tampering(audit: Audit):
    """An administrator's cursor with every fence lifted; what was done to the audit is undone at the end."""
    with closing(warehouse.connect(audit.settings, ADMIN)) as connection, connection.cursor() as cursor:
        lift(cursor)
        yield cursor
        connection.rollback()


def damages(cursor: Any, kept: str | None = None) -> list[tuple[Kind, str, str, str]]:
    """What a check finds: kind, table, run and place."""
    return [(one.kind, one.table, one.run_id, one.place) for one in examine(cursor, kept=kept).damages]


def owner_of(audit: Audit, table: str) -> str:
    """A run that has rows in the table."""
    return audit.done if table == "sign_off" else audit.failed


def place_of(cursor: Any, table: str, at: str) -> str:
    """What the check must call the row."""
    [shape] = [one for one in covered(cursor) if one.table == table]
    cursor.execute(
        psycopg2.sql.SQL("select {} from {} where ctid = %s").format(shape.place, shape.name), (at,)
    )
    return str(cursor.fetchone()[0])


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
                (table, audit.failed if table != "sign_off" else audit.killed),
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


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {ADMIN}))
@pytest.mark.parametrize("table", TABLES)
def test_no_role_changes_or_removes_anything(audit, role, table):
    with closing(warehouse.connect(audit.settings, role)) as connection, connection.cursor() as cursor:
        for statement in (
            f"update audit.{table} set night = night"
            if table == "seal"
            else f"update audit.{table} set run_id = run_id",
            f"delete from audit.{table}",
            f"truncate audit.{table}",
            f"drop table audit.{table}",
            f"alter table audit.{table} disable trigger all",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
            connection.rollback()


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {ADMIN}))
def test_only_the_loader_seals_and_only_the_auditor_signs(audit, role):
    rights = asked(
        audit.settings,
        f"select has_table_privilege('{role}', 'audit.seal', 'insert'),"
        f" has_table_privilege('{role}', 'audit.sign_off', 'insert')",
    )

    assert rights == [(role == "o7_loader", role == "o7_auditor")]


def test_a_sign_off_names_the_head_it_was_given_under(audit):
    [first, *_] = signed(audit.settings)
    [(chain,)] = asked(audit.settings, f"select chain from audit.seal where run_id = '{audit.done}'")

    assert (first["night"], first["run_id"], first["chain"]) == (NIGHT, audit.done, chain)
    assert (first["signed_by"], first["remark"], first["is_published"]) == (
        "Аудитор",
        "Сверено с актом",
        True,
    )


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        pytest.param({"night": NIGHT.replace(day=1)}, NightError, "is not published", id="not published"),
        pytest.param({"signed_by": "  "}, CommandError, "--by is empty", id="nobody"),
    ],
)
def test_a_sign_off_is_refused_where_there_is_nothing_to_sign(audit, changed, error, says):
    with pytest.raises(error, match=says):
        sign(audit.settings, **({"night": NIGHT, "signed_by": "Аудитор", "remark": None} | changed))

    assert len(signed(audit.settings)) == 3


@pytest.fixture
def damaged(audit):
    """The same audit with one count changed, for as long as the test lasts."""
    change = f"update audit.rule_result set rows_failed = rows_failed {{}} 1 where run_id = '{audit.failed}'"
    run_as_admin(audit, change.format("+"))
    yield audit
    run_as_admin(audit, change.format("-"))


def run_as_admin(audit: Audit, statement: str) -> None:
    """One statement of somebody with all rights, committed."""
    with warehouse.transaction(audit.settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_damaged_audit_is_not_signed(damaged):
    with pytest.raises(AuditError, match=r"row_changed in audit\.rule_result, run"):
        sign(damaged.settings, night=NIGHT, signed_by="Аудитор", remark=None)

    assert len(signed(damaged.settings)) == 3


def o7_audit(audit: Audit, *words: str) -> Any:
    """The command, on this state directory."""
    return CliRunner().invoke(app, [*words, "--state", str(audit.settings.state)])


def test_the_command_says_that_the_audit_is_whole_and_prints_the_head(audit):
    [(chain,)] = asked(audit.settings, f"select chain from audit.seal where run_id = '{audit.last}'")

    told = o7_audit(audit, "verify", "--head", chain.upper())
    as_json = json.loads(o7_audit(audit, "verify", "--format", "json").stdout)

    assert told.exit_code == 0
    assert "Журнал цел" in told.stdout
    assert chain in told.stdout
    assert as_json["is_sound"]
    assert as_json["head"]["chain"] == chain
    assert as_json["head"]["night"] == NIGHT.isoformat()


def test_the_command_names_the_damage_and_ends_with_three(damaged):
    told = o7_audit(damaged, "verify")
    as_json = json.loads(o7_audit(damaged, "verify", "--format", "json").stdout)

    assert isinstance(told.exception, AuditError)
    assert told.exception.exit_code == 3
    assert "Журнал повреждён, находок: 3" in told.stdout
    assert "строка изменена" in told.stdout
    assert not as_json["is_sound"]
    assert {(one["table"], one["run_id"], one["night"]) for one in as_json["findings"]} == {
        ("rule_result", damaged.failed, NIGHT.isoformat())
    }
    assert all(one["place"].startswith("rule_id=word ") for one in as_json["findings"])


def test_words_of_a_forger_are_shown_and_not_obeyed(audit):
    forged = "[/bold]\x1b[2J"
    run_as_admin(
        audit,
        "insert into audit.rule_result"
        " (run_id, night, rule_id, rule_version, entity, severity, outcome)"
        f" values ('{audit.done}', '{NIGHT}', e'[/bold]\\x1b[2J', '1', 'student', 'notice', 'pass')",
    )
    try:
        told = o7_audit(audit, "verify")
    finally:
        run_as_admin(audit, "delete from audit.rule_result where rule_id like '[/bold]%'")

    assert isinstance(told.exception, AuditError)
    assert "rule_id=[/bold]�[2J" in told.stdout
    assert forged not in told.stdout


def test_a_head_that_is_none_is_refused(audit):
    assert isinstance(o7_audit(audit, "verify", "--head", "abc").exception, CommandError)


def test_the_command_lists_the_sign_offs(audit):
    as_json = json.loads(o7_audit(audit, "signed", "--format", "json").stdout)

    assert [one["signed_by"] for one in as_json] == ["Аудитор"] * 3
    as_table = o7_audit(audit, "signed").stdout
    assert "Сверено с актом" in as_table
    assert "…" not in as_table
