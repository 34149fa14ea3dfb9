"""What a night keeps of the one before is what it would build itself: every table of pupils, byte for byte."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import server
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, arrived, simulate
from tests.journeys.states import DIGEST, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(3600)
# Staging and marts hold the night whole; of intermediate only who is enrolled where.
HELD = """
    select relation.oid::regclass::text from pg_class as relation
    where
        relation.relkind = 'r'
        and (
            relation.relnamespace = 'marts'::regnamespace
            or relation.relnamespace = 'staging'::regnamespace
            or relation.oid = 'intermediate.int_enrollments__won'::regclass
        )
        and relation.relname <> 'stg_o7__rebuilt_students'
"""
SCOPE = """
    select scope.since::text, count(touched.student_id), (select count(*) from raw_o7.student_keys)
    from rebuild.scope as scope
    left join rebuild.touched_student as touched on true
    group by scope.since
"""


def held(state: State) -> dict[str, str]:
    """Digest of every table that is kept from night to night."""
    return {table: state.execute(DIGEST.format(table=table))[0][0] for (table,) in state.execute(HELD)}


def nights_of(count: int) -> list[str]:
    """So many nights on end from the first one."""
    return [(dt.date.fromisoformat(FIRST) + dt.timedelta(days=day)).isoformat() for day in range(count)]


@pytest.fixture(scope="module", params=[2, pytest.param(8, marks=pytest.mark.full)])
def eventful(request: pytest.FixtureRequest) -> Iterator[tuple[Path, list[str]]]:
    """Nights on which pupils mend, break, move, arrive and vanish, and schools merge."""
    with open_folder() as folder:
        simulate("--nights", str(request.param), "--profile", "eventful", "--to", str(folder / "world"))
        yield folder / "world", nights_of(request.param)


def test_what_a_night_keeps_is_what_it_would_build(eventful: tuple[Path, list[str]]) -> None:
    world, nights = eventful
    with open_folder() as folder, ExitStack() as stack:
        state = State(folder)
        stack.enter_context(server.running(state.settings()))
        for place, night in enumerate(nights):
            run_id = arrived(state.walk("--until", "marts", O7_DROP=str(world / night)))
            [(since, touched, known)] = state.execute(SCOPE)
            kept = held(state)
            # Forgetting what the tables hold makes the same run build everybody.
            state.execute("delete from rebuild.built_state")
            arrived(state.walk("--from", "staging", "--until", "marts", "--run-id", run_id))
            assert since == (nights[place - 1] if place else None)
            assert place == 0 or 0 < touched < known
            assert {table for table, digest in held(state).items() if digest != kept[table]} == set(), night
