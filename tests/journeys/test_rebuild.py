"""What a night keeps of the one before is what it would build itself: every table of pupils, byte for byte."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import bootstrap, dbt_runner, runs, server
from o7_warehouse.audit.replay import replay
from o7_warehouse.errors import GateError, NightError
from o7_warehouse.settings import ROOT
from o7_warehouse.upkeep.reconcile import reconcile
from tests.conftest import open_folder
from tests.faults.walking import begun
from tests.journeys.conftest import FIRST, arrived, simulate
from tests.journeys.one_of_each import second_night
from tests.journeys.states import DIGEST, State
from tests.o7_warehouse.replicas import show

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

REBUILT = "student_key in (select student_key from staging.stg_o7__rebuilt_students)"

# A night with this trigger sees nobody change.
BLIND = """
    create function rebuild.blind() returns trigger language plpgsql as 'begin return null; end';
    create trigger blind before insert on rebuild.touched_student
    for each row execute function rebuild.blind();
    create trigger blind before insert on rebuild.touched_row
    for each row execute function rebuild.blind();
"""
# The column that names the pupil; access is held by pupils and by staff.
PUPILS = """
    select attname::text from pg_attribute
    where attrelid = %s::regclass and attname in ('student_key', 'holder_key')
"""
WRONG = """
    select keys.student_id
    from (
        (select * from {kept} except all select * from {table})
        union all
        (select * from {table} except all select * from {kept})
    ) as differing
    inner join raw_o7.student_keys as keys on differing.{pupil} = keys.student_key
"""


def held(state: State) -> dict[str, str]:
    """Digest of every table that is kept from night to night."""
    return {table: state.execute(DIGEST.format(table=table))[0][0] for (table,) in state.execute(HELD)}


def nights_of(count: int) -> list[str]:
    """So many nights on end from the first one."""
    return [(dt.date.fromisoformat(FIRST) + dt.timedelta(days=day)).isoformat() for day in range(count)]


@pytest.fixture(scope="module")
def changes() -> Iterator[tuple[Path, dict[str, set[str]]]]:
    """Two nights, the second with a change of every kind; and the pupils each kind reaches."""
    with open_folder() as folder:
        simulate("--nights", "1", "--to", str(folder / "world"))
        first, second = (folder / "world" / night for night in nights_of(2))
        yield folder / "world", second_night(first, second)


def replica_of(count: int, state: State, *words: str) -> Iterator[dict[str, str]]:
    """Let a replica in the state's server show so many eventful nights, one after the other; its settings."""
    with open_folder() as folder, server.running(state.settings()) as running:
        bootstrap.ensure(state.settings(), running)
        simulate("--nights", str(count), "--profile", "eventful", *words, "--to", str(folder / "world"))
        for night in nights_of(count):
            yield {"O7_SOURCE_DSN": show(running, folder / "world" / night)}


@pytest.fixture
def state_of_nights() -> Iterator[State]:
    """A state directory whose server runs throughout."""
    with open_folder() as folder:
        state = State(folder)
        with server.running(state.settings()):
            yield state


def goes_on_from_the_night_before(state: State, world: Path, nights: list[str]) -> None:
    """Walk the nights; what each of them keeps must be what it would build if it built everybody."""
    for place, night in enumerate(nights):
        run_id = arrived(state.walk("--until", "facts", O7_DROP=str(world / night)))
        [(since, touched, known)] = state.execute(SCOPE)
        kept = held(state)
        build_everybody(state, run_id)
        assert since == (nights[place - 1] if place else None)
        assert place == 0 or 0 < touched < known
        assert {table for table, digest in held(state).items() if digest != kept[table]} == set(), night
        # The gate too goes on from the night before; judged again, every rule looks at every row.
        assert replay(state.settings(), dt.date.fromisoformat(night)).differences == [], night


def build_everybody(state: State, run_id: str) -> None:
    """Forgetting what the tables hold makes the same run build everybody."""
    state.execute("delete from rebuild.built_state")
    arrived(state.walk("--from", "facts", "--until", "facts", "--run-id", run_id))


@pytest.mark.full
def test_a_change_of_every_kind_reaches_whom_it_concerns(
    state_of_nights: State, changes: tuple[Path, dict[str, set[str]]]
) -> None:
    world, reached = changes
    nights = nights_of(2)
    goes_on_from_the_night_before(state_of_nights, world, nights)

    seen = {pupil for (pupil,) in state_of_nights.execute("select student_id from rebuild.touched_student")}
    assert {entity for entity, pupils in reached.items() if pupils <= seen} == set(reached)


@pytest.mark.full
@pytest.mark.parametrize(
    ("whose", "seen_that_night"), [(REBUILT, True), (f"not ({REBUILT})", False)], ids=["added", "kept"]
)
def test_a_data_test_looks_at_what_a_night_has_added_and_at_everything_when_everybody_is_built(
    *, state_of_nights: State, changes: tuple[Path, dict[str, set[str]]], whose: str, seen_that_night: bool
) -> None:
    state, (world, _) = state_of_nights, changes
    for night in nights_of(2):
        run_id = arrived(state.walk("--until", "facts", O7_DROP=str(world / night)))

    state.execute(
        f"insert into marts.fct_trajectory select * from marts.fct_trajectory where {whose} limit 1"
    )

    assert fails(state, run_id, is_partial=True) == seen_that_night
    assert fails(state, run_id, is_partial=False)


