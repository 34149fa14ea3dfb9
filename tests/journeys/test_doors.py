"""Equal data through any door give equal facts: whole nights, every table and view compared byte for byte.

The same two eventful nights come from the replica (T1), as the contract's files and as the vendor's data mart (both
T2), and as sheets made by hand (T3).
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import bootstrap, server
from o7_warehouse.warehouse import transaction
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, SECOND, arrived, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Two nights through each of four doors: with --full.
pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
NIGHTS = (FIRST, SECOND)
REFERENCE = "contract"
DOORS = {"replica": "T1", "contract": "T2", "datamart": "T2", "manual": "T3"}
# Columns in which two equal nights must differ, and why.
DIFFER = {
    "_batch_id": "the load that brought a version of a row",
    "batch_id": "the load itself",
    "build_id": "the run whose build it is",
    "run_id": "the run itself",
    "loaded_at": "when the night was loaded",
    "recorded_at": "when the audit took a row down",
    "started_at": "when the run began",
    "ended_at": "when the night ended",
    "published_at": "when the night was published",
    "transport": "the door",
}
# What tells of the work and not of the data: times, hashes of rows with times, files that print the door's name.
OF_THE_WORK = {
    "audit.model_timing", "audit.report_file", "audit.run_outcome", "audit.seal", "audit.task_record",
}  # fmt: skip
# Where a finding about the door is told, and the reports that say by which one the rows came.
TELL_OF_FINDINGS = ("audit.contract_finding", "published.delivery_findings")
NAME_THE_DOOR = {"indicator_statement", "data_quality"}
# Where is told why all of it was read: of a replica because it was asked for, and the second file of a data mart holds
# what changed. So its last whole reading is the night before.
TELL_OF_READING = ("audit.gate_finding", "raw_o7.reading")
READ_FOR_OTHER_REASONS = {("replica", FIRST), ("replica", SECOND), ("datamart", SECOND)}
SCHEMAS = (
    "raw_o7", "quarantine", "catalogue", "staging", "intermediate", "marts", "indicators", "published", "audit",
    "school",
)  # fmt: skip
# Views of the schools show a login the rows of its scope: this one sees those of all schools, the administrator none.
OF_ALL_SCHOOLS = "o7_school"
RELATIONS = """
    select relation.oid::regclass::text
    from pg_class as relation
    where relation.relnamespace::regnamespace::text = any(%s) and relation.relkind in ('r', 'p', 'v', 'm')
    order by 1
"""
ROWS = "select (to_jsonb(line) - %s::text[])::text as row from {relation} as line order by row"
LEFT_OUT = """
    select distinct entry.key, entry.value
    from {relation} as line cross join lateral jsonb_each_text(to_jsonb(line)) as entry
    where entry.key = any(%s) and entry.value is not null
