"""A night judged again by its own rules gives what the audit says of it, and every difference is named."""

from __future__ import annotations

import json
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from o7_warehouse import runs
from o7_warehouse.audit.replay import examine_again, replay
from o7_warehouse.audit.replay_findings import Difference, refuse_different
from o7_warehouse.errors import AuditError, CommandError, GateError
from o7_warehouse.gate_in import gate_in
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import connect, transaction
from tests.deliveries import asked
from tests.expectations.faults import every_fault
from tests.expectations.nights import opened
from tests.expectations.world import NIGHT, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

THE_NIGHT = date.fromisoformat(NIGHT)
LOGIN, SEX = "student.login_given", "person.sex"
AUDIT = "select table_name from information_schema.tables where table_schema = 'audit' order by 1"


@pytest.fixture(scope="module")
def judged(clean_warehouse: Settings) -> Settings:
    """A warehouse in which the gate has judged a night with every fault; the run is refused and stands all the same."""
    with transaction(clean_warehouse, runs.ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into raw_o7.night (night, snapshot_at, contract_version, transport, batch_id, run_id)"
            " values (%s, now(), '1.0', 'T2', gen_random_uuid(), gen_random_uuid())",
            (NIGHT,),
        )
        for entity, rows in every_fault(all_rules(read_rules()).values()).items():
            write(cursor, entity, *rows, batch_id=str(uuid.uuid4()))
    examine_night(clean_warehouse)
    return clean_warehouse


def examine_night(settings: Settings, opener: Settings | None = None) -> str:
    run_id = opened(opener or settings)
    with pytest.raises(GateError):
        gate_in(settings, run_id)
    return run_id


@pytest.fixture
def admin(judged: Settings) -> Iterator[Any]:
    """The cursor of somebody with all rights; what he does is taken back after the test."""
    with closing(connect(judged, ADMIN)) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


def named(differences: list[Difference]) -> set[tuple[str, str]]:
    return {(one.rule_id, one.what) for one in differences}


def test_a_night_judged_again_gives_what_the_audit_says(judged: Settings) -> None:
    found = replay(judged, THE_NIGHT)

    assert found.differences == []
    assert found.changed == {}
    assert found.rules == len(all_rules(read_rules())) + sum(len(group.awaiting) for group in read_rules())
    refuse_different(found)


def test_a_replay_writes_nothing(judged: Settings) -> None:
    def everything() -> dict[str, Any]:
        tables = [name for (name,) in asked(judged, AUDIT)]
        made = asked(
            judged, "select relname, oid from pg_class where relnamespace = 'gate'::regnamespace order by 1"
        )
        return {name: asked(judged, f"select count(*) from audit.{name}") for name in tables} | {"gate": made}

    before = everything()
    replay(judged, THE_NIGHT)

    assert everything() == before


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [("rows_failed", "999", "rows_failed"), ("gx_failed", "999", "gx_failed"), ("rows_checked", "999", "rows_checked"),
     ("outcome", "'pass'", "outcome"), ("rule_version", "'9'", "version"), ("error_class", "'none'", "error_class")],
)  # fmt: skip
def test_an_edited_result_is_named(judged: Settings, admin: Any, column: str, value: str, what: str) -> None:
    admin.execute(f"update audit.rule_result set {column} = {value} where rule_id = '{SEX}'")

    found = examine_again(admin, judged, THE_NIGHT)

    assert named(found.differences) == {(SEX, what)}
    with pytest.raises(AuditError, match=SEX):
        refuse_different(found)


@pytest.mark.full
@pytest.mark.parametrize(
    "edit",
    [
        pytest.param("row_key = md5('other')::uuid", id="the row"),
        pytest.param("student_key = md5('other')::uuid", id="the pupil"),
        pytest.param("org_id = 'other'", id="the school"),
    ],
)
def test_an_edited_failing_key_is_named_though_the_counts_are_right(
    judged: Settings, admin: Any, edit: str
) -> None:
    admin.execute(
        f"update audit.failing_key set {edit} where ctid ="
        f" (select min(ctid) from audit.failing_key where rule_id = '{SEX}')"
    )

    assert named(examine_again(admin, judged, THE_NIGHT).differences) == {(SEX, "keys")}


