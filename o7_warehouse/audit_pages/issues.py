"""The rows behind the counts: which broke a rule from which night to which, under pseudonymous keys.

A row that breaks a rule night after night is one issue. A night on which the rule was not counted mends nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# One row per failing row, rule and unbroken stay on published nights.
_ISSUES: Final = """
    with counted as (
        select
            result.rule_id, night.run_id, night.night,
            row_number() over (partition by result.rule_id order by night.night) as nth,
            lead(night.night) over (partition by result.rule_id order by night.night) as next_night
        from published.night
        inner join audit.rule_result as result on night.run_id = result.run_id
        where result.rows_failed is not null
    ),
    seen as (
        select
            broken.rule_id, broken.row_key, counted.nth, counted.night, counted.next_night,
            broken.student_key, broken.org_id,
            counted.nth - dense_rank() over (partition by broken.rule_id, broken.row_key order by counted.nth) as stay
        from audit.failing_key as broken
        inner join counted on broken.run_id = counted.run_id and broken.rule_id = counted.rule_id
        where broken.row_key is not null
    )
    select
        rule_id, row_key::text, max(student_key::text),
        (array_agg(org_id order by nth desc, org_id collate "C"))[1],
        min(night), max(night), (array_agg(next_night order by nth desc))[1]
    from seen
    group by rule_id, row_key, stay
    having coalesce((array_agg(next_night order by nth desc))[1], 'infinity') > %(from)s
    order by rule_id collate "C", min(night), row_key
"""
# Rows without an identity have no key, and nobody can tell whether two of them are the same.
_NAMELESS: Final = """
    select broken.rule_id, count(*)
    from audit.failing_key as broken
    where broken.run_id = %(run_id)s and broken.row_key is null
    group by broken.rule_id
"""
# A school or a municipality by its newest name.
_PLACES: Final = """
    select distinct on (level, org_unit_code) level, org_unit_code, org_unit_name, parent_code, sort_key
    from published.org_units
    where level in ('municipality', 'school')
    order by level, org_unit_code, night desc
"""


class Issue(NamedTuple):
    """A row that breaks a rule, or broke it; ``mended_on`` None: it still does."""

    rule_id: str
    row_key: str
    student_key: str | None
    org_id: str | None
    first_night: dt.date
    last_night: dt.date
    mended_on: dt.date | None

    @property
    def is_open(self) -> bool:
        """Whether the row still breaks the rule."""
        return self.mended_on is None


@dataclass(frozen=True, slots=True)
class School:
    """A school with its municipality, and the key by which the ministry's tables are sorted."""

    code: str
    name: str
    municipality: str
    order: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a rule's rows between a night and the one before it."""

    opened: int
    mended: int
    still_open: int
    oldest: dt.date | None


@dataclass(frozen=True)
class Issues:
    """All issues by rule, the schools that keep their rows, and the rows that have no key."""

    by_rule: Mapping[str, Sequence[Issue]]
    schools: Mapping[str, School]
    nameless: Mapping[str, int]

    def of(self, rule_id: str) -> Sequence[Issue]:
        """The issues of a rule, the oldest first."""
        return self.by_rule.get(rule_id, ())

    def change(self, rule_id: str, night: dt.date) -> Change:
        """What a night brought to a rule's rows."""
        known = self.of(rule_id)
        still = [one for one in known if one.first_night < night and (one.is_open or one.mended_on > night)]  # type: ignore[operator]
        return Change(
            opened=sum(one.first_night == night for one in known),
            mended=sum(one.mended_on == night for one in known),
            still_open=len(still),
            oldest=min((one.first_night for one in still), default=None),
        )

    @cached_property
    def open_count(self) -> int:
        """How many are open."""
        return sum(one.is_open for known in self.by_rule.values() for one in known)


def read_issues(cursor: Cursor, *, since: dt.date, run_id: str) -> Issues:
    """The issues that were open on ``since`` or later; ``run_id`` is the newest night's run."""
    cursor.execute(_ISSUES, {"from": since})
    by_rule: dict[str, list[Issue]] = defaultdict(list)
    for row in cursor:
        issue = Issue(*row)
        by_rule[issue.rule_id].append(issue)
    cursor.execute(_NAMELESS, {"run_id": run_id})
    nameless = dict(cursor.fetchall())
    return Issues(by_rule=by_rule, schools=_schools(cursor), nameless=nameless)


def _schools(cursor: Cursor) -> dict[str, School]:
    # The view comes with the first publication.
    cursor.execute("select to_regclass('published.org_units') is not null")
    [(has_units,)] = cursor.fetchall()
    if not has_units:
        return {}
    cursor.execute(_PLACES)
    places = cursor.fetchall()
    above = {code: (name, order or "") for level, code, name, _, order in places if level == "municipality"}
    return {
        code: School(code, name, *_within(above.get(parent), name))
        for level, code, name, parent, _ in places
        if level == "school"
    }


def _within(municipality: tuple[str, str] | None, school: str) -> tuple[str, tuple[str, str]]:
    name, order = municipality or ("", "")
    return name, (order, school)
