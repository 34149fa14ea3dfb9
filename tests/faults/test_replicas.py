"""A replica in which something is wrong, or that does not answer, ends the night in words that help."""

from __future__ import annotations

import time
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg2
import pytest

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import ContractError, DeliveryError, O7Error, SettingsError, SourceUnavailableError
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import Settings
from o7_warehouse.sources.watchdog import LOOK_SECONDS
from o7_warehouse.warehouse import NETWORK
from tests.faults.house import House, assert_refused
from tests.faults.silence import HOST, closed_port, falling_silent, silent_port, slow_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.server import Server

READER = "o7_export_reader"
MEND = "Ask О7's operator to mend and deliver again"
PERSON = ", ".join(read_contract().entity("person").column_names)


def anew(name: str, columns: str, *, but: str = "") -> str:
    """Statements that put another view in the place of one of the contract, as it is after a change at О7."""
    view = f"o7_export.v1_{name}"
    return (
        f"alter view {view} rename to gone; create view {view} as select {columns} from o7_export.gone {but}; "
        f"grant select on {view} to {READER}"
    )


CHOKES = anew("person", PERSON.replace(" snils,", " last_name::int::text as snils,"))


@dataclass(frozen=True)
class Fault:
    """What is done to the views of a good replica, and how the night must end."""

    name: str
    statements: str
    step: str
    error: type[O7Error]
    says: tuple[str, str, str]
    # A value that cannot be read is met where its row is read.
    is_read_whole: bool = False


FAULTS = (
    Fault("a view missing", "drop view o7_export.v1_guardian", "check_delivery", ContractError,
          ("guardian was not delivered, and the contract demands it", "Nothing was loaded", MEND)),
    Fault("a view renamed", "alter view o7_export.v1_guardian rename to v1_guardians", "check_delivery", ContractError,
          ("guardian was not delivered, and the contract demands it. 'guardians' was delivered instead",
           "Nothing was loaded", MEND)),
    Fault("a column missing", anew("person", PERSON.replace(" snils,", "")), "check_delivery", ContractError,
          ("person.snils was not delivered", "Nothing was loaded", MEND)),
    Fault("a column of another type", anew("person", PERSON.replace("birth_date", "birth_date::text as birth_date")),
          "check_delivery", ContractError,
          ("person.birth_date has another type in the source than the contract's date", "Nothing was loaded", MEND)),
    Fault("an instant without zone",
          anew("person", PERSON.replace("modified_at", "modified_at::timestamp as modified_at")),
          "check_delivery", ContractError,
          ("person.modified_at has another type in the source than the contract's instant",
           "Nothing was loaded", MEND)),
    Fault("a view without rows", anew("contact", "*", but="limit 0"), "check_delivery", DeliveryError,
          ("contact came without a single row", "Nothing was loaded", MEND)),
    Fault("a value the view chokes on", CHOKES, "extract", DeliveryError,
          ("could not give its rows while reading person (SQLSTATE 22P02)", "cannot be written", "to mend it"),
          is_read_whole=True),
    Fault("no view of the delivery", "drop view o7_export.v1_delivery", "open_night", ContractError,
          ("no view o7_export.v1_delivery", "nobody knows which night", "Ask О7's operator for the view")),
    Fault("a delivery without instant", anew("delivery", "night, contract_version"), "open_night", ContractError,
          ("lacks one of night, snapshot_at, contract_version", "nobody knows which night", "Ask О7's operator")),
    Fault("a delivery of no night", anew("delivery", "*", but="limit 0"), "open_night", DeliveryError,
          ("has 0 rows with a night and an instant", "not known which night", "Ask О7's operator")),
    Fault("no contract version", anew("delivery", "night, snapshot_at, null::text as contract_version"), "open_night",
          ContractError, ("does not say which version", "may mean anything", "by version 1.0")),
    Fault("a newer contract version", anew("delivery", "night, snapshot_at, '2.1'::text as contract_version"),
          "open_night", ContractError,
          ("keeps version '2.1'", "Equal names may mean other things", "Bring contracts/o7.yml to the new version")),
    Fault("no views at all", "drop schema o7_export cascade", "open_night", ContractError,
          ("no views o7_export.v1_*", "nothing to read", "correct the address, or ask for the views")),
    Fault("a view the login may not read", "revoke select on o7_export.v1_contact from o7_export_reader", "open_night",
          SettingsError, ("does not let this login read o7_export.v1_contact", "incomplete", "Ask О7's operator")),
)  # fmt: skip


