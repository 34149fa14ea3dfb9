"""A session at О7's replica: how it is opened, what its failures mean. Nothing else connects to it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import errorcodes
from psycopg2.extensions import make_dsn

from o7_warehouse.errors import ContractError, DeliveryError, SettingsError, SourceUnavailableError
from o7_warehouse.warehouse import NETWORK, parsed_dsn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name

    from o7_warehouse.sources.watchdog import Watchdog

STATEMENT_TIMEOUT = "1800s"
# What a server says, in English or Russian, when it will not let us in however often we ask.
REFUSALS = (
    "authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied",
    "not permitted to log in",
    "проверку подлинности",
    "не существует",
    "в pg_hba.conf нет записи",
    "нет доступа",
    "вход запрещён",
)


def opened_session(dsn: str | None) -> Connection:
    """A connection to the replica.

    Raises SourceUnavailableError when it does not answer, SettingsError when the address or the login is
    refused.
    """
    if not dsn:
        raise SettingsError("No replica is named, so there is nothing to read. Name one with --source.")
    params = parsed_dsn("The source's address", dsn)
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT} -c datestyle=ISO -c default_transaction_read_only=on"
        " -c max_parallel_workers_per_gather=0"
    )
    session = {
        "options": " ".join(filter(None, (params.get("options"), options))),
        "client_encoding": "UTF8",
        "application_name": "o7_warehouse",
    }
    everything = NETWORK | params | session
    place = f"{params['dbname']} at {params['host']}:{params['port']}"
    try:
        return psycopg2.connect(make_dsn(**everything))
    except psycopg2.OperationalError as error:
        said = " ".join(str(error).split())
        if any(refusal in said for refusal in REFUSALS):
            raise SettingsError(
                f"The source {place} refused the login of {params['user']!r}. Trying again would not help. "
                "Correct "
                "the address, the user or the password of the source."
            ) from None
        raise SourceUnavailableError(
            f"The source {place} did not answer: {said}. There is no night without it; what is published "
            "stays as "
            "it is. See whether the replica runs and can be reached, then run the same command again."
        ) from None


@contextmanager
def explained(watchdog: Watchdog, doing: str) -> Iterator[None]:
    """Turn what goes wrong at the source into the package's errors; the server's words may quote a value.

    Raises SourceUnavailableError, ContractError, DeliveryError, SettingsError.
    """
    try:
        yield
    except psycopg2.Error as error:
        code = error.pgcode or ""
        if watchdog.has_fired:
            raise SourceUnavailableError(
                f"The source fell silent while {doing}: the connection stood open and not enough came to "
                "count as "
                "an answer for O7_SOURCE_SILENCE_SECONDS. Nothing of this night was kept. Run it again later."
            ) from None
        if code in {errorcodes.INVALID_SCHEMA_NAME, errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_COLUMN}:
            raise ContractError(
                f"A view or a column was not there any more while {doing} (SQLSTATE {code}). Views that "
                "change "
                "while they are read cannot be trusted. Ask О7's operator, then run the night again."
            ) from None
        if code == errorcodes.INSUFFICIENT_PRIVILEGE:
            raise SettingsError(
                f"The source refused while {doing}: the login lacks the right (SQLSTATE {code}). "
                "Ask О7's operator for the right to select from all views of the contract."
            ) from None
        if code.startswith(
            (errorcodes.CLASS_DATA_EXCEPTION, errorcodes.CLASS_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)
        ):
            raise DeliveryError(
                f"The source could not give its rows while {doing} (SQLSTATE {code}): a value there cannot "
                "be "
                "written as UTF-8 text, or a view is broken. Ask О7's operator to mend it."
            ) from None
        raise SourceUnavailableError(
            f"The source broke off while {doing} ({code or 'connection lost'}). Nothing of this night was "
            "kept; what "
            "is published stays as it is. Run the same command again."
        ) from None
