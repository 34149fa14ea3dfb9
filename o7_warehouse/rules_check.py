"""What makes a rule acceptable: that it can be evaluated, explained, and repeated without telling a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CatalogueError
from o7_warehouse.rules_shadow import shadows, unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from o7_warehouse.contract import Entity
    from o7_warehouse.rules import EntityRules, Rule

SEVERITIES: Final = ("critical", "warning", "info")
KINDS: Final = ("row", "set", "placement")
OWNERS: Final = ("Школа", "Муниципалитет", "Оператор О7", "Министерство")
# One bit of a bigint for each rule.
MOST_RULES: Final = 62
NIGHT: Final = "the_night"
COPIES: Final = "copies"
# All that a predicate may be made of besides columns and functions of dq.
WORDS: Final = frozenset({
    "and", "or", "not", "is", "null", "true", "false", "in", "between", "case", "when", "then", "else", "end",
    "distinct", "from", "coalesce", "btrim", "lower", "translate", "extract", "year", "month", "date", "integer",
    "day", "interval", "right",
})  # fmt: skip
TOKEN: Final = re.compile(r"'(?:[^']|'')*'|(?P<call>\bdq\.[a-z_]+)|(?P<word>[A-Za-z_][A-Za-z_0-9]*)")
RUSSIAN: Final = re.compile(r"[А-Яа-яЁё]{3}")
NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
LEAF: Final = re.compile(r"P(?:0[1-9]|[1-4][0-9]|5[01])")


def check_entity(found: EntityRules, entity: Entity) -> None:
    """Refuse what cannot be evaluated or explained.

    Raises CatalogueError with every objection to the rules of the entity.
    """
    objections = [*_doubles(found), *_helper_objections(found, entity), *shadows(found.rules)]
    for rule in found.rules:
        objections += [f"{rule.rule_id} {objection}" for objection in objections_to(rule, found, entity)]
    if objections:
        listed = "\n".join(f"- {objection}" for objection in objections)
        raise CatalogueError(
            f"expectations/rules/{entity.name}.yml cannot be used:\n{listed}\n"
            "A rule in doubt checks nothing. Mend the file; expectations/README.md says what a rule must have."
        )


def objections_to(rule: Rule, found: EntityRules, entity: Entity) -> Iterable[str]:
    """What is wrong with a rule, in the order in which a reader would mend it."""
    if not NAME.fullmatch(rule.rule_id):
        yield "has no lower-case name"
    for title, value, known in (
        ("severity", rule.severity, SEVERITIES), ("kind", rule.kind, KINDS), ("owner", rule.owner, OWNERS),
    ):  # fmt: skip
        if value not in known:
            yield f"has the {title} {value!r}; known: {', '.join(known)}"
    for title, text in (("text", rule.text), ("remedy", rule.remedy), ("legal_basis", rule.legal_basis)):
        if not RUSSIAN.search(str(text)):
            yield f"has no Russian {title}"
        elif text.endswith("."):
            yield f"ends its {title} with a full stop: it is shown in cells"
    if not rule.fault:
        yield "has no planted fault, so nobody has seen it catch one"
    if rule.leaf is not None and not LEAF.fullmatch(rule.leaf):
        yield f"names the leaf {rule.leaf!r}; leaves are P01 to P51"
    yield from _predicate_objections(rule, found, entity)


def mentioned(predicate: str) -> tuple[set[str], set[str]]:
    """Names that a predicate mentions outside of its literals: the functions of dq, and all other words."""
    calls, words = set(), set()
    for token in TOKEN.finditer(predicate):
        if token["call"]:
            calls.add(token["call"])
        elif token["word"]:
            words.add(token["word"])
    return calls, words


def _predicate_objections(rule: Rule, found: EntityRules, entity: Entity) -> Iterable[str]:
    _, words = mentioned(rule.predicate)
    columns = {*entity.column_names, *rule.awaits}
    helped = {name for helper in found.helpers for name in helper.gives} | {
        COPIES, *(f"{column}_exists" for column in entity.parents),
    }  # fmt: skip
    if not rule.predicate or ";" in rule.predicate or "--" in rule.predicate:
        yield "has no predicate of one expression"
    if unknown := sorted(words - WORDS - columns - helped - {NIGHT}):
        yield f"mentions {unknown[0]!r}, which is no column of gate.{entity.name}, helper or allowed word"
    undeclared = sorted((words & columns) - set(rule.columns))
    if undeclared and rule.kind != "placement":
        yield f"reads {undeclared[0]!r} without naming it under columns"
    if stray := sorted(set(rule.columns) - columns):
        yield f"names the column {stray[0]!r}, which the contract does not have"
    if unread := sorted(set(rule.awaits) - words):
        yield f"awaits {unread[0]!r}, which it does not read"
    if not rule.columns:
        yield "names no column, so nobody knows when it cannot be evaluated"
    yield from unreachable(rule, found.helpers, columns | helped)
    if rule.kind == "row" and (words & helped):
        yield f"is of kind 'row' but looks beyond its row ({min(words & helped)})"
    if rule.kind == "set" and not (words & helped):
        yield "is of kind 'set' but looks at its own row only"


def _doubles(found: EntityRules) -> Iterable[str]:
    for title, names in (
        ("rule", [rule.rule_id for rule in found.rules]), ("helper", [helper.name for helper in found.helpers]),
        ("helper column", [name for helper in found.helpers for name in helper.gives]),
    ):  # fmt: skip
        if double := _first_double(names):
            yield f"the {title} {double} is there twice"
    evaluated = [rule for rule in found.rules if not rule.awaits]
    if len(evaluated) > MOST_RULES:
        yield f"there are {len(evaluated)} rules; one pass holds {MOST_RULES}"


def _helper_objections(found: EntityRules, entity: Entity) -> Iterable[str]:
    for helper in found.helpers:
        if clash := sorted(set(helper.gives) & {*entity.column_names, NIGHT, COPIES}):
            yield f"the helper {helper.name} gives {clash[0]!r}, which the row already has"
        if "raw_o7." in helper.select:
            yield f"the helper {helper.name} reads raw_o7, which holds every night; write night.<entity>"
        if not helper.gives or " as key" not in helper.select or not RUSSIAN.search(helper.says):
            yield f"the helper {helper.name} lacks what it gives, its key, or a Russian word on what it holds"


def _first_double(names: Sequence[str]) -> str | None:
    return next((name for position, name in enumerate(names) if name in names[:position]), None)
