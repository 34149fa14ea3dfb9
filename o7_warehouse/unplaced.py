"""Persons behind the rows of a night that cannot be placed: no figure counts them, and each of them is real.

What the gate out bounds and the publication keeps: how far a figure might be from the one that counted them.
"""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# People behind quarantined rows: of their own row, card, enrolment or job. Rows without a key count one by
# one. A pupil who is counted all the same (by another enrolment or position) widens nothing.
_REFUSED = """
    select 'pupils' as people, entry.source_id as person_id, entry.org_id, entry.copies
    from quarantine.entry
    where entry.night = %(night)s and entry.entity in ('person', 'student')
    union all
    select 'pupils', version.student_id, entry.org_id, 1
    from quarantine.entry
    inner join raw_o7.enrollment_event as version
        on entry.row_hash = version._row_hash and entry.source_id is not distinct from version.source_id
    where
        entry.night = %(night)s and entry.entity = 'enrollment_event'
        and version._night_from <= %(night)s and version._night_to > %(night)s
    union all
    select 'staff', entry.source_id, entry.org_id, entry.copies
    from quarantine.entry
    where entry.night = %(night)s and entry.entity = 'staff_person'
    union all
    select 'staff', version.staff_id, entry.org_id, 1
    from quarantine.entry
    inner join (
        select 'staff_position' as entity, source_id, staff_id, _row_hash, _night_from, _night_to
        from raw_o7.staff_position
        union all
        select 'staff_workload', source_id, staff_id, _row_hash, _night_from, _night_to
        from raw_o7.staff_workload
    ) as version
        on
            entry.entity = version.entity and entry.row_hash = version._row_hash
            and entry.source_id is not distinct from version.source_id
    where
        entry.night = %(night)s and version._night_from <= %(night)s and version._night_to > %(night)s
"""
# The persons of these who are in no denominator, each with the school that keeps the row.
UNPLACED: Final = f"""
    select refused.* from ({_REFUSED}) as refused
    left join (
        select 'pupils' as people, student_id as person_id from raw_o7.student_keys
        inner join marts.fct_profile_completeness using (student_key)
        union all
        select 'staff', staff_id from raw_o7.staff_keys
        inner join marts.fct_staff_reading using (staff_key)
    ) as counted on refused.people = counted.people and refused.person_id = counted.person_id
    where counted.person_id is null
"""
# How many persons these rows are.
PERSONS: Final = """(
        count(distinct nullif(unplaced.person_id, ''))
        + coalesce(sum(unplaced.copies) filter (where coalesce(unplaced.person_id, '') = ''), 0)
    )"""
_KEPT: Final = f"""
    insert into published.unplaced (night, people, level, org_unit_code, persons)
    select %(night)s, unplaced.people, places.level, places.org_unit_code, {PERSONS} as persons
    from ({UNPLACED}) as unplaced
    -- A row of an unknown school, or of one outside the denominators, counts in the region only.
    left join indicators.org_units as schools
        on
            schools.night = %(night)s and schools.build_id = %(build_id)s and schools.level = 'school'
            and unplaced.org_id = schools.org_unit_code
    cross join lateral (
        values
        ('region', (
            select org_unit_code from indicators.org_units
            where night = %(night)s and build_id = %(build_id)s and level = 'region'
        )),
        ('municipality', schools.parent_code),
        ('school', schools.org_unit_code)
    ) as places (level, org_unit_code)
    where places.org_unit_code is not null
    group by unplaced.people, places.level, places.org_unit_code
"""


def keep_unplaced(cursor: Cursor, *, night: dt.date, build_id: str) -> None:
    """Write to ``published.unplaced`` how many persons each unit has outside the figures of this build."""
    cursor.execute("delete from published.unplaced where night = %s", (night,))
    cursor.execute(_KEPT, {"night": night, "build_id": build_id})
