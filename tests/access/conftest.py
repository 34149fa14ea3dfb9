"""A small world after a whole night, its server running, and logins of a school, a municipality and the ministry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse import server
from o7_warehouse.logins import Scope, grant
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, arrived, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
