"""A small audit, night by night, as gates and loader would have left it: what happened is written here by hand."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from psycopg2.extras import execute_values

from o7_warehouse import runs, warehouse
from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.audit.sign_off import sign
from o7_warehouse.issues import remember
from o7_warehouse.rule_texts import keep_texts
from o7_warehouse.rules import all_rules, read_rules
from tests.reports import republic

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

# The night of the fourth is missing; the fifth was stopped at its gate; the run of the seventh came to no rule.
NIGHTS = tuple(dt.date(2025, 12, day) for day in (1, 2, 3, 5, 6))
STOPPED, NEWEST, BROKEN_OFF = NIGHTS[3], NIGHTS[4], dt.date(2025, 12, 7)
MANY = frozenset(range(1000, 2203))
Keys = frozenset[int]
Cell = Keys | str | None


def keys(*numbers: int) -> Keys:
    """Rows that break a rule."""
    return frozenset(numbers)


# Rule -> for each night the rows that break it, "error", "not_evaluated", or None: it was not asked.
GRID: dict[str, tuple[Cell, ...]] = {
    "student.login_given": (keys(1, 2, 3), keys(1, 2, 3), keys(1, 2), keys(1, 2), keys(1, 2, 4)),
    "student.login_unique": (keys(), keys(), keys(), keys(), keys(7)),
    "student.personal_file_unique": (keys(5), keys(5), "error", keys(5), keys()),
    "student.personal_file_placeholder": (keys(6), keys(6), keys(6), keys(6), "error"),
    "student.study_form": ("not_evaluated",) * 5,
    "student.key_given": (keys(), keys(), keys(), keys(), keys()),
    "student.key_single": (keys(10, 11), keys(10, 11), keys(10), keys(10), keys(10, 12)),
    "student.org_id_known": (keys(10), keys(10), keys(10), keys(10), keys(10)),
    "class.name": (keys(), keys(20), keys(20), None, None),
    "class.single": (None, None, None, None, keys()),
    "person.birth_date": (MANY, MANY, MANY, MANY, MANY),
}
# Rows without an identity, on every night.
NAMELESS = {"student.key_given": 2}
# Waiver, rule, what became of it, rows it bears, last night, municipality, school.
WAIVERS = (
    ("W-1", "student.login_given", "silent", 40, dt.date(2025, 12, 31), None, None),
    ("W-2", "person.birth_date", "exceeded", 1000, dt.date(2025, 12, 7), "83701000", None),
    ("W-3", "student.login_unique", "ended", 5, dt.date(2025, 12, 2), None, "s-3"),
)
CHECKED = 4000
REVISION = "5eed"
SCHOOLS = (
    ("s-1", "МКОУ СОШ № 1", "83701000"),
    ("s-2", "Лицей № 2", "83701000"),
    ("s-3", "СОШ с. Бабугент", "83620000"),
)
UNKNOWN_ORG = "Петров Пётр, т. 89281234567"
# A rule may say what looks like markup or a formula.
HOSTILE = '=1+1 <b>&amp;</b> {{ night }} "кавычки"'
REMARK = "<script>alert(1)</script> Сверено"


def org_of(number: int) -> str | None:
    """The school that keeps a row; some rows name none, or one that nobody knows."""
    if number == 4:
        return UNKNOWN_ORG
    return None if number == 7 else SCHOOLS[number % 3][0]


def row_key(rule_id: str, number: int) -> str:
    """The pseudonym of a row: of its entity, as the gate makes it."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{rule_id.split('.', maxsplit=1)[0]}:{number}"))


def student_key(number: int) -> str:
    """The pseudonym of a pupil."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"pupil {number}"))


def severity_of(rule_id: str) -> str:
    """As the registry has it."""
    return RULES[rule_id].severity


RULES = {rule_id: rule for rule_id, rule in all_rules(read_rules()).items() if rule_id in GRID}


def fill(settings: Settings) -> None:
    """Write the audit into an empty warehouse, with the program's own seals and one sign-off."""
    with warehouse.transaction(settings, "o7_admin") as connection, connection.cursor() as cursor:
        republic.make_tables(cursor)
        for place, night in enumerate(NIGHTS):
            if place == 1:
                # An earlier run of the same night that was published no longer.
                _run(cursor, night, "superseded", [("student.login_given", keys(1, 2, 3, 99))])
            asked = [(rule_id, row[place]) for rule_id, row in GRID.items() if row[place] is not None]
            run_id = _run(cursor, night, "failed" if night == STOPPED else "success", asked)
            keep_texts(cursor, RULES.values(), run_id=run_id)
            _waivers(cursor, night, run_id)
            if night != STOPPED:
                _publish(cursor, night, run_id)
                _put_aside(cursor, night, asked)
        _hostile_words(cursor, run_id)
        _run(cursor, BROKEN_OFF, "failed", [])
    with warehouse.transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        remember(cursor)
    with warehouse.transaction(settings, runs.ROLE) as connection, connection.cursor() as cursor:
        seal_ended(cursor)
    sign(settings, night=NIGHTS[0], signed_by="А. Аудитор", remark=REMARK)