@pytest.mark.full
def test_a_removed_result_and_a_removed_key_are_named(judged: Settings, admin: Any) -> None:
    admin.execute(f"delete from audit.rule_result where rule_id = '{LOGIN}'")
    admin.execute(
        "delete from audit.failing_key where ctid ="
        f" (select min(ctid) from audit.failing_key where rule_id = '{SEX}')"
    )

    found = named(examine_again(admin, judged, THE_NIGHT).differences)

    assert {(SEX, "keys"), (LOGIN, "outcome")} <= found
    assert {rule_id for rule_id, _ in found} == {SEX, LOGIN}


@pytest.mark.full
def test_a_result_of_a_rule_the_night_did_not_have_is_named(judged: Settings, admin: Any) -> None:
    admin.execute(f"update audit.rule_result set rule_id = 'person.invented' where rule_id = '{SEX}'")

    found = named(examine_again(admin, judged, THE_NIGHT).differences)

    assert ("person.invented", "rule") in found
    assert (SEX, "outcome") in found


def test_an_edited_row_of_raw_is_named_by_the_rules_it_breaks(judged: Settings, admin: Any) -> None:
    admin.execute("update raw_o7.person set sex = 'пол' where source_id = 'p1'")

    assert (SEX, "rows_failed") in named(examine_again(admin, judged, THE_NIGHT).differences)


@pytest.mark.parametrize(
    ("word", "other", "reasons"),
    [
        pytest.param("'муж.'", "'мужик'", set(), id="that changes nothing of the night"),
        pytest.param("'м'", "'мм'", {("dq.sex_normal",)}, id="that changes the night"),
    ],
)
def test_a_function_that_was_changed_since_is_named_with_what_stands_on_it(
    judged: Settings, admin: Any, word: str, other: str, reasons: set[tuple[str, ...]]
) -> None:
    admin.execute("select pg_get_functiondef('dq.sex_normal(text)'::regprocedure)")
    [(source,)] = admin.fetchall()
    assert word in source
    admin.execute(source.replace(word, other))

    found = examine_again(admin, judged, THE_NIGHT)

    assert list(found.changed) == ["dq.sex_normal"]
    assert SEX in found.changed["dq.sex_normal"]
    # By a helper, and by a function that calls it.
    assert "person.no_namesake_elsewhere" in found.changed["dq.sex_normal"]
    assert LOGIN not in found.changed["dq.sex_normal"]
    assert {one.because for one in found.differences} == reasons


@pytest.mark.full
def test_a_function_that_is_called_by_others_is_named_with_what_stands_on_them(
    judged: Settings, admin: Any
) -> None:
    admin.execute("select pg_get_functiondef('dq.snils_is_plain(text)'::regprocedure)")
    [(source,)] = admin.fetchall()
    admin.execute(source.replace("'001-001-998 99'", "'001-001-999 99'"))

    assert "person.snils_given" in examine_again(admin, judged, THE_NIGHT).changed["dq.snils_is_plain"]


def test_a_catalogue_that_was_changed_since_is_named(judged: Settings, admin: Any) -> None:
    admin.execute("update catalogue.countries set name = 'Иначе' where code = '643'")

    found = examine_again(admin, judged, THE_NIGHT)

    assert list(found.changed) == ["catalogue.countries"]
    assert "person.citizenship_country" in found.changed["catalogue.countries"]
    assert found.is_equal


