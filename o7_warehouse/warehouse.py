"""The only place that opens a connection to the warehouse, and the table of the roles that may."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import psycopg2
from psycopg2 import errorcodes, extensions

from o7_warehouse.errors import SettingsError, StatementError, WarehouseUnavailableError
from o7_warehouse.server import ADMIN, Server, address
from o7_warehouse.tls import dbt_parts, refuse_unguarded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from o7_warehouse.settings import Settings

WAREHOUSE = "warehouse"
# role -> what it may do; the grants themselves stand beside the tables, in ddl/.
WAREHOUSE_ROLES = {
    ADMIN: "owns the audit and makes roles, schemas and tables",
    "o7_loader": "writes landing and raw_o7",
    "o7_transformer": "is dbt: reads raw_o7, writes catalogue to indicators",
    "o7_gate": "examines both ends of a night, writes quarantine and published",
    "o7_reporter": "reads published and audit for reports, notes files and editions in audit",
    "o7_auditor": "reads published and audit",
    "o7_school": "reads the worklists of schools, with card numbers of their pupils",
    "o7_eraser": "takes the rows of a person away wherever there may be any, and says so in audit",
}
WRITERS = ("o7_loader", "o7_transformer", "o7_gate", "o7_eraser")  # who needs temporary tables
# What the logins of single units are members of (logins.py), and not of a role whose sessions they could end.
UNITS_GROUP = "o7_unit"
# database of the embedded server -> its owner, and who else may enter.
EMBEDDED_DATABASES: dict[str, tuple[str, tuple[str, ...]]] = {
    WAREHOUSE: (ADMIN, (*(role for role in WAREHOUSE_ROLES if role != ADMIN), UNITS_GROUP)),
    "airflow": ("o7_airflow", ()),
    "o7": ("o7_source", ("o7_export_reader",)),
}
SESSION = {
    "search_path": "",  # every name in a statement says its schema
    "timezone": "UTC",
    "lock_timeout": "120s",
    "idle_in_transaction_session_timeout": "600s",
    # The bootstrap is one transaction of several roles: nodes of Citus get its objects later. Nobody else reads this.
    "citus.create_object_propagation": "deferred",
}
# A broken network shows itself within a minute, not after the system's two hours.
NETWORK = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
PASSING_CLASSES = (
    errorcodes.CLASS_CONNECTION_EXCEPTION,
    errorcodes.CLASS_TRANSACTION_ROLLBACK,
    errorcodes.CLASS_INSUFFICIENT_RESOURCES,
    errorcodes.CLASS_OPERATOR_INTERVENTION,
)
LACKING = (errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_COLUMN, errorcodes.UNDEFINED_FUNCTION)
# Errors about tables, columns, functions and rights; a syntax error alone may quote a literal.
NAMING_CLASSES = (
    errorcodes.CLASS_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION,
    errorcodes.CLASS_INVALID_SCHEMA_NAME,
    errorcodes.CLASS_INVALID_CATALOG_NAME,
    errorcodes.CLASS_DEPENDENT_PRIVILEGE_DESCRIPTORS_STILL_EXIST,
)


def libpq_params(settings: Settings, role: str, *, statement_timeout: str = "3600s") -> dict[str, str]:
    """Everything libpq needs to reach the warehouse as ``role``; holds the password.

    With O7_WAREHOUSE_DSN that address is the administrator's, and the other roles reach the same database
    with the passwords of ``secrets.json``. Raises SettingsError, WarehouseUnavailableError.
    """
    if role not in WAREHOUSE_ROLES:
        raise SettingsError(
            f"The warehouse has no role {role!r}, so nobody can connect as it. Roles: {', '.join(WAREHOUSE_ROLES)}."
        )
    if settings.warehouse_dsn:
        params = parsed_dsn("O7_WAREHOUSE_DSN", settings.warehouse_dsn)
        refuse_unguarded(params, tls=settings.warehouse_tls)
        if role != ADMIN:
            params |= {"user": role, "password": settings.secrets.role_password(role)}
    else:
        params = _embedded_params(address(settings), WAREHOUSE, role)
    session = SESSION | {"statement_timeout": statement_timeout}
    options = " ".join(f"-c {name}={value}" for name, value in session.items())
    others = {"options": options, "client_encoding": "UTF8", "application_name": f"o7:{role}"}
    return NETWORK | params | others


def _embedded_params(server: Server, database: str, role: str) -> dict[str, str]:
    return {
        "host": server.host,
        "port": str(server.port),
        "dbname": database,
        "user": role,
        "password": server.secrets.role_password(role),
        # Whoever else may listen on this port never sees the password.
        "require_auth": "scram-sha-256",
    }


def parsed_dsn(setting: str, dsn: str) -> dict[str, str]:
    """The parts of a libpq address that a person gave; its port is 5432 unless it says otherwise.

    Raises SettingsError when it cannot be read, or leaves host, database or user to chance.
    """
    try:
        params = {name: str(value) for name, value in extensions.parse_dsn(dsn).items()}
    except psycopg2.ProgrammingError:
        # The reason would quote the address, and the address may hold a password.
        raise SettingsError(
            f"{setting} is neither a postgresql:// address nor libpq keywords, so nothing can be reached "
            "through it. Write postgresql://user:password@host:5432/database."
        ) from None
    if missing := [name for name in ("host", "dbname", "user") if not params.get(name)]:
        raise SettingsError(
            f"{setting} does not say {', '.join(missing)}; what libpq would guess may be another server or "
            "database. Write postgresql://user:password@host:5432/database."
        )
    return {"port": "5432"} | params


def connect(settings: Settings, role: str, *, statement_timeout: str = "3600s") -> extensions.connection:
    """A connection to the warehouse as ``role``; the caller commits and closes it.

    Raises WarehouseUnavailableError when it does not answer, SettingsError when it refuses the role's
    password.
    """
    params = libpq_params(settings, role, statement_timeout=statement_timeout)
    place = f"{params['dbname']} at {params['host']}:{params['port']}"
    try:
        return psycopg2.connect(extensions.make_dsn(**params))
    except psycopg2.OperationalError as error:
        # Before a login nothing of the data can be in the message.
        said = " ".join(str(error).split())
        if "authentication" in said:
            raise SettingsError(
                f"{place} refused the password of {role}. Without it nothing can be read or written. The "
                "state directory's secrets.json must be the one the roles were made with; otherwise run the "
                "bootstrap again."
            ) from None
        raise WarehouseUnavailableError(
            f"{place} did not accept a connection of {role}: {said}. The work waits for it. Start the "
            "server, or correct O7_WAREHOUSE_DSN, and run the same command again."
        ) from None


@contextmanager
def transaction(
    settings: Settings, role: str, *, statement_timeout: str = "3600s"
) -> Iterator[extensions.connection]:
    """One transaction as ``role``: committed at the end of the block, rolled back by an error, then closed.

    Raises what :func:`connect` and :func:`translated` raise.
    """
    with (
        translated(role),
        closing(connect(settings, role, statement_timeout=statement_timeout)) as connection,
        connection,
    ):
        yield connection


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the driver's errors into the package's; ``doing`` names the work for the message.

    PostgreSQL's own words are left out where they may quote a value, and so a child's. Raises
    WarehouseUnavailableError for what may pass by itself (network, deadlock, time-out, full disk) and
    StatementError for everything else.
    """
    try:
        yield
    except psycopg2.Error as error:
        code = error.pgcode
        kind = errorcodes.lookup(code).lower().replace("_", " ") if code else type(error).__name__
        found = f"{doing}: {kind} ({code or 'no code'}{_about(error.diag)})"
        lost = code is None and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
        if lost or (code or "")[:2] in PASSING_CLASSES or code == errorcodes.LOCK_NOT_AVAILABLE:
            raise WarehouseUnavailableError(
                f"The warehouse broke off {found}. Nothing of this step was kept. Run it again; if it "
                "repeats, read the server's log."
            ) from None
        if code in LACKING:
            raise StatementError(
                f"The warehouse has not got what was asked for: {found}. Its tables are of the revision that ran last. "
                "Run a night with this one and they follow: ./o7 night, or ./o7 night --date YYYY-MM-DD for one that "
                "is published. If it is said again, the code is at fault."
            ) from None
        raise StatementError(
            f"The warehouse refused a statement of {found}. Nothing of this step was kept. Its full words "
            "are not shown because they may quote personal data: repeat the statement by hand in a "
            "protected session."
        ) from None


