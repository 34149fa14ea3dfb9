"""A small world after a whole night, its server running, and logins of a school, a municipality and the ministry."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse import server
from o7_warehouse.logins import Scope, grant
from o7_warehouse.warehouse import UNITS_GROUP
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, arrived, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

SMALL = ("--pupils", "150", "--nights", "2", "--profile", "eventful")
# The key of the pseudonyms is that of secrets.json, for it is to be rotated.
NO_KEY = {"O7_PSEUDONYM_KEY": ""}


@dataclass(frozen=True)
class Night:
    """The warehouse after a night of a small world."""

    state: State
    server: Server
    world: Path
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Its settings, read anew."""
        return self.state.settings(**NO_KEY)

    def login(self, name: str, scope: Scope | None = None) -> psycopg2.extensions.connection:
        """A session of a login, which is made with the scope where it is not there yet."""
        if scope is not None and name not in self.passwords:
            grant(
                self.settings,
                name,
                scope,
                by="Проверка",
                hand_over=lambda password: self.passwords.update({name: password}),
            )
        return psycopg2.connect(
            host=self.server.host,
            port=self.server.port,
            dbname="warehouse",
            user=name,
            password=self.passwords.get(name) or self.server.secrets.role_password(name),
        )


@pytest.fixture(scope="session")
def drops() -> Iterator[Path]:
    """Two eventful nights of a small world."""
    with open_folder() as folder:
        simulate(*SMALL, "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture(scope="session")
def night(drops: Path) -> Iterator[Night]:
    """After the first of them, from the delivery to the reports."""
    with open_folder() as folder:
        state = State(folder)
        arrived(state.walk(O7_DROP=str(drops / FIRST), **NO_KEY))
        with server.running(state.settings(**NO_KEY)) as running:
            yield Night(state, running, drops)


@pytest.fixture(scope="module")
def admin(night: Night) -> Iterator[Cursor]:
    """The administrator's cursor; every statement stands at once."""
    with closing(psycopg2.connect(night.server.dsn("warehouse", "o7_admin"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


@pytest.fixture(scope="module")
def schools(admin: Cursor) -> list[tuple[str, str]]:
    """Two schools of different municipalities, both with pupils and with rows to mend, as (code, municipality)."""
    admin.execute(
        """
        select distinct on (units.parent_code) units.org_unit_code, units.parent_code
        from published.org_units as units
        inner join published.issue_versions as open on units.org_unit_code = open.org_id
        inner join published.profile_versions as pupils on units.org_unit_code = pupils.school_id
        where units.level = 'school'
        order by units.parent_code, units.org_unit_code
        """
    )
    found = admin.fetchall()
    assert len(found) > 1
    return [found[0], found[1]]


@pytest.fixture(scope="module")
def school(night: Night, schools: list[tuple[str, str]]) -> Iterator[Connection]:
    """A session of the first school's login."""
    with closing(night.login("school_one", Scope(level="school", code=schools[0][0]))) as connection:
        yield connection


@pytest.fixture(scope="module")
def municipality(night: Night, schools: list[tuple[str, str]]) -> Iterator[Connection]:
    """A session of the login of the first school's municipality."""
    with closing(
        night.login("municipality_one", Scope(level="municipality", code=schools[0][1]))
    ) as connection:
        yield connection


@pytest.fixture(scope="module")
def ministry(night: Night) -> Iterator[Connection]:
    """A session of the ministry's login."""
    with closing(night.login("ministry", Scope(level="republic"))) as connection:
        yield connection


@contextmanager
def session(night: Night, role: str) -> Iterator[Cursor]:
    """A transaction of the role, which is taken back; the group of the units logs in as one of its members."""
    made = (
        night.login("school_of_matrix", Scope(level="school", code="1001"))
        if role == UNITS_GROUP
        else night.login(role)
    )
    with closing(made) as connection, connection.cursor() as cursor:
        # What a login may not do must be refused by its rights, not by a default of its sessions.
        cursor.execute("set transaction read write; set local lock_timeout = '10s'")
        yield cursor
        connection.rollback()
