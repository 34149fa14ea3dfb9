"""The rows behind the counts: which broke a rule from which night to which, under pseudonymous keys."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# A row that breaks a rule night after night is one issue; copies of a row in quarantine count each
# (views/remembered.sql).
_ISSUES: Final = """
    select rule_id, row_key::text, student_key::text, org_id, first_night, last_night, mended_on
    from published.issues
    where coalesce(mended_on, 'infinity') > %(from)s
    order by rule_id collate "C", first_night, row_key, org_id collate "C", student_key, last_night
"""
_ASIDE: Final = """
    select entity, org_id, first_night, row_count
    from published.quarantine_history
    where released_on is null
    order by entity collate "C", first_night, row_key, org_id collate "C"
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
    """A row that breaks a rule, or broke it; ``mended_on`` None: it still does. Without an identity it has no key."""

    rule_id: str
    row_key: str | None
    student_key: str | None
    org_id: str | None
    first_night: dt.date
    last_night: dt.date
    mended_on: dt.date | None

    @property
    def is_open(self) -> bool:
        """Whether the row still breaks the rule."""
        return self.mended_on is None


class Aside(NamedTuple):
    """Rows of one key in quarantine, the school that keeps them, and the first night on which there was one."""

    entity: str
    org_id: str | None
    first_night: dt.date
    row_count: int


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
    """All issues by rule, the rows in quarantine, the schools that keep them, and the rows that have no key."""

    by_rule: Mapping[str, Sequence[Issue]]
    aside: Sequence[Aside]
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
    cursor.execute(_NAMELESS, {"run_id": run_id})
    nameless = dict(cursor.fetchall())
    by_rule: dict[str, list[Issue]] = defaultdict(list)
    # The views come with the first publication, and nothing is followed before it.
    cursor.execute("select to_regclass('published.issues') is not null")
    [(is_published,)] = cursor.fetchall()
    if not is_published:
        return Issues(by_rule={}, aside=(), schools={}, nameless=nameless)
    cursor.execute(_ISSUES, {"from": since})
    for row in cursor:
        issue = Issue(*row)
        by_rule[issue.rule_id].append(issue)
    cursor.execute(_ASIDE)
    aside = [Aside(*row) for row in cursor.fetchall()]
    return Issues(by_rule=by_rule, aside=aside, schools=_schools(cursor), nameless=nameless)


def _schools(cursor: Cursor) -> dict[str, School]:
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