def execute(server: Server, database: str, statements: str) -> None:
    """Run statements as the administrator, outside of a transaction."""
    with closing(psycopg2.connect(server.dsn(database, ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements.split("; "):
                cursor.execute(statement)


@contextmanager
def replica(house: House, statements: str) -> Iterator[str]:
    """A copy of the good replica after the statements; gives the reader's address of it."""
    name = f"broken_{uuid.uuid4().hex}"
    execute(house.server, "postgres", f"create database {name} template o7")
    try:
        execute(house.server, name, statements)
        yield house.server.dsn(name, READER)
    finally:
        execute(house.server, "postgres", f"drop database {name} with (force)")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.usefixtures("untouched")
def test_a_broken_replica_is_refused(house: House, small_world: Path, fault: Fault) -> None:
    with replica(house, fault.statements) as dsn:
        attempt = house.attempt(O7_SOURCE_DSN=dsn, O7_READ_CHANGES="no" if fault.is_read_whole else "yes")

    assert_refused(attempt, small_world, step=fault.step, error=fault.error, says=fault.says)


@pytest.mark.usefixtures("untouched")
def test_a_value_the_view_chokes_on_is_refused_as_well_where_it_stands_in_a_change(
    house: House, small_world: Path
) -> None:
    with replica(house, f"update o7_data.person set source_id = source_id; {CHOKES}") as dsn:
        attempt = house.attempt(O7_SOURCE_DSN=dsn, O7_READ_CHANGES="yes")

    says = (
        "could not give its rows while reading person (SQLSTATE 22P02)",
        "cannot be written",
        "to mend it",
    )
    assert_refused(attempt, small_world, step="extract", error=DeliveryError, says=says)


@pytest.mark.usefixtures("untouched")
def test_the_replica_without_a_fault_is_accepted(house: House) -> None:
    attempt = house.attempt(until="check_delivery", O7_SOURCE_DSN=house.server.dsn("o7", READER))

    assert attempt.failure is None


@pytest.mark.usefixtures("untouched")
def test_a_source_that_is_down_is_named_without_its_password(house: House, small_world: Path) -> None:
    with closed_port() as port:
        attempt = house.attempt(O7_SOURCE_DSN=f"postgresql://reader:secret-word@{HOST}:{port}/o7")

    says = (
        f"o7 at {HOST}:{port} did not answer",
        "There is no night without it",
        "run the same command again",
    )
    assert_refused(attempt, small_world, step="open_night", error=SourceUnavailableError, says=says)
    assert attempt.failure is not None
    assert "secret-word" not in attempt.failure.message


@pytest.mark.parametrize(
    ("user", "password", "database"),
    [
        pytest.param(READER, "secret-word", "o7", id="wrong password"),
        pytest.param("nobody", "secret-word", "o7", id="unknown user"),
        pytest.param(READER, None, "o8", id="unknown database"),
        pytest.param(READER, None, "airflow", id="no right to enter"),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_credentials_the_source_refuses_are_not_tried_again(
    house: House, small_world: Path, user: str, password: str | None, database: str
) -> None:
    password = password or quote(house.server.secrets.role_password(READER), safe="")

    attempt = house.attempt(
        O7_SOURCE_DSN=f"postgresql://{user}:{password}@{HOST}:{house.server.port}/{database}"
    )

    says = (f"refused the login of {user!r}", "Trying again would not help", "Correct the address")
    assert_refused(attempt, small_world, step="open_night", error=SettingsError, says=says)
    assert attempt.failure is not None
    assert password not in attempt.failure.message


@pytest.mark.usefixtures("untouched")
def test_a_source_that_accepts_and_says_nothing_is_given_up(house: House, small_world: Path) -> None:
    with silent_port() as port:
        began = time.monotonic()
        attempt = house.attempt(O7_SOURCE_DSN=f"postgresql://reader:x@{HOST}:{port}/o7?connect_timeout=2")

    assert time.monotonic() - began < 10
    says = ("did not answer", "There is no night without it", "run the same command again")
    assert_refused(attempt, small_world, step="open_night", error=SourceUnavailableError, says=says)


@pytest.mark.parametrize(
    ("after", "changes", "step", "doing"),
    [
        pytest.param(2_000, "yes", "open_night", "reading the views' form", id="after the login"),
        pytest.param(30_000, "yes", "extract", "reading ", id="in the middle of what changed"),
        pytest.param(150_000, "no", "extract", "reading ", id="in the middle of the rows"),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_a_source_that_falls_silent_is_given_up(
    house: House, small_world: Path, after: int, changes: str, step: str, doing: str
) -> None:
    with falling_silent(house.server.port, after=after) as port:
        dsn = house.server.dsn("o7", READER).replace(f":{house.server.port}/", f":{port}/")
        began = time.monotonic()
        attempt = house.attempt(O7_SOURCE_DSN=dsn, O7_SOURCE_SILENCE_SECONDS="2", O7_READ_CHANGES=changes)

    assert time.monotonic() - began < 20
    says = (f"fell silent while {doing}", "Nothing of this night was kept", "Run it again later")
    assert_refused(attempt, small_world, step=step, error=SourceUnavailableError, says=says)


@pytest.mark.full
@pytest.mark.usefixtures("untouched")
def test_a_source_that_is_merely_slow_is_waited_for_beyond_the_silence_it_may_keep(house: House) -> None:
    with slow_port(house.server.port, pause=0.03) as port:
        dsn = house.server.dsn("o7", READER).replace(f":{house.server.port}/", f":{port}/")
        began = time.monotonic()
        attempt = house.attempt(until="check_delivery", O7_SOURCE_DSN=dsn, O7_SOURCE_SILENCE_SECONDS="2")

    assert attempt.failure is None
    assert time.monotonic() - began > 2


@pytest.mark.full
@pytest.mark.timeout(120)
@pytest.mark.usefixtures("untouched")
def test_by_default_a_source_may_be_silent_for_less_than_a_minute(house: House) -> None:
    with falling_silent(house.server.port, after=150_000) as port:
        dsn = house.server.dsn("o7", READER).replace(f":{house.server.port}/", f":{port}/")
        began = time.monotonic()
        attempt = house.attempt(O7_SOURCE_DSN=dsn)

    assert attempt.failure is not None
    assert attempt.failure.error == "SourceUnavailableError"
    assert time.monotonic() - began < 60


def test_the_silences_allowed_by_default_end_within_a_minute() -> None:
    given = Settings.load(environment={})

    assert int(NETWORK["connect_timeout"]) < 60
    assert given.source_silence_seconds + LOOK_SECONDS < 60
