"""Writes hand-made builds and deliveries to real tables, with the columns the models promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg2.extras import execute_values

from o7_warehouse.gate_out import gate_out
from o7_warehouse.gate_out_rows import staging_table
from o7_warehouse.publish import publish
from tests.explanation import EXPLANATION_TABLES
from tests.o7_warehouse.builds import ROOT, Build, Pupil, seed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from o7_warehouse.settings import Settings

SEEDS = ROOT / "dbt_project" / "seeds"
TYPES = {
    "ordinal": "integer", "valid_from": "date", "valid_to": "date", "by_stage": "boolean",
    "is_official": "boolean", "decimals": "integer", "target": "numeric", "year": "integer",
    "satisfies": "boolean", "is_applicable": "boolean", "min_share": "numeric",
}  # fmt: skip
RULES = len({row["rule_code"] for row in seed("profile_rules")})
TABLES = """
create table marts.fct_profile_completeness (
    student_key uuid, school_id text, class_id text, unit_code text, parallel integer, education_stage text,
    statuses text, has_contact boolean, has_identity_conflict boolean, rules_met text, filled_count smallint,
    applicable_count smallint
);
create table marts.fct_pupil_reading (
    student_key uuid, school_id text, class_id text, unit_code text, has_recommendation boolean, has_plan boolean,
    has_portfolio boolean, trajectory_loss text, has_access boolean, access_loss text
);
create table marts.fct_staff_reading (
    staff_key uuid, school_id text, unit_code text, position_code text, has_access boolean, access_loss text
);
create table indicators.indicator_values (
    night date, build_id uuid, indicator text, level text, org_unit_code text, education_stage text,
    numerator bigint, denominator bigint, value numeric, definition_version text
);
create table indicators.control_values (
    night date, build_id uuid, indicator text, reading text, level text, org_unit_code text,
    numerator bigint, denominator bigint, value numeric
);
create table indicators.leaf_counts (
    night date, build_id uuid, level text, org_unit_code text, leaf_code text, filled bigint,
    declared_none bigint, invalid bigint, placeholder bigint, empty bigint, not_applicable bigint,
    not_due bigint, source_absent bigint
);
create table indicators.org_units (
    night date, build_id uuid, level text, org_unit_code text, org_unit_name text, parent_code text,
    oktmo_with_check text, school_count bigint, student_count bigint, sort_key text
);
create table indicators.school_successors (night date, build_id uuid, school_id text, successor_id text);
"""


def make_tables(cursor: Any) -> None:
    """Make what dbt makes: catalogues with their rows, the fact, the indicators, the staging tables."""
    cursor.execute("set role o7_transformer")
    for name in sorted(path.stem for path in SEEDS.glob("*.csv")):
        rows = seed(name)
        columns = ", ".join(f"{column} {TYPES.get(column, 'text')}" for column in rows[0])
        cursor.execute(f"create table catalogue.{name} ({columns})")
        values = [tuple(value or None for value in row.values()) for row in rows]
        execute_values(cursor, f"insert into catalogue.{name} values %s", values)
    cursor.execute(TABLES + EXPLANATION_TABLES)
    cursor.execute(
        """
        select relation.relname from pg_class as relation
        inner join pg_attribute as attribute on relation.oid = attribute.attrelid
        where relation.relnamespace = 'raw_o7'::regnamespace and attribute.attname = '_night_from'
        """
    )
    for (entity,) in cursor.fetchall():
        cursor.execute(f"create table staging.{staging_table(entity)} (source_id text)")
    cursor.execute("set role o7_gate")
    cursor.execute(
        "create table if not exists quarantine.entry (night date, entity text, source_id text,"
        " row_hash bigint, copies int, rule_ids text[], org_id text)"
    )
    cursor.execute("reset role")


def empty(cursor: Any) -> None:
    """Take away everything a test may have left: builds, publications, deliveries, the audit."""
    cursor.execute("reset role")
    cursor.execute(
        """
        select format('%I.%I', relnamespace::regnamespace, relname) from pg_class
        where
            relkind = 'r'
            and relnamespace::regnamespace::text in
            ('raw_o7', 'staging', 'quarantine', 'marts', 'indicators', 'published', 'audit')
        """
    )
    cursor.execute(f"truncate {', '.join(name for (name,) in cursor.fetchall())}")


def write(cursor: Any, build: Build) -> None:
    """Leave the build in the tables as if its models had just run, and its run in the audit."""
    cursor.execute("reset role")
    cursor.execute(
        """
        insert into audit.run (
            run_id, night, mode, transport, trigger, contract_version, snapshot_at, code_revision
        ) values (%s, %s, 'extract', 'T2', 'test', '1.0', %s::date + interval '24 hours', 'revision')
        """,
        (build.run_id, build.night, build.night),
    )
    write_profiles(cursor, build.pupils)
    cursor.execute("truncate marts.fct_staff_reading")
    cursor.execute(
        "insert into marts.fct_staff_reading"
        " select md5(number::text)::uuid, 'school-1', '83701000', '101', number <= 5,"
        " case when number > 5 then 'no_grant' end from generate_series(1, 10) as number"
    )
    counted = build.counted()
    tables: dict[str, list[tuple[Any, ...]]] = {
        "indicator_values": list(build.figures()),
        "control_values": list(build.controls()),
        "leaf_counts": list(build.leaves()),
        "org_units": [
            (
                level,
                code,
                f"name of {code}",
                parent,
                None,
                1,
                len(counted.get((level, code, "all"), ())),
                code,
            )
            for level, code, parent in build.units()
        ],
    }
    for table, rows in tables.items():
        prefixed = [(build.night, build.run_id, *row) for row in rows]
        execute_values(cursor, f"insert into indicators.{table} values %s", prefixed)


def write_profiles(cursor: Any, pupils: Sequence[Pupil]) -> None:
    """Leave the facts of tonight's pupils."""
    cursor.execute("truncate marts.fct_profile_completeness")
    execute_values(
        cursor,
        "insert into marts.fct_profile_completeness values %s",
        [
            (
                pupil.key, pupil.school, pupil.class_id, pupil.unit, 7, pupil.stage, pupil.statuses, True,
                False, {True: "t", False: "f", None: "?"}[pupil.is_complete] * RULES, 51, 51,
            )
            for pupil in pupils
        ],
    )  # fmt: skip
    cursor.execute("truncate marts.fct_pupil_reading")
    execute_values(
        cursor,
        "insert into marts.fct_pupil_reading values %s",
        [
            (
                pupil.key, pupil.school, pupil.class_id, pupil.unit, *passed(pupil.trajectory_loss),
                pupil.trajectory_loss, pupil.access_loss is None, pupil.access_loss,
            )
            for pupil in pupils
        ],
    )  # fmt: skip


