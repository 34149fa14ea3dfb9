"""An audit of many nights, written set by set: what the gates of so many nights would have left.

Rules and their words are those of ``expectations/``. The same size gives the same audit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from psycopg2.extras import execute_values

from o7_warehouse import runs
from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.issues import remember
from o7_warehouse.rule_texts import keep_texts
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

FIRST_NIGHT: Final = "2025-01-01"
SCHOOLS: Final = 280
ISSUES_PER_RULE: Final = 200
# Every third rule is broken by rows that stay for one to two hundred nights; single nights end in an error, or are
# not evaluated.
_AUDIT: Final = """
    create temporary table nights on commit drop as
    select n, md5('run ' || n)::uuid as run_id, date '{first}' + n as night from generate_series(0, {nights} - 1) as n;

    insert into audit.run
        (run_id, night, mode, transport, trigger, contract_version, snapshot_at, code_revision, started_at)
    select run_id, night, 'extract', 'T2', 'benchmark', '1.0', night + interval '21 hours', 'seeded',
        night + interval '22 hours'
    from nights order by n;
    insert into audit.run_outcome (run_id, outcome, message) select run_id, 'success', '' from nights;
    insert into audit.row_account (run_id, night, entity, rows_in, rows_raw, rows_admitted, rows_quarantined)
    select run_id, night, 'student', 123000, 123000, 122960, 40 from nights;
    insert into published.night
        (night, build_id, run_id, published_at, snapshot_at, transport, contract_version, code_revision)
    select night, run_id, run_id, night + interval '23 hours', night + interval '21 hours', 'T2', '1.0', 'seeded'
    from nights;

    create temporary table issues on commit drop as
    select
        rule_id, md5(rule_id || number)::uuid as row_key, md5('pupil ' || number)::uuid as student_key,
        'school-' || number * 7 % {schools} as org_id, number * 13 % {nights} as first_n,
        number * 13 % {nights} + 1 + number * 17 % 200 as end_n
    from rules cross join generate_series(1, {issues}) as number
    where place % 3 = 0;
    analyze issues;

    insert into audit.failing_key (run_id, night, rule_id, row_key, student_key, org_id)
    select nights.run_id, nights.night, issues.rule_id, issues.row_key, issues.student_key, issues.org_id
    from nights inner join issues on nights.n >= issues.first_n and nights.n < issues.end_n
    where (nights.n + length(issues.rule_id)) % 97 > 1
    order by nights.n, issues.rule_id;

    insert into audit.rule_result
        (run_id, night, rule_id, rule_version, entity, severity, outcome, rows_checked, rows_failed, gx_failed,
        error_class)
    select
        nights.run_id, nights.night, rules.rule_id, rules.version, rules.entity, rules.severity,
        case when odd = 0 then 'error' when odd = 1 then 'not_evaluated' when found.rows > 0 then 'fail'
            else 'pass' end,
        case when odd > 1 then 123000 + nights.n end, case when odd > 1 then coalesce(found.rows, 0) end,
        case when odd > 1 then coalesce(found.rows, 0) end,
        case when odd = 0 then 'psycopg2.errors.InvalidTextRepresentation' end
    from nights cross join rules
    cross join lateral (select (nights.n + length(rules.rule_id)) % 97 as odd) as chance
    left join (select run_id, rule_id, count(*) as rows from audit.failing_key group by run_id, rule_id) as found
        on nights.run_id = found.run_id and rules.rule_id = found.rule_id
    order by nights.n, rules.place;
"""
_UNITS: Final = """
    set local role o7_transformer;
    create table indicators.org_units (
        night date, build_id uuid, level text, org_unit_code text, org_unit_name text, parent_code text,
        oktmo_with_check text, school_count bigint, student_count bigint, sort_key text
    );
    reset role;
    insert into indicators.org_units
    select night, build_id, unit.* from published.night cross join lateral (
        select 'municipality', 'unit-' || n, 'Муниципальный район № ' || n, null, null, 20, 9000, lpad(n::text, 2, '0')
        from generate_series(0, 12) as n
        union all
        select 'school', 'school-' || n, 'МКОУ СОШ № ' || n, 'unit-' || n % 13, null, 1, 440, lpad(n::text, 4, '0')
        from generate_series(0, {schools} - 1) as n
    ) as unit;
"""


def seed(settings: Settings, *, nights: int, rules: int) -> None:
    """Fill an empty warehouse with an audit of so many nights and rules, and seal it as the program does."""
    chosen = list(all_rules(read_rules(ROOT)).values())[:rules]
    words = {"first": FIRST_NIGHT, "nights": nights, "schools": SCHOOLS, "issues": ISSUES_PER_RULE}
    with transaction(settings, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute(
            "create temporary table rules (place int, rule_id text, version text, entity text, severity text)"
        )
        execute_values(
            cursor,
            "insert into rules values %s",
            [(place, one.rule_id, one.version, one.entity, one.severity) for place, one in enumerate(chosen)],
        )
        cursor.execute(_AUDIT.format(**words))
        cursor.execute("select run_id::text from nights order by n limit 1")
        [(first,)] = cursor.fetchall()
        keep_texts(cursor, chosen, run_id=first)
        cursor.execute(_UNITS.format(**words))
        _make_views(cursor)
    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        remember(cursor)
    with transaction(settings, runs.ROLE) as connection, connection.cursor() as cursor:
        seal_ended(cursor)


def _make_views(cursor: Cursor) -> None:
    """The views over the units and over the memory of the rules, as the publication makes them."""
    views = ROOT / "o7_warehouse" / "views"
    found = re.search(
        r"create view published\.org_units as.*?;", (views / "published.sql").read_text(), re.DOTALL
    )
    if found is None:
        raise SystemExit(
            "views/published.sql makes no view of the units any more. Correct benchmarks/seeded_audit.py."
        )
    cursor.execute(f"set local role o7_gate; {found[0]} grant select on published.org_units to o7_auditor")
    cursor.execute((views / "remembered.sql").read_text(encoding="utf-8"))
