"""What the field rules said on a night, written as the gate in leaves it, and what the memory must make of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from o7_warehouse.issues import NOBODY, remember

NIGHTS = [dt.date(2025, 12, 15) + dt.timedelta(days=days) for days in range(5)]
RULES = ("person.snils", "person.inn", "person.key_single")
PLACED = "person.key_single"
NAMELESS = "person.key_given"
PLACEMENT = (PLACED, NAMELESS)
# Copies of each failing row: each leaves a key.
COPIES = 2
# rule, row, school and pupil of a failing row
Key = tuple[str, str, str, str]
Row = tuple[str, str, str, str, str, str]


@dataclass
class Said:
    """What the rules said on a night: an outcome for each that there was, and the failing rows."""

    night: dt.date
    outcomes: dict[str, str]
    keys: set[Key] = field(default_factory=set)

    def publish(self, cursor: Any) -> list[dt.date]:
        """Let a run that said so be the one that stands for the night, and remember it."""
        run_id = self.write(cursor)
        cursor.execute(
            """
            insert into published.night
                (night, build_id, run_id, snapshot_at, transport, contract_version, code_revision)
            values (%s, %s, %s, now(), 'T2', '1.0', 'revision')
            on conflict (night) do update set run_id = excluded.run_id, build_id = excluded.build_id
            """,
            (self.night, run_id, run_id),
        )
        return remember(cursor)

    def write(self, cursor: Any, run_id: str | None = None) -> str:
        """Write what the gate in leaves of a run."""
        run_id = run_id or str(uuid.uuid4())
        for rule_id, outcome in self.outcomes.items():
            cursor.execute(
                "insert into audit.rule_result (run_id, night, rule_id, rule_version, entity, severity, outcome)"
                " values (%s, %s, %s, '1', 'person', 'warning', %s)",
                (run_id, self.night, rule_id, outcome),
            )
        cursor.execute("delete from quarantine.entry where night = %s", (self.night,))
        for rule_id, row_key, org_id, student_key in self.keys:
            cursor.execute(
                "insert into audit.failing_key (run_id, night, rule_id, row_key, student_key, org_id)"
                " select %s, %s, %s, nullif(%s, %s)::uuid, nullif(%s, %s)::uuid, nullif(%s, '')"
                " from generate_series(1, %s)",
                (run_id, self.night, rule_id, row_key, NOBODY, student_key, NOBODY, org_id, COPIES),
            )
            if rule_id in PLACEMENT:
                cursor.execute(
                    "insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids, org_id)"
                    " values (%s, 'person', 'x', 1, %s, %s, nullif(%s, ''))",
                    (self.night, COPIES, [rule_id], org_id),
                )
        return run_id


def name(number: int) -> str:
    return str(uuid.UUID(int=number))


def key(rule_id: str, number: int, org_id: str = "school-1") -> Key:
    return rule_id, name(number), org_id, name(number + 100)


def evaluated(*keys: Key) -> tuple[dict[str, str], set[Key]]:
    """All rules were evaluated and these rows broke them."""
    broken = {rule_id for rule_id, *_ in keys}
    return {rule_id: "fail" if rule_id in broken else "pass" for rule_id in RULES}, set(keys)


def history(cursor: Any) -> set[Row]:
    cursor.execute(
        "select rule_id, row_key::text, org_id, student_key::text, night_from::text, night_to::text"
        " from published.issue_versions"
    )
    rows = cursor.fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def written_anew(said: dict[dt.date, Said]) -> set[Row]:
    """The same history, worked out from what the nights said, one key after the other."""
    standing: dict[dt.date, set[Key]] = {}
    before: set[Key] = set()
    for night in sorted(said):
        known = said[night].outcomes
        unknown = {rule_id for rule_id, outcome in known.items() if outcome not in {"pass", "fail"}}
        before = {one for one in before if one[0] in unknown} | {
            one for one in said[night].keys if one[0] not in unknown
        }
        standing[night] = before
    nights = sorted(standing)
    ends = [*(night.isoformat() for night in nights[1:]), "infinity"]
    runs: dict[Key, list[list[str]]] = defaultdict(list)
    for night, end in zip(nights, ends, strict=True):
        for one in standing[night]:
            if runs[one] and runs[one][-1][1] == night.isoformat():
                runs[one][-1][1] = end
            else:
                runs[one].append([night.isoformat(), end])
    return {(*one, start, end) for one, rows in runs.items() for start, end in rows}


def aside(cursor: Any) -> dict[str, int]:
    """Rows in quarantine on each night that has any, as the memory tells them."""
    cursor.execute("select night::text, sum(row_count)::int from published.quarantine_rows group by night")
    return dict(cursor.fetchall())


def put_aside(said: dict[dt.date, Said]) -> dict[str, int]:
    """The same as the nights said it: what broke the rule of placement, every copy for itself."""
    rows = {night: sum(one[0] == PLACED for one in each.keys) * COPIES for night, each in said.items()}
    return {night.isoformat(): count for night, count in rows.items() if count}


def told(cursor: Any, view: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    cursor.execute(f"select {columns} from published.{view} where {where} order by {columns}")
    return list(cursor.fetchall())