def passed(trajectory_loss: str | None) -> tuple[bool, bool, bool]:
    """Whether a pupil lost for this reason has recommendation, plan and portfolio: nothing after what he lacks."""
    tests = ("no_recommendation", "no_plan", "no_portfolio")
    steps = tests.index(trajectory_loss) if trajectory_loss in tests else len(tests)
    return (steps > 0, steps > 1, steps > 2)


def deliver_nothing(cursor: Any, night: dt.date) -> None:
    """Let raw and staging agree that this night delivered one school and nothing else."""
    cursor.execute("reset role")
    cursor.execute("truncate raw_o7.organization, staging.stg_o7__organizations")
    cursor.execute(
        "insert into raw_o7.organization (source_id, _night_from, _row_hash, _batch_id)"
        " values ('school-1', %s, 1, gen_random_uuid())",
        (night,),
    )
    cursor.execute("insert into staging.stg_o7__organizations values ('school-1')")
    cursor.execute(
        """
        insert into raw_o7.load_record
            (night, entity, rows_in, rows_landed, rows_new, rows_closed, rows_unchanged, batch_id)
        select
            %s, relation.relname, n.rows, n.rows, 0, 0, 0, gen_random_uuid()
        from pg_class as relation
        inner join pg_attribute as attribute on relation.oid = attribute.attrelid
        cross join lateral (select case relation.relname when 'organization' then 1 else 0 end as rows) as n
        where relation.relnamespace = 'raw_o7'::regnamespace and attribute.attname = '_night_from'
        on conflict do nothing
        """,
        (night,),
    )


def pass_both(settings: Settings, cursor: Any, build: Build) -> None:
    """Let a build pass the gate out and be published."""
    write(cursor, build)
    deliver_nothing(cursor, build.night)
    gate_out(settings, build.run_id)
    publish(settings, build.run_id)
