"""What erasures took out of the audit and of past nights, so that a check can tell it from damage.

A seal knows of the failing keys of a run their number and one digest. An erasure wrote down both as it found and as it
left them: what was sealed must lead over every erasure, one after the other, to what is there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# Number of keys and their digest, as the seal has them.
State = tuple[str, str]
_KNOWN: Final = "select to_regclass('audit.erased_keys') is not null"
_STEPS: Final = """
    select run_id::text, erasure_id, keys_before::text, digest_before, keys_after::text, digest_after
    from audit.erased_keys order by recorded_at, erasure_id
"""
_KEYS: Final = "select erasure_id, rules from audit.erased_keys where run_id = %s"
_ROWS: Final = "select erasure_id, entity, row_count from audit.erased_rows where night = %s"


@dataclass(frozen=True, slots=True)
class Step:
    """What one erasure did to the keys of a run."""

    erasure_id: str
    before: State
    after: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """What was erased of a night that is judged again: rows by entity, keys of the run by rule, and by which acts."""

    acts: frozenset[str] = frozenset()
    rows: Mapping[str, int] = field(default_factory=Counter)
    keys: Mapping[str, int] = field(default_factory=Counter)


def steps_of_runs(cursor: Cursor) -> dict[str, list[Step]]:
    """The erasures that touched the keys of each run, in their order."""
    cursor.execute(_KNOWN)
    [(is_known,)] = cursor.fetchall()
    found: defaultdict[str, list[Step]] = defaultdict(list)
    if is_known:
        cursor.execute(_STEPS)
        for run_id, erasure_id, keys_before, before, keys_after, after in cursor.fetchall():
            found[run_id].append(Step(erasure_id, (keys_before, before), (keys_after, after)))
    return found


def leads(steps: Sequence[Step], sealed: State, present: State) -> bool:
    """Whether the steps lead from what was sealed to what is there, without a gap."""
    state = sealed
    for step in steps:
        if step.before != state:
            return False
        state = step.after
    return bool(steps) and state == present


def erased_of(cursor: Cursor, night: date, run_id: str) -> Erasures:
    """What was erased of a night and of the keys of its run."""
    acts: set[str] = set()
    rows: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    cursor.execute(_ROWS, (night,))
    for erasure_id, entity, count in cursor.fetchall():
        acts.add(erasure_id)
        rows[entity] += count
    cursor.execute(_KEYS, (run_id,))
    for erasure_id, rules in cursor.fetchall():
        acts.add(erasure_id)
        keys.update(rules)
    return Erasures(acts=frozenset(acts), rows=rows, keys=keys)
