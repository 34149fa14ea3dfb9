"""What the day of a night decides about rows that nobody has changed: which rules ask for it, and on which days.

Most rules only compare a date of their row with the night: their outcome turns on that date and on no other day. They
are recognised by their words; a rule that asks for the night in any other way looks at every row every night.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.raw_indexes import dates_of, is_to_come
from o7_warehouse.rules_check import NIGHT, mentioned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from o7_warehouse.contract import Entity
    from o7_warehouse.rules import EntityRules, Rule

# A date as it stands: of a column, of an instant by the calendar of Moscow, or given by a helper; nothing added to it.
_DATE: Final = (
    r"(?<![-+*/] )(?<![:.\w])(?:dq\.as_date\((?P<{0}_day>\w+)\)"
    r"|dq\.moscow_day\(dq\.as_instant\((?P<{0}_instant>\w+)\)\)|(?P<{0}_given>\w+))"
)
_COMPARED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_DATE.format('one')} (?:<=|>=|<|>) the_night\b(?! [-+])",
        rf"{_DATE.format('one')} between (?:date '[-\d]+'|{_DATE.format('other')}) and the_night\b(?! [-+])",
        rf"\bthe_night between {_DATE.format('one')} and {_DATE.format('other')}(?! [-+])(?!\()",
    )
)
# The same on every night of a school year: :func:`year_of`.
_SCHOOL_YEAR: Final = "dq.first_september(the_night)"
SEPTEMBER: Final = 9


def is_lasting(rule: Rule, group: EntityRules, entity: Entity) -> bool:
    """Whether the outcome of a rule turns on no other days than dates that its row sees, and the first of September."""
    dates = {*dates_of(entity), *(name for helper in group.helpers for name in helper.gives)}

    def without(found: re.Match[str]) -> str:
        named = {name for name in found.groupdict().values() if name}
        return "" if named <= dates else found[0]

    predicate = " ".join(rule.predicate.split()).replace(_SCHOOL_YEAR, "")
    for compared in _COMPARED:
        predicate = compared.sub(without, predicate)
    return NIGHT not in mentioned(predicate)[1]


def asks_for_a_day(rules: Iterable[Rule]) -> bool:
    """Whether any of the rules has something to do with the night."""
    return any(NIGHT in mentioned(rule.predicate)[1] for rule in rules)


def year_of(night: date) -> int:
    """The year in which the school year of a night began, as ``dq.first_september`` has it."""
    return night.year if night.month >= SEPTEMBER else night.year - 1


def turns(entity: Entity, *, since: date, night: date) -> sql.Composed:
    """A condition over raw: a row of both nights has a date between them, or on one of them.

    A date that was over when the row came decides nothing any more, which an index knows.
    """
    tests = [
        sql.SQL("left({}, 10) between {} and {}").format(
            sql.Identifier(name), sql.Literal(since.isoformat()), sql.Literal(night.isoformat())
        )
        for name in dates_of(entity)
    ]
    return sql.SQL("_night_from <= {since} and _night_to > {night} and {is_to_come} and ({tests})").format(
        since=sql.Literal(since), night=sql.Literal(night), is_to_come=is_to_come(entity),
        tests=sql.SQL(" or ").join(tests) if tests else sql.SQL("false"),
    )  # fmt: skip