"""


@dataclass(frozen=True)
class Night:
    """All that a warehouse holds after a night: of each relation the rows as text, without the columns of DIFFER."""

    rows: dict[str, list[str]]
    left_out: dict[str, set[str]]  # column of DIFFER -> its values
    reports: dict[str, str]

    def differing(self, other: Night) -> dict[str, tuple[list[str], list[str]]]:
        """Relations whose rows are not the same, with what only this and only the other one has."""
        assert self.rows.keys() == other.rows.keys()
        return {
            relation: (
                [row for row in rows if row not in set(other.rows[relation])],
                [row for row in other.rows[relation] if row not in set(rows)],
            )
            for relation, rows in self.rows.items()
            if rows != other.rows[relation]
        }


def taken_down(state: State) -> Night:
    """What the state holds now."""
    rows: dict[str, list[str]] = {}
    left_out: dict[str, set[str]] = {column: set() for column in DIFFER}
    with (
        state.asking() as cursor,
        transaction(state.settings(), OF_ALL_SCHOOLS) as connection,
        connection.cursor() as of_schools,
    ):
        cursor.execute(RELATIONS, (list(SCHEMAS),))
        for relation in sorted({name for (name,) in cursor.fetchall()} - OF_THE_WORK):
            reader = of_schools if relation.startswith("school.") else cursor
            reader.execute(ROWS.format(relation=relation), (list(DIFFER),))
            rows[relation] = [row for (row,) in reader.fetchall()]
            reader.execute(LEFT_OUT.format(relation=relation), (list(DIFFER),))
            for column, value in reader.fetchall():
                left_out[column].add(value)
    return Night(rows, left_out, state.reports())


def walked(door: str, folder: Path) -> dict[str, Night]:
    """Both nights through a door into a warehouse of its own; what it holds after each."""
    state, seen = State(folder / "state"), {}
    state.folder.mkdir(mode=0o755)
    world = ["--profile", "eventful", "--pupils", "400"]
    with ExitStack() as stack:
        running = stack.enter_context(server.running(state.settings()))
        if door == "replica":
            bootstrap.ensure(state.settings(), running)
        else:
            simulate(*world, "--nights", str(len(NIGHTS)), "--form", door, "--to", str(folder / "world"))
        for place, night in enumerate(NIGHTS, start=1):
            if door == "replica":
                # A replica holds the present alone. All of it is read, as the other doors give all of it.
                simulate(*world, "--nights", str(place), "--to", running.dsn("o7", "o7_source"))
                arrived(state.walk(O7_SOURCE_DSN=running.dsn("o7", "o7_export_reader"), O7_READ_CHANGES="no"))
            else:
                arrived(state.walk(O7_DROP=str(folder / "world" / night)))
            seen[night] = taken_down(state)
    return seen


@pytest.fixture(scope="module")
def by_contract() -> Iterator[dict[str, Night]]:
    """Both nights through the door everything else is compared with."""
    with open_folder() as folder:
        yield walked(REFERENCE, folder)


@pytest.fixture(scope="module", params=[door for door in DOORS if door != REFERENCE])
def other(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, Night]]]:
    """Both nights through another door."""
    with open_folder() as folder:
        yield request.param, walked(request.param, folder)


def without_reason(row: str) -> dict[str, Any]:
    """A row about a reading without the words why it was so, which follow a semicolon in a sentence."""
    said = json.loads(row)
    message, *_ = said.pop("message", "").split(";")
    return {name: value for name, value in said.items() if name not in {"why", "whole_on"}} | {"": message}


@pytest.mark.parametrize("night", NIGHTS)
def test_equal_data_through_another_door_give_equal_facts(by_contract, other, night) -> None:
    """By hand nothing is missing either; that nobody vouches for it is one finding more on each of its nights."""
    door, nights = other

    found = nights[night].differing(by_contract[night])

    if (door, night) in READ_FOR_OTHER_REASONS:
        for relation in TELL_OF_READING:
            ours, theirs = found.pop(relation)
            assert list(map(without_reason, ours)) == list(map(without_reason, theirs))
    if DOORS[door] == "T3":
        for relation in TELL_OF_FINDINGS:
            more, lost = found.pop(relation)
            assert lost == []
            assert [json.loads(row)["check_id"] for row in more] == ["transport_manual"] * (
                NIGHTS.index(night) + 1
            )
    assert found == {}


@pytest.mark.parametrize("night", NIGHTS)
def test_every_file_but_those_that_name_the_door_is_the_same(by_contract, other, night) -> None:
    door, nights = other
    ours, theirs = nights[night].reports, by_contract[night].reports

    different = {path.split("/")[2] for path in theirs if ours[path] != theirs[path]}

    assert ours.keys() == theirs.keys()
    assert different == (set() if DOORS[door] == DOORS[REFERENCE] else NAME_THE_DOOR)


def test_no_layer_is_left_out_of_the_comparison(by_contract) -> None:
    layers = {relation.split(".")[0] for relation, rows in by_contract[SECOND].rows.items() if rows}

    assert layers == set(SCHEMAS)
    assert sum(relation.startswith(("marts.", "indicators.")) for relation in by_contract[SECOND].rows) > 20


def test_the_columns_that_may_differ_do_differ(by_contract, other) -> None:
    """A column that is left out for nothing would hide a difference."""
    door, nights = other
    never = {
        column
        for column in DIFFER
        if nights[SECOND].left_out.get(column, set()) & by_contract[SECOND].left_out.get(column, set())
    }

    assert never == ({"transport"} if DOORS[door] == DOORS[REFERENCE] else set())
