"""Attacks by words that reach a statement of SQL, and by what a reader of logs and errors is told."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import psycopg2
from psycopg2 import extensions, extras, sql

from o7_warehouse import landing_parts, logins, tls, warehouse
from o7_warehouse.contract import read_contract
from o7_warehouse.delivery_findings import Finding, keep_findings
from o7_warehouse.errors import (
    CommandError,
    DeliveryError,
    NightError,
    ReportError,
    SettingsError,
    StatementError,
)
from o7_warehouse.explain.read import explain
from o7_warehouse.logins import Scope, grant
from o7_warehouse.runs import ROLE
from o7_warehouse.server import ADMIN
from o7_warehouse.sources import manifest
from o7_warehouse.sources.dialect import Dialect
from o7_warehouse.warehouse import transaction
from o7_warehouse.wins import win_rows
from o7_warehouse.worklist.rows import read_worklists
from tests.attacks.catalogue import Attack, having, put, together, without
from tests.attacks.vault import Vault, granted
from tests.deliveries import read_manifest, write_manifest
from tests.editions.desk import run_of
from tests.faults.corpus.drops import write_file
from tests.reports import small_republic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

# Nought is divided by where the word is no word any more but a part of the statement.
WORD: Final = "x' || (select 1 / 0)::text || 'x"
_ANYTHING: Final = re.compile(r".*", re.DOTALL)


def _pasted(one: Any) -> str:
    if isinstance(one, str):
        return f"'{one}'"
    return str(extensions.adapt(one).getquoted().decode())


def _whole(cursor: Any, statement: Any, values: Any) -> Any:
    if values is None:
        return statement
    text = statement.as_string(cursor) if isinstance(statement, sql.Composable) else statement
    if isinstance(values, dict):
        return text % {name: _pasted(one) for name, one in values.items()}
    return text % tuple(map(_pasted, values))


class Pasting(extensions.cursor):
    """A cursor that pastes words into a statement between quotation marks."""

    def execute(self, query: Any, vars: Mapping[str, Any] | Sequence[Any] | None = None) -> None:  # noqa: A002
        """Run it."""
        super().execute(_whole(self, query, vars))


class PastingRows(extras.RealDictCursor):
    """The same for rows by name."""

    def execute(self, query: Any, vars: Mapping[str, Any] | Sequence[Any] | None = None) -> None:  # noqa: A002
        """Run it."""
        super().execute(_whole(self, query, vars))


def pasting(_: object) -> AbstractContextManager[None]:
    """Words that the driver does not quote."""
    real = warehouse.connect

    def connect(*given: Any, **named: Any) -> extensions.connection:
        made = real(*given, **named)
        made.cursor_factory = Pasting
        return made

    return together(put(warehouse, "connect", connect), put(extras, "RealDictCursor", PastingRows))


def runs(work: Callable[[Vault], object]) -> Callable[[Vault], bool]:
    """Whether a part of a word is worked out by the database."""

    def attempt(vault: Vault) -> bool:
        try:
            work(vault)
        except StatementError as error:
            if "division by zero" not in str(error):
                raise
            return True
        except (CommandError, NightError, ReportError):
            return False
        return False

    return attempt


def find(vault: Vault) -> None:
    """Keep a finding that quotes the name of a file."""
    with transaction(vault.settings, ROLE) as connection, connection.cursor() as cursor:
        told = Finding(
            entity=WORD, check="entity_unknown", severity="notice", message=f"{WORD} was delivered"
        )
        keep_findings(cursor, run_of(NIGHT), [told])
        connection.rollback()


def becomes_superuser(vault: Vault) -> bool:
    """Whether the name of a login makes it a superuser."""
    try:
        grant(
            vault.settings, 'evil" superuser --', Scope(level="school", code=small_republic.BIG), by="x",
            hand_over=lambda _: None,
        )  # fmt: skip
    except CommandError:
        return False
    with closing(vault.session(ADMIN)) as connection, connection.cursor() as cursor:
        cursor.execute("select rolsuper from pg_catalog.pg_roles where rolname = 'evil'")
        found = cursor.fetchall()
        cursor.execute("drop role evil; delete from access.user_scope where login like 'evil%'")
        connection.commit()
    return found == [(True,)]


def unquoted_name(_: object) -> AbstractContextManager[None]:
    """Names of logins that are put between quotation marks, whatever they hold."""
    raw = "sql.SQL('\"' + login + '\"')"
    return together(
        put(logins, "NAME", _ANYTHING),
        without(logins, "_make_role", "sql.Identifier(login)", raw)(None),
    )


def takes_a_service(vault: Vault) -> bool:
    """Whether somebody is given rows under the name of a role of the service."""
    try:
        grant(
            vault.settings,
            "o7_school",
            Scope(level="school", code=small_republic.BIG),
            by="x",
            hand_over=lambda _: None,
        )
    except CommandError:
        return False
    vault.admin("delete from access.user_scope where login = 'o7_school' and level = 'school'")
    return True


def prefixed(vault: Vault) -> bool:
    """Whether the prefix of identities in a manifest becomes a part of the statement that checks it."""
    place = write_file(vault.settings.state / "csv-prefix", b"x")
    content = read_manifest(place) | {"form": "datamart", "prefix": WORD}
    write_manifest(place, content)
    contract = read_contract()
    try:
        told = manifest.read_manifest(place, contract)
    except DeliveryError:
        return False
    dialect, entity = Dialect(name="datamart", prefix=told.prefix), contract.entity("person")
    try:
        with transaction(vault.settings, ROLE) as connection, connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("create temporary table {} (source_id text) on commit drop").format(
                    landing_parts.SIDE
                )
            )
            cursor.execute(sql.SQL("insert into {} values ('y')").format(landing_parts.SIDE))
            landing_parts._check_prefix(cursor, dialect, entity, ["source_id"])  # noqa: SLF001
    except StatementError as error:
        return "division by zero" in str(error)
    except DeliveryError:
        return False
    return False


def unquoted_prefix(_: object) -> AbstractContextManager[None]:
    """A prefix of any letters, put between quotation marks."""
    raw = 'sql.SQL("\'" + dialect.prefix + "\'")'
    return together(
        put(manifest, "PREFIX", _ANYTHING),
        without(landing_parts, "_check_prefix", "sql.Literal(dialect.prefix)", raw)(None),
    )


NIGHT: Final = small_republic.NIGHT
_QUERIES: Final[dict[str, Callable[[Vault], object]]] = {
    "the code of a unit that is to be explained": lambda vault: explain(vault.settings, "4.1", org=WORD),
    "the code of a unit whose nearest wins are asked": lambda vault: win_rows(vault.settings, org=WORD),
    "the code of a school whose list is asked": lambda vault: read_worklists(vault.settings, night=NIGHT, school=WORD),
    "the code of a school that a login is to see": lambda vault: grant(
        vault.settings, "school_two", Scope(level="school", code=WORD), by="x", hand_over=lambda _: None),
    "the name of a file that a finding quotes": find,
}  # fmt: skip


def quotes_a_child(vault: Vault) -> bool:
    """Whether the error of a statement quotes the name it met."""
    try:
        with transaction(vault.settings, ADMIN) as connection, connection.cursor() as cursor:
            cursor.execute("select last_name::integer from raw_o7.person")
    except StatementError as error:
        return small_republic.NAME.split()[0] in str(error)
    return False


def log_of(vault: Vault) -> str:
    """What the server has written into its logs."""
    folder = vault.settings.state / "postgres" / "log"
    return "".join(
        path.read_text(encoding="utf-8", errors="replace") for path in folder.iterdir() if path.is_file()
    )


def logs(
    statement: str, word: str, *, careless: Sequence[str]
) -> tuple[Callable[[Vault], bool], Callable[[Vault], Any]]:
    """Whether the server's log holds a word of a statement that failed; and the same where the log is told all."""

    def attempt(vault: Vault) -> bool:
        before = log_of(vault).count(word)
        with closing(vault.session(ADMIN)) as connection, connection.cursor() as cursor:
            try:
                cursor.execute(statement)
            except psycopg2.Error:
                connection.rollback()
        return log_of(vault).count(word) > before

    give = [f"alter role {ADMIN} set {setting}" for setting in careless]
    take = [f"alter role {ADMIN} reset {setting.split()[0]}" for setting in careless]
    return attempt, granted(give, take)


