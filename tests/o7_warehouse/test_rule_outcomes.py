"""The outcomes a rule may have, also in a warehouse that was built when there were fewer."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse import bootstrap
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import connect

if TYPE_CHECKING:
    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

RESULT = """
    insert into audit.rule_result (run_id, night, rule_id, rule_version, entity, severity, outcome)
    values (gen_random_uuid(), '2025-12-15', 'a.rule', '1', 'person', 'warning', %s)
"""
FEWER = """
    alter table audit.rule_result drop constraint rule_result_outcome_check;
    alter table audit.rule_result add constraint rule_result_outcome_check
        check (outcome in ('pass', 'fail', 'error', 'not_evaluated'))
"""


def test_a_warehouse_built_before_learns_the_newest_outcome(
    warehouse_database: Settings, server: Server
) -> None:
    with closing(connect(warehouse_database, ADMIN)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(FEWER)
            cursor.execute(RESULT, ("pass",))

            # Twice: what knows the newest outcome already is left as it is.
            for _ in range(2):
                bootstrap.ensure(warehouse_database, server)

            cursor.execute(RESULT, ("not_applicable_by_contract",))
            cursor.execute("select outcome from audit.rule_result order by recorded_at")
            assert cursor.fetchall() == [("pass",), ("not_applicable_by_contract",)]
            with pytest.raises(psycopg2.errors.CheckViolation):
                cursor.execute(RESULT, ("forgiven",))
