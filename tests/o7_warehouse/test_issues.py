"""The memory of the field rules: since when a row breaks a rule, whatever the order in which nights are published."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import pytest

from o7_warehouse import publish
from o7_warehouse.issues import NOBODY, rebuild, remember
from o7_warehouse.warehouse import connect
from tests.o7_warehouse.builds import Build, Pupil
from tests.o7_warehouse.built_warehouse import deliver_nothing, write
from tests.o7_warehouse.test_publish import pass_both

NIGHTS = [dt.date(2025, 12, 15) + dt.timedelta(days=days) for days in range(5)]
RULES = ("person.snils", "person.inn", "person.key_single")
PLACED = "person.key_single"
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
            # A row with two copies leaves two keys.
            cursor.execute(
                "insert into audit.failing_key (run_id, night, rule_id, row_key, student_key, org_id)"
                " select %s, %s, %s, nullif(%s, %s)::uuid, nullif(%s, %s)::uuid, nullif(%s, '')"
                " from generate_series(1, 2)",
                (run_id, self.night, rule_id, row_key, NOBODY, student_key, NOBODY, org_id),
            )
            if rule_id == PLACED:
                cursor.execute(
                    "insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids, org_id)"
                    " values (%s, 'person', 'x', 1, 2, %s, nullif(%s, ''))",
                    (self.night, [rule_id], org_id),
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


def told(cursor: Any, view: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    cursor.execute(f"select {columns} from published.{view} where {where} order by {columns}")
    return list(cursor.fetchall())


@pytest.fixture
def views(house: Any) -> Any:
    """The house with the views of what is published."""
    house.execute("set role o7_gate")
    publish.ensure_views(house)
    house.execute("reset role")
    return house


@pytest.mark.parametrize("seed", range(25))
def test_any_order_of_nights_gives_the_memory_of_the_audit(house, seed):
    """Nights come in any order and come again; rules are evaluated or not, come and go; some rows are nobody's."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    said: dict[dt.date, Said] = {}
    for _ in range(14):
        night = dice.choice(NIGHTS)
        outcomes = {
            rule_id: outcome
            for rule_id in RULES
            if (outcome := dice.choice(["fail", "fail", "fail", "not_evaluated", "error", ""]))
        }
        rows = [
            (rule_id, name(number), school, pupil)
            for rule_id, outcome in outcomes.items()
            if outcome == "fail"
            for number in range(3)
            for school in ("school-1", "")
            for pupil in (name(number + 100), NOBODY)
            if dice.random() < 0.4
        ]
        said[night] = Said(night, outcomes, set(rows))

        assert said[night].publish(house) == [night]

        assert history(house) == written_anew(said)
    remembered = history(house)

    assert rebuild(house) == sorted(said)
    assert history(house) == remembered


def test_a_night_is_remembered_once(house):
    said = Said(NIGHTS[0], *evaluated(key("person.snils", 1)))
    said.publish(house)
    before = history(house)

    assert remember(house) == []
    assert history(house) == before


def test_nights_published_before_there_was_a_memory_are_folded_in_their_order(house):
    for night in (NIGHTS[2], NIGHTS[0]):
        Said(night, *evaluated(key("person.snils", 1))).publish(house)
    house.execute("truncate published.issue_versions, published.issue_night")

    assert Said(NIGHTS[3], *evaluated()).publish(house) == [NIGHTS[0], NIGHTS[2], NIGHTS[3]]
    assert {row[4:] for row in history(house)} == {("2025-12-15", "2025-12-18")}


def test_a_publication_remembers_what_its_gate_in_found(settings, house):
    build = Build(NIGHTS[0], [Pupil(1)])
    Said(NIGHTS[0], *evaluated(key("person.inn", 1))).write(house, build.run_id)
    pass_both(settings, house, build)
    again = Build(NIGHTS[0], [Pupil(1)])
    Said(NIGHTS[0], *evaluated(key("person.snils", 2))).write(house, again.run_id)

    assert [row[:2] for row in history(house)] == [("person.inn", name(1))]

    pass_both(settings, house, again)

    assert [row[:2] for row in history(house)] == [("person.snils", name(2))]


def test_a_run_that_is_refused_leaves_the_memory_alone(settings, house):
    build = Build(NIGHTS[0], [Pupil(1)])
    Said(NIGHTS[0], *evaluated(key("person.inn", 1))).write(house, build.run_id)
    pass_both(settings, house, build)
    before = history(house)
    later = Build(NIGHTS[1], [Pupil(1)])
    write(house, later)
    deliver_nothing(house, later.night)
    Said(NIGHTS[1], *evaluated(key("person.snils", 2))).write(house, later.run_id)

    with pytest.raises(publish.GateError):
        publish.publish(settings, later.run_id)

    assert history(house) == before


