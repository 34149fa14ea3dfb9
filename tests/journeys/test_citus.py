"""Two nights on a Citus cluster are the nights on PostgreSQL, row by row and byte by byte; persons lie on its nodes.

It needs an empty database of a coordinator with at least two nodes (docs/citus.md), named by O7_TEST_CITUS_DSN as its
administrator reaches it, and leaves it empty.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, SECOND, arrived, simulate
from tests.journeys.states import Seen, State, Walked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]
GIVEN = os.environ.get("O7_TEST_CITUS_DSN", "")
SCHEMAS = (
    "landing", "raw_o7", "gate", "rebuild", "quarantine", "dq", "catalogue", "staging", "intermediate", "marts",
    "indicators", "published", "school", "audit",
)  # fmt: skip
# The keys of persons, co-located with one another.
PERSONS = {"student_key", "staff_key", "holder_key"}


@dataclass(frozen=True)
class OnCitus(State):
    """A state directory whose warehouse is the given coordinator."""

    def settings(self, **named: str) -> Settings:
        """Settings that name the coordinator."""
        return super().settings(O7_WAREHOUSE_DSN=GIVEN, O7_WAREHOUSE_TARGET="citus", **named)

    def walk(self, *options: str, **named: str) -> Walked:
        """Walk a night there."""
        return super().walk(*options, O7_WAREHOUSE_DSN=GIVEN, O7_WAREHOUSE_TARGET="citus", **named)

    @contextmanager
    def asking(self, database: str = "warehouse") -> Iterator[Cursor]:
        """The administrator's cursor there."""
        assert database == "warehouse"
        with closing(psycopg2.connect(GIVEN)) as connection, connection, connection.cursor() as cursor:
            yield cursor


@dataclass(frozen=True)
class Both:
    """What was published, and the tables as Citus has them."""

    plain: Seen
    distributed: Seen
    tables: dict[str, tuple[str, str, int]]  # table -> its kind, the column it is distributed by, its group
    columns: dict[str, set[str]]  # every table of a layer -> its columns
    nodes: int  # that hold profiles
    scope: list[str]


def tables_of(state: OnCitus) -> dict[str, tuple[str, str, int]]:
    """What Citus knows of its tables."""
    rows = state.execute(
        "select table_name::text, citus_table_type, distribution_column, colocation_id from citus_tables"
    )
    return {name: (kind, column, group) for name, kind, column, group in rows}


@pytest.fixture(scope="module")
def coordinator() -> Iterator[OnCitus]:
    """A state directory on the coordinator; where none is given, that is said aloud and nothing is proved."""
    if not GIVEN:
        pytest.skip(
            "NO CITUS: nobody proved that a night on distributed tables gives the same figures. Name an empty database "
            "of a coordinator by O7_TEST_CITUS_DSN (docs/citus.md)."
        )
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