def test_an_older_night_is_judged_by_the_rules_it_had(judged: Settings, admin: Any, tmp_path: Path) -> None:
    """A later night with another predicate, another helper and one rule less changes nothing of it."""
    for name in ("contracts", "dbt_project", "o7_warehouse"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "expectations" / "rules").mkdir(parents=True)
    for name in ("every_entity.yml", "waivers.yml"):
        (tmp_path / "expectations" / name).symlink_to(ROOT / "expectations" / name)
    for path in (ROOT / "expectations" / "rules").iterdir():
        content = yaml.safe_load(path.read_text("utf-8"))
        if path.stem == "student":
            [login] = [rule for rule in content["rules"] if rule["name"] == "login_given"]
            login["predicate"], login["version"] = "login ~ '^login1'", "2"
            content["rules"] = [rule for rule in content["rules"] if rule["name"] != "study_form"]
            [same] = [helper for helper in content["helpers"] if helper["name"] == "same_login"]
            same["select"] = same["select"].replace("> 1", "> 100")
        (tmp_path / "expectations" / "rules" / path.name).write_text(
            yaml.safe_dump(content, allow_unicode=True), "utf-8"
        )
    later = replace(judged, root=tmp_path)
    old = asked(judged, "select run_id, run_no from audit.run order by run_no desc limit 1")
    new_run = examine_night(later, judged)
    told = "select {} from audit.rule_predicate where run_id = %s"
    assert asked(judged, told.format("rule_id, predicate") + " order by 1", (new_run,)) == [
        (LOGIN, "login ~ '^login1'"),
        ("student.study_form", ""),
    ]
    grounds = "select kind, name, digest = '' from audit.rule_ground where run_id = %s order by name"
    assert asked(judged, grounds, (new_run,)) == [
        ("helper", "student.form", True),
        ("helper", "student.same_login", False),
        ("catalogue", "study_forms", True),
    ]

    by_new_rules = examine_again(admin, later, THE_NIGHT)
    admin.connection.rollback()
    # As if the newest run had been another night's.
    admin.execute("update audit.run set night = night + 1 where run_id = %s", (new_run,))
    by_old_rules = examine_again(admin, later, THE_NIGHT)
    admin.execute("delete from audit.rule_result where run_id = %s", (new_run,))
    admin.connection.commit()

    assert by_new_rules.is_equal
    assert by_old_rules.is_equal
    assert by_old_rules.run_no == old[0][1]
    assert by_old_rules.rules == by_new_rules.rules + 1


@pytest.mark.parametrize("night", ["2025-12-14", "2026-01-01"])
def test_a_night_that_raw_does_not_hold_cannot_be_replayed(judged: Settings, night: str) -> None:
    with pytest.raises(CommandError, match="raw holds no rows of it"):
        replay(judged, date.fromisoformat(night))


def test_a_night_whose_rules_were_not_kept_cannot_be_replayed(judged: Settings, admin: Any) -> None:
    admin.execute("delete from audit.rule_predicate")

    with pytest.raises(CommandError, match="before the audit kept the rules"):
        examine_again(admin, judged, THE_NIGHT)


def test_the_command_tells_a_person_and_a_program(judged: Settings) -> None:
    from o7_warehouse.cli import app  # noqa: PLC0415 - the whole command line, which no other test here needs

    words = ["audit", "replay", "--night", NIGHT, "--state", str(judged.state)]
    equal = CliRunner().invoke(app, words)
    edit(judged, "rows_failed + 1")
    different = CliRunner().invoke(app, [*words, "--format", "json"])
    edit(judged, "rows_failed - 1")

    assert equal.exit_code == 0
    assert "Повторная проверка дала то же, что записано в журнале." in equal.stdout
    assert isinstance(different.exception, AuditError)
    assert different.exception.exit_code == 3
    told = json.loads(different.stdout)
    assert told["is_equal"] is False
    assert [(one["rule_id"], one["what"]) for one in told["differences"]] == [(SEX, "rows_failed")]


def edit(settings: Settings, count: str) -> None:
    with closing(connect(settings, ADMIN)) as connection, connection.cursor() as cursor:
        cursor.execute(f"update audit.rule_result set rows_failed = {count} where rule_id = '{SEX}'")
        connection.commit()
