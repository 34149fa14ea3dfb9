"""Who may do what to the audit: nobody changes it, the loader seals, the auditor signs what is whole."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from o7_warehouse import warehouse
from o7_warehouse.audit.sign_off import sign, signed
from o7_warehouse.errors import AuditError, CommandError, NightError
from o7_warehouse.warehouse import WAREHOUSE_ROLES
from tests.deliveries import NIGHT, asked
from tests.o7_warehouse.tampered_audit import ADMIN, TABLES


@pytest.mark.parametrize("role", sorted(set(WAREHOUSE_ROLES) - {ADMIN}))
@pytest.mark.parametrize("table", TABLES)
def test_no_role_changes_or_removes_anything(audit, role, table):
    with closing(warehouse.connect(audit.settings, role)) as connection, connection.cursor() as cursor:
        # The keys of failing rows are erasable by design, for one role alone.
        is_erasable = (role, table) == ("o7_eraser", "failing_key")
        for statement in (
            f"update audit.{table} set night = night"
            if table == "seal"
            else f"update audit.{table} set run_id = run_id",
            *(() if is_erasable else (f"delete from audit.{table}",)),
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


def test_a_damaged_audit_is_not_signed(damaged):
    with pytest.raises(AuditError, match=r"row_changed in audit\.rule_result, run"):
        sign(damaged.settings, night=NIGHT, signed_by="Аудитор", remark=None)

    assert len(signed(damaged.settings)) == 3
