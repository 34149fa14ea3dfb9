"""What the rules of a past night stand on and is no longer what it was: functions of dq and catalogues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from o7_warehouse.rule_grounds import CATALOGUE_OF, built_grounds
from o7_warehouse.rules_check import mentioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.audit.night_rules import NightRules
    from o7_warehouse.rules import EntityRules

CALL: Final = re.compile(r"\bdq\.([a-z0-9_]+)")
# The text of a function names those it calls by the schema, in quotes or without.
_SOURCES: Final = """
    select proname::text, replace(pg_get_functiondef(oid), '"', '')
    from pg_catalog.pg_proc where pronamespace = 'dq'::regnamespace
"""


def changed_grounds(cursor: Cursor, rules: NightRules) -> dict[str, list[str]]:
    """Name of what has changed since the night (dq.x, catalogue.x) -> the rules of the night that stand on it."""
    kept = sorted(name for kind, name in rules.digests if kind == "catalogue")
    cursor.execute(
        "select relname::text from pg_catalog.pg_class where relnamespace = 'catalogue'::regnamespace"
    )
    present = {name for (name,) in cursor.fetchall()}
    now = {
        (ground.kind, ground.name): ground.digest
        for ground in built_grounds(cursor, [name for name in kept if name in present])
    }
    changed = {ground for ground, digest in rules.digests.items() if now.get(ground) != digest}
    if not changed:
        return {}
    cursor.execute(_SOURCES)
    calls = {name: {*CALL.findall(source)} - {name} for name, source in cursor.fetchall()}
    stands_on = {
        rule.rule_id: _grounds_of(" ".join((rule.predicate, *_helpers_of(group, rule.predicate))), calls)
        for group in rules.registry
        for rule in group.rules
    }
    return {
        f"{'dq' if kind == 'function' else kind}.{name}": sorted(
            rule_id for rule_id, grounds in stands_on.items() if (kind, name) in grounds
        )
        for kind, name in sorted(changed)
    }


def _helpers_of(group: EntityRules, predicate: str) -> Iterable[str]:
    _, words = mentioned(predicate)
    return (
        f"{helper.joined_on} {helper.select}" for helper in group.helpers if words.intersection(helper.gives)
    )


def _grounds_of(text: str, calls: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Catalogues and functions that a text names, and the functions those call in their turn."""
    open_ones, known = {*CALL.findall(text)}, set[str]()
    while open_ones:
        name = open_ones.pop()
        known.add(name)
        open_ones |= calls.get(name, set()) - known
    return {("function", name) for name in known} | {
        ("catalogue", name) for name in CATALOGUE_OF.findall(text)
    }
