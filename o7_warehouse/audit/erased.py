"""What erasures took out of the audit and of past nights, so that a check can tell it from damage.

A seal knows of the failing keys of a run their number and one digest. An erasure wrote down both as it found and as it
left them, a change of the pseudonyms' key the digest alone, for it takes none away (rekeyed.py): what was sealed must
lead over every such step, one after the other, to what is there.
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
_KNOWN: Final = "select to_regclass(%s) is not null"
# Both are written under the fence (runs.py), so no two steps of a run are made at once.
_STEPS: Final = {
    "audit.erased_keys": """
        select
            recorded_at, run_id::text, erasure_id, keys_before::text, digest_before, keys_after::text, digest_after
        from audit.erased_keys
    """,
    "audit.rekeyed_run": """
        select recorded_at, run_id::text, '', null, digest_before, null, digest_after from audit.rekeyed_run
    """,
}
_KEYS: Final = "select erasure_id, rules from audit.erased_keys where run_id = %s"
_ROWS: Final = "select erasure_id, entity, row_count from audit.erased_rows where night = %s"


@dataclass(frozen=True, slots=True)
class Step:
    """What one erasure, or one change of the key, did to the keys of a run.

    ``erasure_id`` is empty for a change of the key, and then the number is None: it stays what it was.
    """

    erasure_id: str
    before: tuple[str | None, str]
    after: tuple[str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """What was erased of a night that is judged again: rows by entity, keys of the run by rule, and by which acts."""

    acts: frozenset[str] = frozenset()
    rows: Mapping[str, int] = field(default_factory=Counter)
    keys: Mapping[str, int] = field(default_factory=Counter)


def steps_of_runs(cursor: Cursor) -> dict[str, list[Step]]:
    """The erasures and changes of the key that touched the keys of each run, in their order."""
    rows = []
    for table, statement in _STEPS.items():
        # An audit of before has not got it.
        cursor.execute(_KNOWN, (table,))
        if cursor.fetchall() == [(True,)]:
            cursor.execute(statement)
            rows += cursor.fetchall()
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for _, run_id, erasure_id, keys_before, before, keys_after, after in sorted(rows, key=lambda row: row[0]):
        found[run_id].append(Step(erasure_id, (keys_before, before), (keys_after, after)))
    return found


def leads(steps: Sequence[Step], sealed: State, present: State) -> bool:
    """Whether the steps lead from what was sealed to what is there, without a gap."""
    keys, digest = sealed
    for step in steps:
        keys_before, before = step.before
        if before != digest or keys_before not in {None, keys}:
            return False
        keys, digest = step.after[0] or keys, step.after[1]
    return bool(steps) and (keys, digest) == present


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