def fails(state: State, run_id: str, *, is_partial: bool) -> bool:
    """Whether dbt finds a pupil twice in a fact."""
    settings, night = state.settings(), dt.date.fromisoformat(nights_of(2)[1])
    project, target = str(ROOT / "dbt_project"), state.folder / "tried"
    done = subprocess.run(
        [
            sys.executable, "-P", "-m", "dbt.cli.main", "test", "--select", "unique_fct_trajectory_student_key",
            "--project-dir", project, "--profiles-dir", project, "--target-path", str(target),
            "--log-path", str(target),
        ],
        env=os.environ | dbt_runner.environment(settings, night=night, build_id=run_id, is_partial=is_partial),
        capture_output=True, check=False,
    )  # fmt: skip
    [result] = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    assert (result["status"] == "fail") == bool(done.returncode)
    return bool(done.returncode)


@pytest.mark.full
def test_every_one_of_these_changes_would_be_missed(
    state_of_nights: State, changes: tuple[Path, dict[str, set[str]]]
) -> None:
    """A night that sees no change keeps wrong rows of pupils of every kind of change."""
    state, (world, reached) = state_of_nights, changes
    first, second = nights_of(2)
    arrived(state.walk("--until", "facts", O7_DROP=str(world / first)))
    state.execute(BLIND)
    run_id = arrived(state.walk("--until", "facts", O7_DROP=str(world / second)))
    state.execute("drop function rebuild.blind cascade; create schema blind")
    tables = {table: pupil for (table,) in state.execute(HELD) for (pupil,) in state.execute(PUPILS, table)}
    for table in tables:
        state.execute(f"create table {kept_name(table)} as select * from {table}")
    build_everybody(state, run_id)

    wrong = {
        pupil
        for table, column in tables.items()
        for (pupil,) in state.execute(WRONG.format(kept=kept_name(table), table=table, pupil=column))
    }
    assert {entity for entity, pupils in reached.items() if pupils & wrong} == set(reached)


def kept_name(table: str) -> str:
    """Where a table of the blind night is kept."""
    return "blind." + table.replace(".", "_")


@pytest.mark.full
def test_eight_eventful_nights_that_read_and_build_what_changed_leave_what_building_everybody_gives(
    state_of_nights: State,
) -> None:
    state = state_of_nights
    settings = state.settings()
    for night in replica_of(8, state, "--pupils", "300"):
        # A process that has its imports already: eight times the start of a program cost as much as two nights.
        walking = begun([str(state.folder), "--until", "facts"], night, state.folder / "words.log")
        walking.join()
        assert walking.exitcode == 0, (state.folder / "words.log").read_text("utf-8")
    [(run_id,)] = state.execute("select run_id::text from audit.run order by run_no desc limit 1")
    [(since, touched, known)] = state.execute(SCOPE)
    [(read_by_changes,)] = state.execute("select count(base) from raw_o7.reading")
    kept = held(state)
    with pytest.raises(NightError, match="is under way"):
        reconcile(settings)
    runs.close_run(settings, run_id, outcome="success", message="as far as the facts")
    found = reconcile(settings)

    assert (since, read_by_changes) == (nights_of(8)[6], 6)
    assert 0 < touched < known
    assert held(state) == kept
    assert found is not None
    assert found.tables == len(kept)
    # The next night may go on from what was compared; a row that nights have lost is found by name.
    assert state.execute("select run_id::text from rebuild.built_state") == [(run_id,)]
    state.execute(
        "delete from marts.fct_trajectory where ctid = (select min(ctid) from marts.fct_trajectory)"
    )
    with pytest.raises(GateError, match=r"in 1 tables: marts\.fct_trajectory \((\d+) rows kept"):
        reconcile(settings)
    assert held(state) == kept
    assert reconcile(settings) is None


@pytest.mark.full
def test_thirty_eventful_nights_of_changes_are_thirty_nights_that_read_and_build_everything(
    state_of_nights: State,
) -> None:
    with open_folder() as folder, server.running((other := State(folder)).settings()):
        for going_on, night in zip(replica_of(30, state_of_nights), replica_of(30, other), strict=True):
            run_id = arrived(state_of_nights.walk("--until", "publish", **going_on))
            runs.close_run(state_of_nights.settings(), run_id, outcome="success", message="published")
            other.execute("delete from rebuild.built_state")
            run_id = arrived(other.walk("--until", "publish", **night, O7_READ_CHANGES="no"))
            runs.close_run(other.settings(), run_id, outcome="success", message="published")
            assert state_of_nights.facts() == other.facts(), going_on
    [(by_changes, whole)] = state_of_nights.execute(
        "select count(base), count(*) - count(base) from raw_o7.reading"
    )
    assert by_changes > 5 * whole
    assert replay(state_of_nights.settings(), dt.date.fromisoformat(nights_of(30)[-1])).differences == []
