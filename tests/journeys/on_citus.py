"""A state directory whose warehouse is a Citus coordinator, and what is looked at beside one on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg2

from o7_warehouse import logins, server
from o7_warehouse.logins import Scope
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import libpq_params
from tests.journeys.conftest import SECOND
from tests.journeys.states import DIGEST, KEY, Seen, State, Walked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

GIVEN = os.environ.get("O7_TEST_CITUS_DSN", "")
THERE = {"O7_WAREHOUSE_DSN": GIVEN, "O7_WAREHOUSE_TARGET": "citus"}
# As where a person has forgotten to name the target, or wants the tables back on one server.
ON_ONE_SERVER = {"O7_WAREHOUSE_TARGET": "warehouse"}
LOGIN = "school_of_the_tests"
SCHEMAS = (
    "landing", "raw_o7", "gate", "rebuild", "quarantine", "dq", "catalogue", "staging", "intermediate", "marts",
    "indicators", "published", "school", "visible", "access", "audit",
)  # fmt: skip
# The keys of persons, co-located with one another.
PERSONS = {"student_key", "staff_key", "holder_key"}


@dataclass(frozen=True)
class OnCitus(State):
    """A state directory whose warehouse is the given coordinator."""

    def settings(self, **named: str) -> Settings:
        """Settings that name the coordinator."""
        return super().settings(**THERE | named)

    def walk(self, *options: str, **named: str) -> Walked:
        """Walk a night there."""
        return super().walk(*options, **THERE | named)

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
    shown: tuple[dict[str, str], dict[str, str]]  # what a school's login sees on either: view -> digest


def tables_of(state: OnCitus) -> dict[str, tuple[str, str, int]]:
    """What Citus knows of its tables."""
    rows = state.execute(
        "select table_name::text, citus_table_type, distribution_column, colocation_id from citus_tables"
    )
    return {name: (kind, column, group) for name, kind, column, group in rows}


def shown_to_a_school(state: State) -> dict[str, str]:
    """What the login of a school sees, view by view; the login is taken away again."""
    settings, told = state.settings(), list[str]()
    with server.running(settings):
        [(school,)] = state.execute(
            "select min(org_unit_code) from published.org_units where level = 'school' and night = %s", SECOND
        )
        logins.grant(
            settings, LOGIN, Scope(level="school", code=school), by="И. И. Тестов", hand_over=told.append
        )
        way = libpq_params(settings, "o7_school") | {"user": LOGIN, "password": told[0]}
        try:
            with closing(psycopg2.connect(**way)) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "select relname::text from pg_class where relnamespace = 'visible'::regnamespace"
                    " and relkind = 'v' and has_table_privilege(oid, 'select') order by 1"
                )
                views = [view for (view,) in cursor.fetchall()]
                assert views
                return {view: _digest(cursor, view) for view in views}
        finally:
            logins.revoke(settings, LOGIN, by="И. И. Тестов")


def _digest(cursor: Cursor, view: str) -> str:
    cursor.execute(DIGEST.format(table=f"visible.{view}"))
    [(digest,)] = cursor.fetchall()
    return str(digest)


def backfill(*words: str, state: OnCitus) -> None:
    """A command of a backfill that must reach its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse", "backfill", *words, "--state", str(state.folder)],
        env=environment | THERE | {"PYTHONPATH": str(ROOT), "O7_PSEUDONYM_KEY": KEY},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
