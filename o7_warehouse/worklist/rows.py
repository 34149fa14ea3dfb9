"""What each school has to mend on a published night, in words a school understands; no value of any field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CommandError, ReportError
from o7_warehouse.warehouse import transaction
from o7_warehouse.worklist.names import read_names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# The rows are read by the one role that may see the numbers of cards, the words by the one that reads no person.
ROLE: Final = "o7_school"
WORDS_ROLE: Final = "o7_reporter"
OWNER: Final = "Школа"
_SCHOOLS: Final = """
    select
        schools.org_unit_code, schools.org_unit_name,
        (
            select coalesce(sum(aside.row_count), 0)::bigint from published.quarantine_rows as aside
            where aside.night = schools.night and aside.org_id = schools.org_unit_code
        ) as set_aside
    from published.org_units as schools
    where
        schools.night = %(night)s and schools.level = 'school'
        and (%(school)s is null or schools.org_unit_code = %(school)s)
    order by schools.sort_key, schools.org_unit_code
"""
_RULES: Final = """
    select
        rules.rule_id, rules.ordinal, rules.entity, rules.columns, rules.text, rules.remedy, rules.owner, leaves.label
    from published.field_rules as rules
    left join published.leaves_in_force as leaves
        on rules.night = leaves.night and rules.leaf_code = leaves.leaf_code
    where rules.night = %(night)s
"""
_OPEN: Final = """
    select org_id, rule_id, is_of_pupil, student_no, first_night, row_count
    from school.worklist
    where night = %(night)s and (%(school)s is null or org_id = %(school)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A field rule as a school reads it: where it holds, what it asks, and what to do when it is not met."""

    rule_id: str
    place: int
    section: str
    field: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Rows that do not meet a requirement: of one pupil, or of the school itself.

    ``student_no`` None: the row is of no pupil, or the pupil's card has no number. ``first_night`` is the first
    published night on which one of the rows broke the rule without a break until now.
    """

    requirement: Requirement
    student_no: str | None
    first_night: dt.date
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """All that a school has to mend.

    ``left_to_others``: rows that break a rule somebody else answers for; ``set_aside``: rows in quarantine.
    """

    org_id: str
    name: str
    night: dt.date
    of_pupils: tuple[Line, ...]
    of_school: tuple[Line, ...]
    left_to_others: int
    set_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    org_id: str
    rule_id: str
    is_of_pupil: bool
    student_no: str | None
    first_night: dt.date
    row_count: int


def read_worklists(
    settings: Settings, *, night: dt.date, school: str | None = None
) -> tuple[list[Worklist], int]:
    """The worklists of a published night, one per school in the order of reports, also those with nothing to mend.

    Beside them how many rows belong to organisations that are no school of the night. Raises CommandError for a
    school or a night that is not known, CatalogueError for a field nobody has named, ReportError for an open
    rule without words; StatementError, WarehouseUnavailableError.
    """
    values = {"night": night, "school": school}
    with transaction(settings, WORDS_ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(_SCHOOLS, values)
        schools: list[tuple[str, str, int]] = cursor.fetchall()
        if not schools:
            raise _unknown(night, school)
        requirements, owners = _requirements(cursor, night, settings.root)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
        names = [column.name for column in cursor.description or ()]
        found = [_Open(**dict(zip(names, row, strict=True))) for row in cursor]
    by_school: dict[str, list[_Open]] = {org_id: [] for org_id, _, _ in schools}
    strangers = 0
    for row in found:
        if row.org_id in by_school:
            by_school[row.org_id].append(row)
        else:
            strangers += row.row_count
    return [
        _worklist(school_of_night, night, by_school[school_of_night[0]], requirements, owners)
        for school_of_night in schools
    ], strangers


def _requirements(
    cursor: Cursor, night: dt.date, root: Path
) -> tuple[dict[str, Requirement], dict[str, str]]:
    """The requirements schools answer for, and who answers for each rule."""
    cursor.execute(_RULES, {"night": night})
    names, requirements, owners = read_names(root), {}, {}
    for rule_id, place, entity, columns, text, remedy, owner, label in cursor.fetchall():
        owners[rule_id] = owner
        if owner == OWNER:
            requirements[rule_id] = Requirement(
                rule_id=rule_id,
                place=place,
                section=names.section(entity),
                field=label or names.field(entity, columns),
                text=text,
                remedy=remedy,
            )
    return requirements, owners


def _worklist(
    school: tuple[str, str, int],
    night: dt.date,
    found: list[_Open],
    requirements: Mapping[str, Requirement],
    owners: Mapping[str, str],
) -> Worklist:
    if wordless := sorted({row.rule_id for row in found} - set(owners)):
        raise ReportError(
            f"The rule {wordless[0]} is open on {night} and left no words in audit.rule_text. A worklist cannot "
            "say what to mend. Run the night again."
        )
    own = [row for row in found if row.rule_id in requirements]
    org_id, name, set_aside = school
    return Worklist(
        org_id=org_id,
        name=name,
        night=night,
        of_pupils=tuple(_lines((row for row in own if row.is_of_pupil), requirements)),
        of_school=tuple(_lines((row for row in own if not row.is_of_pupil), requirements)),
        left_to_others=sum(row.row_count for row in found if row.rule_id not in requirements),
        set_aside=set_aside,
    )


def _lines(rows: Iterator[_Open], requirements: Mapping[str, Requirement]) -> list[Line]:
    lines = [
        Line(
            requirement=requirements[row.rule_id],
            student_no=row.student_no,
            first_night=row.first_night,
            row_count=row.row_count,
        )
        for row in rows
    ]
    # A pupil without a number stands at the end; numbers of one length stand in their order.
    return sorted(lines, key=_order)


def _order(line: Line) -> tuple[bool, int, str, int]:
    number = line.student_no or ""
    return (line.student_no is None, len(number), number, line.requirement.place)


def _unknown(night: dt.date, school: str | None) -> CommandError:
    if school is None:
        return CommandError(
            f"The night {night} is not published or has no schools, so there is nothing to mend in it. "
            "Name a published night with --night."
        )
    return CommandError(
        f"The night {night} knows no school {school!r}, so no worklist was written. Codes of schools are listed "
        "by: ./o7 indicators --level school --format csv."
    )
