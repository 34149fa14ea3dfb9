"""Which rules of a night can be evaluated: those that look at nothing the night was delivered without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from o7_warehouse.gate_relations import NIGHT_OF
from o7_warehouse.rules_check import mentioned

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.rules import EntityRules, Rule

# (entity, column) that a night lacks; column '': the whole entity.
Absent = set[tuple[str, str]]
WORD: Final = re.compile(r"[a-z_][a-z0-9_]*")


def absent_on(cursor: Cursor, night: date) -> Absent:
    """Optional columns and entities that were not delivered for the night."""
    cursor.execute("select entity, column_name from raw_o7.absent_column where night = %s", (night,))
    return set(cursor.fetchall())


def evaluable(group: EntityRules, absent: Absent) -> list[Rule]:
    """The rules of an entity that miss nothing; a rule whose helper reads another entity needs that one too."""
    if (group.entity, "") in absent:
        return []
    return [rule for rule in group.rules if not absent.intersection(_looked_at(rule, group))]


def _looked_at(rule: Rule, group: EntityRules) -> Absent:
    found = {(rule.entity, column) for column in rule.columns}
    _, words = mentioned(rule.predicate)
    for name, expression in group.terms:
        if name in words:
            words |= mentioned(expression)[1]
    for helper in group.helpers:
        if words.intersection(helper.gives):
            named = {"", *WORD.findall(helper.select)}
            found |= {(entity, column) for entity in NIGHT_OF.findall(helper.select) for column in named}
    return found
