"""What makes a rule a shadow: nothing can break it, or whatever breaks it breaks another rule in the same words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from o7_warehouse.rules import Helper, Rule

TOKEN: Final = re.compile(r"'(?:[^']|'')*'|[A-Za-z_][A-Za-z_0-9.]*|\S")
WORD: Final = re.compile(r"[a-z_][a-z0-9_]*")
OPENING: Final = frozenset({"(", "case"})
CLOSING: Final = frozenset({")", "end"})


def parts_of(predicate: str) -> frozenset[str]:
    """What the predicate demands at once: its terms between the outermost ``and``, blanks put in order."""
    parts: list[list[str]] = [[]]
    depth = bounds = 0
    for word in TOKEN.findall(predicate):
        depth += (word in OPENING) - (word in CLOSING)
        if depth == 0 and word == "or":
            return frozenset({" ".join(TOKEN.findall(predicate))})
        if depth == 0 and word == "between":
            bounds += 1
        if depth == 0 and word == "and":
            # The `and` of `between … and …` parts nothing.
            if not bounds:
                parts.append([])
                continue
            bounds -= 1
        parts[-1].append(word)
    return frozenset(" ".join(part) for part in parts)


def shadows(rules: Sequence[Rule]) -> Iterable[str]:
    """Rules of an entity that say again what another one says; the placement rules come from one pattern."""
    rules = [rule for rule in rules if not rule.is_placement]
    demands = {rule.rule_id: parts_of(rule.predicate) for rule in rules}
    for place, rule in enumerate(rules):
        for other in rules[place + 1 :]:
            ours, theirs = demands[rule.rule_id], demands[other.rule_id]
            if ours == theirs:
                yield f"{other.rule_id} has the predicate of {rule.rule_id}, so every row counts twice"
            elif ours < theirs or theirs < ours:
                wide, narrow = (other, rule) if ours < theirs else (rule, other)
                yield f"{wide.rule_id} demands again what {narrow.rule_id} demands; keep each demand in one rule"
            if rule.text == other.text:
                yield f"{other.rule_id} has the text of {rule.rule_id}, so nobody can tell them apart"


def unreachable(rule: Rule, helpers: Iterable[Helper], known: AbstractSet[str]) -> Iterable[str]:
    """Why no row can break the rule, or not by the column it names; ``known``: all that a view has."""
    if rule.kind == "placement":
        return
    words = set(WORD.findall(_without_literals(rule.predicate)))
    if not words & known:
        yield "looks at nothing of the row, so it holds for every row or for none"
    if parts_of(rule.predicate) & {"true"} or re.match(
        r"\s*true\s+or\b|.*\bor\s+true\s*$", rule.predicate, re.DOTALL
    ):
        yield "holds whatever the row says"
    read = words.union(
        *(
            WORD.findall(_without_literals(f"{helper.joined_on} {helper.select}"))
            for helper in helpers
            if words.intersection(helper.gives)
        )
    )
    if unread := sorted(set(rule.columns) - read):
        yield f"names the column {unread[0]!r} and reads it nowhere"
    if isinstance(rule.fault, dict) and not {*rule.fault} & {*read, "source_id"}:
        yield f"is not looked at by its fault, which changes {', '.join(rule.fault)}"


def _without_literals(text: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", "''", text)
