"""``./o7 audit``: what it says of a whole audit and of a damaged one, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from o7_warehouse.commands_audit import app
from o7_warehouse.errors import AuditError, CommandError
from tests.deliveries import NIGHT, asked
from tests.o7_warehouse.tampered_audit import run_as_admin

if TYPE_CHECKING:
    from tests.o7_warehouse.sealed_audit import Audit


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
