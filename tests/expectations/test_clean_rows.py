"""No rule flags a row of a large republic in which everything is as it should be."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from psycopg2 import sql

from o7_warehouse.contract import read_contract
from o7_warehouse.gate_pass import examine
from o7_warehouse.gate_relations import make_relations
from o7_warehouse.rule_terms import share_terms
from o7_warehouse.rules import read_rules
from tests.expectations.clean_rows import clean_rows
from tests.expectations.world import NIGHT, write

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

ROWS_OF_A_PUPIL = 50


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(100_000, id="a hundred thousand"),
        pytest.param(1_000_000, id="a million", marks=[pytest.mark.full, pytest.mark.timeout(1200)]),
    ],
)
@pytest.mark.timeout(600)
def test_no_rule_flags_a_clean_row(cursor: Cursor, rows: int) -> None:
    night, contract = date.fromisoformat(NIGHT), read_contract()
    registry = [share_terms(group) for group in read_rules()]
    generated = clean_rows(rows // ROWS_OF_A_PUPIL)
    for entity in contract.entity_names:
        cursor.execute(sql.SQL("truncate {}").format(sql.Identifier("raw_o7", entity)))
        write(cursor, entity, *generated[entity])

    make_relations(cursor, contract=contract, registry=registry, night=night)
    flagged = {}
    for group in registry:
        examined = examine(cursor, contract.entity(group.entity), group.rules, night=night)
        flagged |= {
            rule_id: one.rows_failed for rule_id, one in examined.counted.items() if one.rows_failed != 0
        }

    assert flagged == {}
    assert sum(map(len, generated.values())) >= rows
    assert all(generated[entity] for entity in contract.entity_names)
