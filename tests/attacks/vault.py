"""A published warehouse with logins of two schools and of their municipality, to be attacked from inside."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg2

from o7_warehouse.logins import Scope, grant
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.access import attacks
from tests.reports import republic, small_republic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

SCHOOL, MUNICIPALITY = "school_one", "municipality_one"
# Whose rows the first login must not see.
STRANGER: Final = small_republic.LYCEUM


@dataclass
class Vault:
    """The warehouse, its server, and the passwords of its logins."""

    settings: Settings
    server: Server
    passwords: dict[str, str] = field(default_factory=dict)

    def session(self, login: str, database: str = "warehouse") -> Connection:
        """A session of a role or a login."""
        return psycopg2.connect(
            host=self.server.host, port=self.server.port, dbname=database, user=login,
            password=self.passwords.get(login) or self.server.secrets.role_password(login),
        )  # fmt: skip

    def admin(self, *statements: str) -> None:
        """Statements of the administrator, each at once."""
        with closing(self.session(ADMIN)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for statement in statements:
                cursor.execute(statement)

    def does(
        self, login: str, *statements: str, refusal: Refusals = psycopg2.errors.InsufficientPrivilege
    ) -> bool:
        """Whether a login may do what it tries, which is taken back; False when it is refused so."""
        with closing(self.session(login)) as connection, connection.cursor() as cursor:
            cursor.execute("set transaction read write; set local lock_timeout = '10s'")
            try:
                for statement in statements:
                    cursor.execute(statement)
            except refusal:
                return False
            finally:
                connection.rollback()
        return True

    def told(self, login: str, statement: str) -> list[tuple[Any, ...]]:
        """What a login is answered."""
        with closing(self.session(login)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()


Refusals = type[Exception] | tuple[type[Exception], ...]


def made(settings: Settings, server: Server) -> Vault:
    """A night of the small republic, with a login of its big school and one of the municipality above it."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        republic.make_tables(cursor)
        small_republic.publish(cursor)
    vault = Vault(settings, server)
    for login, scope in (
        (SCHOOL, Scope(level="school", code=small_republic.BIG)),
        (MUNICIPALITY, Scope(level="municipality", code=small_republic.NALCHIK)),
    ):
        grant(
            settings, login, scope, by="Проверка",
            hand_over=lambda password, login=login: vault.passwords.update({login: password}),
        )  # fmt: skip
    vault.admin("analyze", attacks.LEAK)
    return vault


def emptied(vault: Vault) -> None:
    """Take the logins away: they would outlive the database."""
    vault.admin(*(f"drop owned by {login}; drop role {login}" for login in vault.passwords))


def tries(
    login: str, *statements: str, refusal: Refusals = psycopg2.errors.InsufficientPrivilege
) -> Callable[[Vault], bool]:
    """Whether a login may do this."""
    return lambda vault: vault.does(login, *statements, refusal=refusal)


def granted(
    give: Sequence[str] | str, take: Sequence[str] | str
) -> Callable[[Vault], AbstractContextManager[None]]:
    """A defence that is a right nobody has, or a rule of a table: given away, and taken back."""
    before, after = ([one] if isinstance(one, str) else one for one in (give, take))

    @contextmanager
    def removed(vault: Vault) -> Iterator[None]:
        vault.admin(*before)
        try:
            yield
        finally:
            vault.admin(*after)

    return removed


def right(what: str, to: str) -> Callable[[Vault], AbstractContextManager[None]]:
    """A right that is given away."""
    return granted(f"grant {what} to {to}", f"revoke {what} from {to}")


def rights(to: str, *what: str) -> Callable[[Vault], AbstractContextManager[None]]:
    """Several of them at once."""
    return granted([f"grant {one} to {to}" for one in what], [f"revoke {one} from {to}" for one in what])
