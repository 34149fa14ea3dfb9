"""What a change of the key must leave as it is, and where pseudonyms stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from o7_warehouse.rotation import COLUMNS, NOBODY
from tests.access.matrix import objects

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

# What is counted by joining on pseudonyms and identities, across the layers that hold either.
JOINS = {
    "pupils of marts by identity": """
        select keys.student_id, facts.school_id, facts.statuses
        from raw_o7.student_keys as keys inner join marts.fct_profile_completeness as facts using (student_key)
    """,
    "staff of marts by identity": """
        select keys.staff_id, facts.school_id from raw_o7.staff_keys as keys
        inner join marts.dim_staff as facts using (staff_key)
    """,
    "histories of pupils": """
        select keys.student_id, profiles.statuses, readings.access_loss, readings.trajectory_loss
        from raw_o7.student_keys as keys
        inner join published.profile_versions as profiles using (student_key)
        inner join published.pupil_reading_versions as readings using (student_key, night_from)
    """,
    "histories of staff": """
        select keys.staff_id, readings.access_loss from raw_o7.staff_keys as keys
        inner join published.staff_reading_versions as readings using (staff_key)
    """,
    "accesses by their holders": """
        select coalesce(pupils.student_id, staff.staff_id), count(*)
        from marts.fct_content_access as accesses
        left join raw_o7.student_keys as pupils on accesses.holder_key = pupils.student_key
        left join raw_o7.staff_keys as staff on accesses.holder_key = staff.staff_key
        group by 1
    """,
    "broken rules of pupils": """
        select keys.student_id, issues.rule_id, issues.night_from, failing.org_id
        from published.issue_versions as issues
        inner join audit.failing_key as failing
            on issues.row_key = failing.row_key and issues.rule_id = failing.rule_id
        left join raw_o7.student_keys as keys on issues.student_key = keys.student_key
    """,
    "rows in quarantine": """
        select aside.entity, aside.org_id, issues.rule_id from published.aside_versions as aside
        inner join published.issue_versions as issues using (row_key, org_id, night_from)
    """,
    "staging beside marts": """
        select students.student_no, facts.statuses from staging.stg_o7__students as students
        inner join marts.fct_profile_completeness as facts using (student_key)
    """,
}


def joined(cursor: Cursor) -> dict[str, tuple[int, str]]:
    """The number and digest of the rows of every join."""
    found = {}
    for name, query in JOINS.items():
        cursor.execute(
            "select count(*), md5(string_agg(line::text, '|' order by line::text collate \"C\"))"
            f" from ({query}) as line"
        )
        [found[name]] = cursor.fetchall()
    return found


def held(cursor: Cursor) -> set[str]:
    """Every pseudonym there is, of persons and of rows."""
    found: set[str] = set()
    for one in objects(cursor):
        if one.kind in {"r", "p"}:
            cursor.execute(
                "select attname::text from pg_attribute where attrelid = %s::regclass and attname = any(%s)"
                " and atttypid = 'uuid'::regtype and not attisdropped",
                (str(one), list(COLUMNS)),
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f"select distinct {column}::text from {one} where {column} <> '{NOBODY}'")
                found |= {key for (key,) in cursor.fetchall()}
    return found


def standing(cursor: Cursor, keys: set[str]) -> list[str]:
    """The tables and statistics in which one of the keys stands, in whatever column."""
    places = []
    tables = [str(one) for one in objects(cursor) if one.kind in {"r", "p"}]
    for table in [*tables, "pg_catalog.pg_statistic"]:
        cursor.execute(f"select line::text from {table} as line")
        text = "\n".join(line for (line,) in cursor.fetchall())
        if any(key in text for key in keys):
            places.append(table)
    return places


def stored_key(night: Night) -> str:
    """The key as secrets.json has it."""
    return str(json.loads((night.state.folder / "secrets.json").read_text(encoding="utf-8"))["pseudonym_key"])