def test_an_issue_says_since_when_how_long_and_when_it_was_mended(views):
    lasting, mended = key("person.snils", 1), key("person.inn", 2)
    Said(NIGHTS[0], *evaluated(lasting)).publish(views)
    Said(NIGHTS[1], *evaluated(lasting, mended)).publish(views)
    Said(NIGHTS[3], *evaluated(lasting)).publish(views)

    assert told(
        views, "issues", "rule_id, entity, first_night::text, last_night::text, mended_on::text, age_nights"
    ) == [
        ("person.inn", "person", "2025-12-16", "2025-12-16", "2025-12-18", 1),
        ("person.snils", "person", "2025-12-15", "2025-12-18", None, 4),
    ]


def test_an_issue_that_comes_back_is_a_second_one(views):
    again = key("person.snils", 1)
    for night, keys in zip(NIGHTS, ([again], [], [again]), strict=False):
        Said(night, *evaluated(*keys)).publish(views)

    assert told(views, "issues", "first_night::text, mended_on::text") == [
        ("2025-12-15", "2025-12-16"),
        ("2025-12-17", None),
    ]


def test_a_night_says_what_began_what_was_mended_and_what_goes_on(views):
    first, second, third = (key("person.snils", number) for number in (1, 2, 3))
    Said(NIGHTS[0], *evaluated(first, second)).publish(views)
    Said(NIGHTS[1], *evaluated(second, third)).publish(views)

    columns = (
        "night::text, previous_night::text, rule_id, outcome, opened, mended, still_open, oldest_night::text"
    )
    assert told(views, "issue_changes", columns) == [
        ("2025-12-15", None, "person.snils", "fail", 2, 0, 0, "2025-12-15"),
        ("2025-12-16", "2025-12-15", "person.snils", "fail", 1, 1, 1, "2025-12-15"),
    ]


def test_a_rule_that_was_not_evaluated_has_mended_nothing(views):
    one = key("person.snils", 1)
    Said(NIGHTS[0], *evaluated(one)).publish(views)
    outcomes, _ = evaluated()
    Said(NIGHTS[1], outcomes | {"person.snils": "not_evaluated"}).publish(views)

    columns = "outcome, opened, mended, still_open"
    assert told(views, "issue_changes", columns, "night = '2025-12-16'") == [("not_evaluated", 0, 0, 1)]


def test_a_row_in_quarantine_keeps_its_first_night_and_all_its_reasons(views):
    stray = key(PLACED, 1)
    Said(NIGHTS[0], *evaluated(stray, key("person.snils", 2))).publish(views)
    Said(NIGHTS[1], *evaluated(stray)).publish(views)
    Said(NIGHTS[2], *evaluated()).publish(views)
    Said(NIGHTS[3], *evaluated(stray)).publish(views)

    whose, nights = "entity, row_key::text, org_id, rule_ids", "first_night::text, last_night::text"
    assert told(views, "quarantine_history", f"{whose}, {nights}, released_on::text, age_nights") == [
        ("person", name(1), "school-1", [PLACED], "2025-12-15", "2025-12-16", "2025-12-17", 2),
        ("person", name(1), "school-1", [PLACED], "2025-12-18", "2025-12-18", None, 1),
    ]
    assert told(views, "quarantine_changes", "night::text, put_aside, released, still_aside") == [
        ("2025-12-15", 1, 0, 0),
        ("2025-12-16", 0, 0, 1),
        ("2025-12-17", 0, 1, 0),
        ("2025-12-18", 1, 0, 0),
    ]


@pytest.mark.parametrize(
    ("role", "relation", "is_allowed"),
    [
        ("o7_auditor", "issues", True),
        ("o7_auditor", "quarantine_history", True),
        ("o7_auditor", "issue_changes", True),
        ("o7_reporter", "issue_changes", True),
        ("o7_reporter", "quarantine_changes", True),
        ("o7_reporter", "issues", False),
        ("o7_reporter", "issue_versions", False),
        ("o7_reporter", "quarantine_history", False),
        ("o7_school", "issues", False),
        ("o7_transformer", "issue_versions", False),
        ("o7_loader", "issue_versions", False),
    ],
)
def test_keys_are_for_the_auditor_and_counts_for_reports(settings, views, role, relation, is_allowed):
    assert views.connection.status == psycopg2.extensions.STATUS_READY
    with closing(connect(settings, role)) as connection, connection.cursor() as cursor:
        if is_allowed:
            cursor.execute(f"select 1 from published.{relation}")
        else:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"select 1 from published.{relation}")
