"""What every room's tests share: a PostgreSQL server of their own and a fresh warehouse for each module.

The server is the real one of ``o7_warehouse.server``, in a temporary state directory;
``O7_POSTGRES_BIN=system`` runs the same tests on the machine's PostgreSQL instead of the wheel's.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from o7_warehouse import bootstrap
from o7_warehouse.databases import ensure_databases
from o7_warehouse.server import ADMIN, Server, running
from o7_warehouse.settings import Settings
from o7_warehouse.warehouse import connect
from tests.not_given import not_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from playwright.sync_api import Browser

    from tests.worlds.build import Built

FOREIGN = ("O7_", "AIRFLOW", "DBT_", "PG", "GX_")
# What the machine has to test with: programs of PostgreSQL, a browser, and a Citus cluster.
OURS = ("O7_POSTGRES_BIN", "O7_TEST_CHROMIUM", "O7_TEST_CITUS_DSN")
# Rooms that take minutes, the dearest first: what begins last leaves the other process without work.
DEAREST = (
    "o7_warehouse",
    "journeys",
    "worlds",
    "expectations",
    "faults",
    "editions",
    "dbt_project",
    "reports",
    "disclosure",
    "outbox",
    "audit_pages",
    "portal",
    "dags",
)


def _room(nodeid: str) -> str:
    """The folder of tests a test belongs to; mutants try faults on the worlds, so they belong to them."""
    room = nodeid.removeprefix("tests/").split("/")[0]
    return "worlds" if room == "mutants" else room


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Dear rooms first; within a room everything stays in its order."""
    items.sort(key=lambda item: [*DEAREST, _room(item.nodeid)].index(_room(item.nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of a room share what is dear to make, so one process runs them all."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where tests are shared out

    class Rooms(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _room(nodeid)

    return Rooms(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in every run what there was nothing to try with."""
    for line in not_given():
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture(scope="session", autouse=True)
def _only_our_environment() -> Iterator[None]:
    """No setting of whoever runs the tests reaches them, except the choice of PostgreSQL and of a browser."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN) and name not in OURS:
                patch.delenv(name)
        yield


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder every account may enter; pytest's own are closed to the server that root starts."""
    folder = Path(tempfile.mkdtemp(prefix="o7-tests-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def state() -> Iterator[Path]:
    """A state directory for one test."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Settings of a state directory for the whole run of the tests."""
    with open_folder() as folder:
        yield Settings.load(
            folder, {name: value for name, value in os.environ.items() if name == "O7_POSTGRES_BIN"}
        )


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[Server]:
    """The running server, proved to be ours, with its roles and empty databases."""
    with running(settings) as running_server:
        answer = _as_admin(running_server, "show data_directory")
        assert answer == [(str(settings.state / "postgres" / "data"),)], "another server answers on our port"
        ensure_databases(running_server)
        yield running_server


@contextmanager
def held_up(settings: Settings, table: str, work: Callable[[], object]) -> Iterator[Future[object]]:
    """Work that waits for a table while the block lasts, and goes on after it."""
    with (
        closing(connect(settings, ADMIN)) as connection,
        connection.cursor() as cursor,
        ThreadPoolExecutor(max_workers=1) as beside,
    ):
        cursor.execute(f"lock table {table} in access exclusive mode")
        done = beside.submit(work)
        waiting = (
            "select exists (select from pg_catalog.pg_locks where relation = %s::regclass and not granted)"
        )
        while cursor.execute(waiting, (table,)) or cursor.fetchall() == [(False,)]:
            assert not done.done(), f"the work never read {table}"
            time.sleep(0.02)
        yield done
        connection.rollback()


@pytest.fixture(scope="session")
def _warehouse_template(settings: Settings, server: Server) -> None:
    """A database with every schema and table of the warehouse, to be copied."""
    _as_admin(server, "drop database if exists warehouse with (force)")
    bootstrap.ensure(settings, server)
    _as_admin(server, "create database warehouse_template template warehouse")


@pytest.fixture(scope="session")
def ordinary_worlds(settings: Settings, server: Server) -> Iterator[Built]:
    """The fifty random worlds of the ordinary night, built once and kept for whoever tries faults on them."""
    # Polars and the oracle cost a second that most rooms need not pay.
    from tests.worlds.build import build_night, keep  # noqa: PLC0415
    from tests.worlds.world import ORDINARY  # noqa: PLC0415

    with open_folder() as folder:
        built = build_night(settings, server, ORDINARY, folder)
        keep(server)
        yield built


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of the machine; where there is none, that is said aloud and nothing is proved of the pages."""
    from tests.browser import find, started  # noqa: PLC0415 - only where pages are looked at

    program = find()
    if program is None:
        pytest.skip(
            "NO BROWSER: nobody looked at the pages. Install chromium, or name one by O7_TEST_CHROMIUM."
        )
    with started(program) as browser:
        yield browser


@pytest.fixture(scope="module")
def warehouse_database(settings: Settings, server: Server, _warehouse_template: None) -> Settings:
    """Settings whose warehouse has all its tables and not a single row; a copy for each module of tests."""
    return empty_warehouse(settings, server)


def empty_warehouse(settings: Settings, server: Server) -> Settings:
    """Put the copy of an empty warehouse in place of whatever tests before have left."""
    _as_admin(server, "drop database if exists warehouse with (force)")
    _as_admin(server, "create database warehouse template warehouse_template")
    # Who may enter a database is not copied with it.
    ensure_databases(server)
    return settings


def _as_admin(server: Server, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