_CAREFUL: Final = "the server's log holds neither statements nor details"
_TOLD: Final = (
    "log_min_messages = error",
    "log_min_error_statement = error",
    "log_error_verbosity = verbose",
)
_TWICE: Final = """
    create temporary table twice (name text unique);
    insert into twice values ('Секретова'), ('Секретова')
"""


def way(params: dict[str, str]) -> Callable[[Vault], bool]:
    """Whether a warehouse elsewhere is reached though nobody knows who listens on the way."""

    def attempt(_: Vault) -> bool:
        try:
            tls.refuse_unguarded({"host": "db.example", **params}, tls="verify-full")
        except SettingsError:
            return False
        return True

    return attempt


_WAYS: Final = {
    "an address whose TLS is switched off": {"sslmode": "disable"},
    "an address whose TLS is taken where it is offered": {},
    "an address whose certificate nobody looks at": {"sslmode": "require"},
    "an address of this machine beside one of another": {"host": "localhost,db.example"},
}


def _attacks() -> list[Attack]:
    found = [
        Attack(code=f"QUERY-{number:02}", name=f"SQL in {what}", defence="words are parameters, which the driver quotes",
               attempt=runs(work), removed=pasting)
        for number, (what, work) in enumerate(_QUERIES.items(), start=1)
    ]  # fmt: skip
    others = [
        ("a login whose name makes it a superuser", "names of logins are a few plain letters, and quoted", becomes_superuser, unquoted_name),
        ("a login that takes the name of a service", "names of roles are reserved", takes_a_service, having(logins, "RESERVED", ("pg_",))),
        ("SQL in the prefix of identities", "a prefix is a few plain letters, and quoted", prefixed, unquoted_prefix),
    ]  # fmt: skip
    found += [
        Attack(code=f"QUERY-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
        for number, (name, defence, attempt, removed) in enumerate(others, start=len(found) + 1)
    ]
    cast, cast_told = logs("select 'Секретова'::integer", "Секретова", careless=_TOLD)
    twice, twice_told = logs(_TWICE, "Key (name)=(Секретова)", careless=_TOLD)
    leaks = [
        ("an error that quotes a child", "PostgreSQL's words are left out where they may quote a value", quotes_a_child,
         without(warehouse, "_about", "words = diagnostics.message_primary if speaks_of_names else None", "words = diagnostics.message_primary")),
        ("a statement that the server's log keeps", _CAREFUL, cast, cast_told),
        ("a detail of two equal rows that the server's log keeps", _CAREFUL, twice, twice_told),
    ]  # fmt: skip
    leaks += [
        (
            name,
            "only a verified way leaves this machine",
            way(params),
            having(tls, "is_loopback", lambda _: True),
        )
        for name, params in _WAYS.items()
    ]
    return found + [
        Attack(code=f"LEAK-{number:02}", name=name, defence=defence, attempt=attempt, removed=removed)
        for number, (name, defence, attempt, removed) in enumerate(leaks, start=1)
    ]


ATTACKS: Final = _attacks()
