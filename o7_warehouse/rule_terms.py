"""Terms: what several rules of an entity ask of the same columns is worked out once per row, by the view.

The rules of an entity parse the same date or judge the same number again and again: `dq.as_date(starts_on)` in one,
`dq.as_date(starts_on) <= the_night` in the next. A call that stands in the rules more than once becomes a column
of `gate.<entity>`, and the rules name the column. Both engines get the same columns and the same words, and each
still evaluates every rule by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from o7_warehouse.rules import EntityRules, Rule

# A call whose arguments are plain words: columns of the view or literals. Nested calls come up in later rounds, when
# the inner ones have become words.
CALL: Final = re.compile(r"\bdq\.([a-z0-9_]+)\(([a-z0-9_]+(?:, [a-z0-9_]+)*)\)")
LONGEST_NAME: Final = 63  # of an identifier of PostgreSQL


def share_terms(group: EntityRules) -> EntityRules:
    """The same rules, with the calls that repeat among them replaced by terms of the view."""
    terms: dict[str, str] = {}
    rules = group.rules
    while repeated := _repeated(rules):
        names = {call: _name(call, number=len(terms) + place) for place, call in enumerate(repeated)}
        terms |= {name: _written_out(call, terms) for call, name in names.items()}
        rules = tuple(replace(rule, predicate=_named(rule.predicate, names)) for rule in rules)
    return replace(group, rules=rules, terms=tuple(terms.items()))


def _repeated(rules: Iterable[Rule]) -> list[str]:
    calls = Counter(found[0] for rule in rules for found in CALL.finditer(rule.predicate))
    return [call for call, times in calls.items() if times > 1]


def _name(call: str, *, number: int) -> str:
    name = CALL.sub(lambda found: f"{found[1]}__{found[2].replace(', ', '_')}", call)
    return name if len(name) <= LONGEST_NAME else f"{call[3 : call.index('(')]}__{number}"


def _named(predicate: str, names: Mapping[str, str]) -> str:
    return CALL.sub(lambda found: names.get(found[0], found[0]), predicate)


def _written_out(call: str, terms: Mapping[str, str]) -> str:
    """The call over columns of the row: a column beside it is not to be had in the same list of columns."""
    return re.sub(r"\b[a-z0-9_]+\b", lambda word: terms.get(word[0], word[0]), call)
