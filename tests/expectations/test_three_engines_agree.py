"""Great Expectations, the set-based pass and the twins in polars name the same rows of random worlds, rule by rule."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import random
import uuid
from collections import Counter, defaultdict
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from psycopg2 import sql

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import GateError
from o7_warehouse.gate_in import gate_in
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import connect
from tests.deliveries import asked
from tests.expectations.faults import every_fault
from tests.expectations.nights import opened, results
from tests.expectations.world import write
from tests.oracle.rule_twins import WITHOUT_TWIN, broken, delivered
from tests.worlds.delivery import ANCHOR, throw
from tests.worlds.schools import add_shared_rows
from tests.worlds.world import NIGHTS, ORDINARY, World, worlds_of

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

RULES = all_rules(read_rules())
ROWS_RUMPLED = 4
Rows = dict[str, list[dict[str, Any]]]
Keys = Counter[str | None]


def thrown(night: dt.date) -> Rows:
    """The fifty worlds of a night, with the fault of every rule on a few rows of them, and beside them a world each."""
    shared = World("shared", night)
    add_shared_rows(shared)
    rows: Rows = defaultdict(list)
    for world in (shared, throw(ANCHOR, night), *(throw(number, night) for number in worlds_of(night))):
        for entity, given in world.rows.items():
            rows[entity] += given
    chance = random.Random(f"rumpled {night}")  # noqa: S311 - nothing is kept secret by it
    for rule in RULES.values():
        if isinstance(rule.fault, dict):
            values = {column: value for column, value in rule.fault.items() if column != "source_id"}
            for row in chance.sample(rows[rule.entity], min(ROWS_RUMPLED, len(rows[rule.entity]) // 50)):
                row.update(values)
    for beside in (every_fault(RULES.values()), on_the_edge(night)):
        for entity, given in beside.items():
            rows[entity] += given
    return rows


def on_the_edge(night: dt.date) -> Rows:
    """Rows for which one day more or less decides, where no world has any."""
    today = str(night)
    born = (night - dt.timedelta(days=90)).replace(year=night.year - 14)

    def later(years: int) -> str:
        return str(born.replace(year=born.year + years))

    all_day = dict.fromkeys(("granted_on", "linked_on", "blocked_on", "revoked_on", "last_used_on"), today)
    of_pupil = {"student_id": "edge-p"}
    return {
        "organization": [
            {
                "source_id": "edge-o1",
                "opened_on": "2000-01-01",
                "closed_on": "2000-01-01",
                "org_status_code": "8",
            },
            {"source_id": "edge-o2", "closed_on": today, "org_status_code": "1"},
        ],
        "academic_year": [
            {"source_id": "edge-y1", "starts_on": "2025-09-01", "ends_on": "2025-09-01"},
            {"source_id": "edge-y2", "starts_on": "2025-09-01", "ends_on": "2026-09-01"},
            {"source_id": "edge-y3", "starts_on": "2025-09-01", "ends_on": today},
        ],
        "class": [{"source_id": "edge-c", "academic_year_id": "edge-y3"}],
        "enrollment_event": [{"source_id": "edge-e", "class_id": "edge-c", "starts_on": "2025-09-01"}],
        "person": [{"source_id": "edge-p", "birth_date": str(born)}],
        "identity_document": [{"source_id": "edge-d", "type_code": "11", **of_pupil}],
        "guardian": [{"source_id": "edge-g", "birth_date": later(-14), **of_pupil}],
        "education_document": [
            {"source_id": "edge-u1", "type_code": "12", "issued_on": later(13), **of_pupil},
            {"source_id": "edge-u2", "type_code": "11", "issued_on": later(15), **of_pupil},
        ],
        "medical_release": [{"source_id": "edge-z", "starts_on": "2025-09-01", "ends_on": "2026-09-01"}],
        "portfolio_item": [{"source_id": "edge-w", "category_code": "G1.1", "result_code": "participant"}],
        "access_grant_student": [{"source_id": "edge-a", **all_day}],
        "access_grant_staff": [{"source_id": "edge-a", **all_day}],
    }


def judged(settings: Settings, night: dt.date, rows: Rows) -> str:
    """The run in which the gate has judged these rows and no others."""
    with closing(connect(settings, ADMIN)) as connection, connection, connection.cursor() as cursor:
        for entity in read_contract().entity_names:
            cursor.execute(sql.SQL("truncate {}").format(sql.Identifier("raw_o7", entity)))
            write(cursor, entity, *rows[entity], night=str(night))
    run_id = opened(settings, str(night))
    with pytest.raises(GateError) as refused:
        gate_in(settings, run_id)
    assert "differently" not in str(refused.value)
    assert "evaluated" not in str(refused.value)
    return run_id


def keys_of(settings: Settings, run_id: str) -> dict[str, Keys]:
    """Rule -> the pseudonyms of the rows that break it, as the audit keeps them."""
    found: dict[str, Keys] = defaultdict(Counter)
    for rule_id, key in asked(
        settings, "select rule_id, row_key::text from audit.failing_key where run_id = %s", (run_id,)
    ):
        found[rule_id][key] += 1
    return found


def pseudonym(settings: Settings, entity: str, source_id: str | None) -> str | None:
    """What the audit calls a row."""
    if source_id is None:
        return None
    digest = hmac.new(settings.pseudonym_key, f"{entity}:{source_id}".encode(), hashlib.sha256).digest()
    return str(uuid.UUID(bytes=digest[:16]))


def agreed(settings: Settings, night: dt.date) -> dict[str, int]:
    """How many rows break each rule, after all three have named the same ones."""
    rows = thrown(night)
    run_id = judged(settings, night, rows)
    counts, keys = results(settings, run_id), keys_of(settings, run_id)
    twins = broken(delivered(night, rows))
    unequal = []
    for rule_id, rule in RULES.items():
        named = Counter(pseudonym(settings, rule.entity, source_id) for source_id in twins[rule_id])
        _, _, by_sql, by_gx = counts[rule_id]
        if not (by_sql == by_gx == named.total() and keys[rule_id] == named):
            unequal.append(f"{rule_id}: {by_sql} by SQL, {by_gx} by GX, {named.total()} by polars")
    assert unequal == []
    return {rule_id: len(found) for rule_id, found in twins.items()}


def test_every_rule_that_a_night_evaluates_has_a_twin() -> None:
    named = set(broken(delivered(ORDINARY, {})))

    assert named == set(RULES)
    assert {rule.rule_id for group in read_rules() for rule in group.awaiting} == WITHOUT_TWIN


@pytest.mark.timeout(900)
def test_three_engines_name_the_same_rows_of_every_rule(clean_warehouse: Settings) -> None:
    counts = agreed(clean_warehouse, ORDINARY)

    # Nothing is proved of a rule that nobody breaks.
    assert [rule_id for rule_id, count in counts.items() if not count] == []


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("night", [night for night in NIGHTS if night != ORDINARY], ids=str)
def test_they_do_on_every_other_edge_of_the_calendar(clean_warehouse: Settings, night: dt.date) -> None:
    agreed(clean_warehouse, night)
