"""Two nights on a Citus cluster are the nights on PostgreSQL, row by row and byte by byte; persons lie on its nodes.

It needs an empty database of a coordinator with at least two nodes (docs/citus.md), named by O7_TEST_CITUS_DSN as its
administrator reaches it, and leaves it empty.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import server
from o7_warehouse.audit.replay import replay
from o7_warehouse.erasure.erase import erase
from o7_warehouse.erasure.persons import Person
from o7_warehouse.errors import SettingsError
from o7_warehouse.rotation import rotate
from o7_warehouse.upkeep.backup import backup
from o7_warehouse.upkeep.expire import expire
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, SECOND, arrived, simulate
from tests.journeys.on_citus import (
    GIVEN,
    ON_ONE_SERVER,
    PERSONS,
    SCHEMAS,
    Both,
    OnCitus,
    backfill,
    shown_to_a_school,
    tables_of,
)
from tests.journeys.states import State
from tests.not_given import NO_CITUS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def coordinator() -> Iterator[OnCitus]:
    """A state directory on the coordinator; where none is given, that is said aloud and nothing is proved."""
    if not GIVEN:
        pytest.skip(NO_CITUS)
    with open_folder() as folder:
        state = OnCitus(folder)
        there = state.execute("select nspname from pg_namespace where nspname = any(%s)", list(SCHEMAS))
        assert there == [], "the database is not empty: the test would take what is in it for its own"
        yield state
        for schema in SCHEMAS:
            state.execute(f"drop schema if exists {schema} cascade")


@pytest.fixture(scope="module")
def small_world() -> Iterator[Path]:
    """Two eventful nights of few pupils."""
    with open_folder() as folder:
        simulate("--pupils", "300", "--nights", "2", "--profile", "eventful", "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture(scope="module")
def both(coordinator: OnCitus, small_world: Path) -> Iterator[Both]:
    """The same two nights on either."""
    with open_folder() as folder:
        plain = State(folder)
        for state in (plain, coordinator):
            for night in (FIRST, SECOND):
                arrived(state.walk(O7_DROP=str(small_world / night)))
        columns: dict[str, set[str]] = {}
        for table, column in coordinator.execute(
            "select table_schema || '.' || table_name, column_name from information_schema.columns"
            " inner join information_schema.tables using (table_schema, table_name)"
            " where table_type = 'BASE TABLE' and table_schema in ('intermediate', 'marts', 'indicators', 'catalogue')"
        ):
            columns.setdefault(table, set()).add(column)
        [(nodes,)] = coordinator.execute(
            "select count(distinct nodename || nodeport) from citus_shards"
            " where table_name = 'marts.fct_profile_completeness'::regclass"
        )
        scope = coordinator.execute(
            "select message from audit.gate_finding where check_id = 'scope' and gate = 'build'"
        )
        yield Both(
            plain=plain.see(),
            distributed=coordinator.see(),
            tables=tables_of(coordinator),
            columns=columns,
            nodes=nodes,
            scope=[message for (message,) in scope],
            shown=(shown_to_a_school(plain), shown_to_a_school(coordinator)),
        )


def test_the_second_night_built_only_what_had_changed(both: Both) -> None:
    assert sorted(one.split()[1] for one in both.scope) == ["все", "изменившиеся"]


@pytest.mark.parametrize("what", ["figures", "leaves", "facts", "reports"])
def test_nights_on_citus_are_those_on_postgresql(both: Both, what: str) -> None:
    expected: dict[str, Any] = getattr(both.plain, what)
    found: dict[str, Any] = getattr(both.distributed, what)

    assert expected
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_what_belongs_to_a_person_is_distributed_by_the_pseudonym_and_together(both: Both) -> None:
    of_persons = {table for table, columns in both.columns.items() if columns & PERSONS}

    assert len(of_persons) > 20
    assert {table for table in of_persons if both.tables[table][0] != "distributed"} == set()
    assert {table for table in of_persons if both.tables[table][1] not in PERSONS} == set()
    assert len({both.tables[table][2] for table in of_persons}) == 1
    assert both.nodes > 1


def test_what_joins_persons_is_on_every_node_and_figures_are_not_distributed(both: Both) -> None:
    others = {table for table, columns in both.columns.items() if not columns & PERSONS}
    layers = {table: table.split(".")[0] for table in others}

    assert {both.tables[table][0] for table in others if layers[table] in {"intermediate", "marts"}} == {
        "reference"
    }
    assert {
        table for table in others & set(both.tables) if layers[table] in {"indicators", "catalogue"}
    } == set()


def test_a_login_of_a_school_sees_what_it_sees_on_one_server(both: Both) -> None:
    plain, distributed = both.shown

    assert len(plain) > 10
    assert distributed == plain


@pytest.mark.usefixtures("both")
def test_a_night_is_judged_again_and_terms_of_retention_are_kept(coordinator: OnCitus) -> None:
    settings = coordinator.settings()

    with server.running(settings):
        again = replay(settings, date.fromisoformat(SECOND))
        removed = expire(settings)

    assert again.rules > 200
    assert again.is_equal
    assert removed == {}


ONE_SERVERS_WORK = [
    pytest.param(rotate, "tables of persons lie on the nodes", id="another key of the pseudonyms"),
    pytest.param(
        lambda settings: erase(settings, [Person("student", "1")], reason="Отзыв", by_whom="И. И. Тестов"),
        "tables of persons lie on the nodes", id="an erasure",
    ),
    pytest.param(
        lambda settings: backup(settings, now=datetime.now(UTC)), "coordinator of a Citus cluster", id="a copy"
    ),
]  # fmt: skip


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(("work", "said"), ONE_SERVERS_WORK)
@pytest.mark.parametrize("named", [{}, ON_ONE_SERVER], ids=["target named", "target forgotten"])
def test_what_one_server_alone_can_do_is_refused(
    coordinator: OnCitus, work: Callable[[Settings], object], said: str, named: dict[str, str]
) -> None:
    settings = coordinator.settings(**named)
    with server.running(settings), pytest.raises(SettingsError, match=said):
        work(settings)

    assert coordinator.execute("select count(*) from audit.erasure") == [(0,)]


def test_a_past_night_is_held_back_and_switched_with_the_same_figures(
    both: Both, coordinator: OnCitus
) -> None:
    backfill("build", "again", "--nights", FIRST, state=coordinator)
    backfill("switch", "again", "--by", "И. И. Тестов", state=coordinator)

    after = coordinator.see()

    assert after.published[FIRST] != both.distributed.published[FIRST]
    assert after.figures == both.plain.figures
    assert tables_of(coordinator) == both.tables


def test_tables_come_back_to_one_server_where_a_person_is_erased_and_go_out_again(
    both: Both, coordinator: OnCitus, small_world: Path
) -> None:
    drop, back = {"O7_DROP": str(small_world / SECOND)}, coordinator.settings(**ON_ONE_SERVER)
    [(pupil,)] = coordinator.execute("select min(student_id) from raw_o7.student_keys")

    arrived(coordinator.walk(**drop | ON_ONE_SERVER))
    there = tables_of(coordinator)
    figures = coordinator.see().figures
    with server.running(back):
        erased, _ = erase(back, [Person("student", pupil)], reason="Отзыв", by_whom="И. И. Тестов")
    arrived(coordinator.walk(**drop))

    assert there == {}
    assert figures == both.plain.figures
    assert erased.searched.hits == {}
    assert set(tables_of(coordinator)) == set(both.tables)
    left = coordinator.execute("select count(*) from raw_o7.student_keys where student_id = %s", pupil)
    assert left == [(0,)]