def _run(cursor: Any, night: dt.date, outcome: str, asked: list[tuple[str, Any]]) -> str:
    run_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{night} {outcome}"))
    cursor.execute(
        "insert into audit.run (run_id, night, mode, transport, trigger, contract_version, snapshot_at, code_revision)"
        " values (%s, %s, 'extract', 'T2', 'test', '1.0', %s::date + interval '21 hours', %s)",
        (run_id, night, night, REVISION),
    )
    cursor.execute(
        "insert into audit.run_outcome (run_id, outcome, message) values (%s, %s, '')", (run_id, outcome)
    )
    if asked:
        cursor.execute(
            "insert into audit.row_account (run_id, night, entity, rows_in, rows_raw, rows_admitted, rows_quarantined)"
            " values (%s, %s, 'student', 4000, 4000, 3996, 4), (%s, %s, 'class', 90, 90, 90, 0)",
            (run_id, night, run_id, night),
        )
    for rule_id, found in asked:
        _result(cursor, run_id, night, rule_id, found)
    return run_id


def _result(cursor: Any, run_id: str, night: dt.date, rule_id: str, found: Keys | str) -> None:
    nameless = NAMELESS.get(rule_id, 0)
    failed = None if isinstance(found, str) else len(found) + nameless
    outcome = found if isinstance(found, str) else "fail" if failed else "pass"
    # The version of one rule changed on the third night.
    version = "2" if rule_id == "student.login_given" and night >= NIGHTS[2] else "1"
    cursor.execute(
        "insert into audit.rule_result (run_id, night, rule_id, rule_version, entity, severity, outcome, rows_checked,"
        " rows_failed, gx_failed, error_class) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (run_id, night, rule_id, version, rule_id.split(".", maxsplit=1)[0], severity_of(rule_id), outcome,
         None if failed is None else CHECKED, failed, failed,
         "psycopg2.errors.DatatypeMismatch" if outcome == "error" else None),
    )  # fmt: skip
    if isinstance(found, str):
        return
    rows = [(row_key(rule_id, number), student_key(number), org_of(number)) for number in sorted(found)]
    for keyed in (*rows, *[(None, None, None)] * nameless):
        cursor.execute(
            "insert into audit.failing_key (run_id, night, rule_id, row_key, student_key, org_id)"
            " values (%s, %s, %s, %s, %s, %s)",
            (run_id, night, rule_id, *keyed),
        )


def _publish(cursor: Any, night: dt.date, run_id: str) -> None:
    units = [("municipality", code, name, None, None, 2, 100, order) for code, name, order in (
        ("83701000", "городской округ Нальчик", "1.00"), ("83620000", "Черекский район", "1.09"))]  # fmt: skip
    units += [("school", code, name, unit, None, 1, 50, f"2.{code}") for code, name, unit in SCHOOLS]
    execute_values(
        cursor, "insert into indicators.org_units values %s", [(night, run_id, *unit) for unit in units]
    )
    cursor.execute(
        "insert into published.night (night, build_id, run_id, snapshot_at, transport, contract_version, code_revision)"
        " values (%s, %s, %s, now(), 'T2', '1.0', %s)",
        (night, run_id, run_id, REVISION),
    )


def _put_aside(cursor: Any, night: dt.date, asked: list[tuple[str, Any]]) -> None:
    """What the gate put into quarantine: the rows that break a rule of placement."""
    for rule_id, found in asked:
        if RULES[rule_id].is_placement and not isinstance(found, str):
            execute_values(
                cursor,
                "insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids, org_id) values %s",
                [(night, "student", "secret", 1, 1, [rule_id], None)],
            )


def _waivers(cursor: Any, night: dt.date, run_id: str) -> None:
    """What came of the waivers on a night."""
    for waiver_id, rule_id, state, ceiling, until, municipality, org_id in WAIVERS:
        found = GRID[rule_id][NIGHTS.index(night)]
        rows = len(found) if found and not isinstance(found, str) else 0
        cursor.execute(
            "insert into audit.waiver_applied (run_id, night, waiver_id, rule_id, state, rows_failed, rows_in_scope,"
            " ceiling, since, until, granted_by, reason, municipality, org_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'Отдел', 'Обращение № 17', %s, %s)",
            (
                run_id,
                night,
                waiver_id,
                rule_id,
                state,
                rows,
                rows,
                ceiling,
                NIGHTS[0],
                until,
                municipality,
                org_id,
            ),
        )


def _hostile_words(cursor: Any, run_id: str) -> None:
    """Somebody wrote words into the audit that a page or a spreadsheet might obey."""
    cursor.execute(
        "insert into audit.rule_text (run_id, rule_id, place, columns, text, remedy, owner, legal_basis, leaf_code)"
        " select %s, rule_id, place, columns, %s, %s, owner, legal_basis, leaf_code from audit.rule_text"
        " where rule_id = 'student.login_unique'",
        (run_id, HOSTILE, HOSTILE),
    )