def _about(diagnostics: extensions.Diagnostics) -> str:
    """What may be told of an error: the objects it names, and its words where these can name nothing else."""
    code = diagnostics.sqlstate or ""
    places = (
        diagnostics.schema_name,
        diagnostics.table_name,
        diagnostics.column_name,
        diagnostics.constraint_name,
    )
    speaks_of_names = code[:2] in NAMING_CLASSES and code != errorcodes.SYNTAX_ERROR
    words = diagnostics.message_primary if speaks_of_names else None
    return "".join(f", {part}" for part in (*places, words) if part)


def sqlalchemy_url(settings: Settings, role: str) -> str:
    """The address of the warehouse for SQLAlchemy; the driver is named, for its default is another one."""
    return _url(libpq_params(settings, role))


def airflow_url(settings: Settings) -> str:
    """The address of Airflow's metadata: bare, because Airflow derives an asyncpg address from it."""
    if settings.airflow_dsn and settings.airflow_dsn.startswith("postgresql+"):
        return settings.airflow_dsn
    if settings.airflow_dsn:
        params = parsed_dsn("O7_AIRFLOW_DSN", settings.airflow_dsn)
    else:
        params = _embedded_params(address(settings), "airflow", "o7_airflow")
    return _url({name: value for name, value in params.items() if name != "require_auth"})


def _url(params: Mapping[str, str]) -> str:
    place = {"user", "password", "host", "port", "dbname"}
    login = quote(params["user"], safe="") + (
        f":{quote(params['password'], safe='')}" if "password" in params else ""
    )
    rest = urlencode({name: value for name, value in params.items() if name not in place}, quote_via=quote)
    database = quote(params["dbname"], safe="")
    return f"postgresql+psycopg2://{login}@{params['host']}:{params['port']}/{database}" + (
        f"?{rest}" if rest else ""
    )


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables dbt's profile reads: which target, the warehouse as o7_transformer. Holds the password."""
    params = libpq_params(settings, "o7_transformer") | {"target": settings.warehouse_target}
    names = ("target", "host", "port", "user", "password", "dbname")
    return {f"O7_DBT_{name.upper()}": params[name] for name in names} | dbt_parts(params)
