"""A warehouse on another machine is entered through TLS with a certificate that is looked at, or not at all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg2
import pytest
from cryptography import x509

from o7_warehouse import bootstrap, databases, tls
from o7_warehouse.errors import ServerError, SettingsError, WarehouseUnavailableError
from o7_warehouse.postgres import find_programs, identity_for, make_cluster, run
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import ROOT, Settings
from o7_warehouse.warehouse import connect, dbt_environment, libpq_params, sqlalchemy_url
from tests.conftest import open_folder
from tests.outbox.authority import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.server import Server

ELSEWHERE = "host=warehouse.example dbname=o7 user=a password=secret"


def settings_of(folder: Path, dsn: str, choice: str = "verify-full") -> Settings:
    """Settings with the address of a warehouse."""
    return Settings.load(folder, {"O7_WAREHOUSE_DSN": dsn, "O7_WAREHOUSE_TLS": choice})


@pytest.mark.parametrize(
    "dsn",
    [
        pytest.param(ELSEWHERE, id="nothing said"),
        pytest.param(f"{ELSEWHERE} sslmode=require", id="encrypted for whoever answers"),
        pytest.param(f"{ELSEWHERE} sslmode=verify-ca", id="any server of the authority"),
        pytest.param("postgresql://a:secret@10.0.0.7/o7", id="a number"),
        pytest.param("postgresql://a:secret@127.0.0.1,10.0.0.7/o7", id="one of several places"),
        pytest.param(
            "host=localhost hostaddr=10.0.0.7 dbname=o7 user=a password=secret",
            id="a name that is not the place",
        ),
    ],
)
@pytest.mark.parametrize("role", [ADMIN, "o7_gate"])
def test_an_unguarded_way_is_refused_before_anything_is_sent(state: Path, dsn: str, role: str) -> None:
    with pytest.raises(SettingsError, match=r"leads to another machine .*sslmode=verify-full") as refused:
        libpq_params(settings_of(state, dsn), role)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "dsn",
    [
        f"{ELSEWHERE} sslmode=verify-full",
        "postgresql://a:b@localhost/o7", "postgresql://a:b@127.0.0.1/o7", "postgresql://a:b@[::1]/o7",
        "host=/run/postgresql dbname=o7 user=a", "host=warehouse.example hostaddr=127.0.0.2 dbname=o7 user=a",
    ],
)  # fmt: skip
def test_a_verified_way_and_this_machine_are_taken(state: Path, dsn: str) -> None:
    assert libpq_params(settings_of(state, dsn), "o7_gate")["user"] == "o7_gate"


def test_a_setting_lets_it_be_unguarded_and_that_is_said_aloud_once(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tls.say_unguarded.cache_clear()

    for role in (ADMIN, "o7_gate", "o7_loader"):
        assert libpq_params(settings_of(state, ELSEWHERE, "unguarded"), role)["host"] == "warehouse.example"

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("WARNING: the way to the warehouse at warehouse.example is not guarded") == 1


def test_another_word_is_no_choice(state: Path) -> None:
    with pytest.raises(SettingsError, match="O7_WAREHOUSE_TLS is 'prefer'"):
        settings_of(state, ELSEWHERE, "prefer")


@dataclass(frozen=True)
class Guarded:
    """A PostgreSQL that answers through TLS only, and the authority of its certificate."""

    folder: Path
    port: int
    password: str
    authority: Path
    stranger: Path

    def settings(
        self, *, host: str = "localhost", authority: Path | None = None, mode: str = "verify-full"
    ) -> Settings:
        """Settings whose warehouse it is."""
        dsn = (
            f"host={host} hostaddr=127.0.0.1 port={self.port} dbname=warehouse user={ADMIN} password={self.password}"
            f" sslmode={mode} sslrootcert={authority or self.authority}"
        )
        return settings_of(self.folder, dsn)


def make_database(guarded: Guarded) -> None:
    """The empty warehouse, as whoever runs a server makes it."""
    place = {"host": "localhost", "hostaddr": "127.0.0.1", "port": guarded.port, "dbname": "postgres"}
    with closing(
        psycopg2.connect(**place, user=ADMIN, password=guarded.password, sslmode="require")
    ) as connection:
        connection.autocommit = True
        connection.cursor().execute("create database warehouse")


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    """The machine's own PostgreSQL, for the one that comes as a wheel has no TLS."""
    try:
        programs = find_programs("system")
    except ServerError:
        pytest.skip(
            "NO POSTGRESQL WITH TLS: nobody tried a verified way. Install the system's (postgresql-15 or later)."
        )
    with open_folder() as folder:
        for name in ("log", "trust"):
            (folder / name).mkdir()
        identity = identity_for(programs, folder)
        identity.give(folder / "log")
        password = Settings.load(folder, {}).secrets.role_password(ADMIN)
        make_cluster(programs, identity, folder, admin=ADMIN, password=password)
        authority, stranger = (Authority.made(folder / "trust", name) for name in ("ours", "theirs"))
        authority.context(folder / "trust", names=[x509.DNSName("localhost")])
        [pair] = (folder / "trust").glob("server-*.pem")
        data, key = folder / "data", folder / "data" / "server.pem"
        key.write_bytes(pair.read_bytes())
        key.chmod(0o600)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        (data / "postgresql.conf").write_text(
            f"listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nssl = on\n"
            "ssl_cert_file = 'server.pem'\nssl_key_file = 'server.pem'\npassword_encryption = 'scram-sha-256'\n"
        )
        (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        identity.give(key, data / "postgresql.conf", data / "pg_hba.conf")
        run(
            programs,
            identity,
            folder,
            ["pg_ctl", "start", "-D", str(data), "-w"],
            log=folder / "log" / "server",
        )
        try:
            made = Guarded(folder, port, password, authority.file, stranger.file)
            make_database(made)
            yield made
        finally:
            run(programs, identity, folder, ["pg_ctl", "stop", "-D", str(data), "-m", "fast", "-w"])


@pytest.fixture(scope="module")
def made(guarded: Guarded) -> Guarded:
    """The same with every role and table of the warehouse."""
    bootstrap.ensure(guarded.settings(), None)
    databases.prepare(guarded.settings(), None)
    return guarded


def test_every_role_comes_through_tls(made: Guarded) -> None:
    with closing(connect(made.settings(), "o7_reporter")) as connection, connection.cursor() as cursor:
        cursor.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
        assert cursor.fetchall() == [(True,)]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"authority": "stranger"}, id="signed by somebody else"),
        pytest.param({"host": "warehouse.example"}, id="another server's name"),
    ],
)
def test_a_server_that_is_not_the_right_one_gets_no_password(made: Guarded, wrong: dict[str, str]) -> None:
    given = {name: made.stranger if value == "stranger" else value for name, value in wrong.items()}

    with pytest.raises(
        WarehouseUnavailableError, match=r"certificate verify failed|does not match host name"
    ):
        connect(made.settings(**given), "o7_gate")


def test_a_server_without_tls_is_not_entered(settings: Settings, server: Server, made: Guarded) -> None:
    """The embedded server has none: with the word of the address it is refused, and not entered in the clear."""
    place = f"host=localhost port={server.port} dbname=warehouse user={ADMIN}"
    dsn = f"{place} sslmode=verify-full sslrootcert={made.authority}"

    with pytest.raises(WarehouseUnavailableError, match="does not support SSL"):
        connect(settings_of(settings.state, dsn), "o7_gate")


@pytest.mark.parametrize(("authority", "comes"), [("authority", True), ("stranger", False)])
def test_dbt_and_great_expectations_look_at_the_certificate_too(
    made: Guarded, authority: str, *, comes: bool
) -> None:
    settings = made.settings(authority=getattr(made, authority))
    project = str(ROOT / "dbt_project")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dbt.cli.main", "debug", "--connection", "--project-dir", project,
         "--profiles-dir", project, "--log-path", str(made.folder)],
        env=os.environ | dbt_environment(settings) | {
            "DBT_TARGET_PATH": str(made.folder / "target"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode == 0) is comes, done.stdout
    assert ("certificate verify failed" in done.stdout) is not comes
    assert (
        f"sslmode=verify-full&sslrootcert={'%2F'.join(getattr(made, authority).as_posix().split('/'))}"
        in sqlalchemy_url(settings, "o7_gate")
    )


def test_passwords_are_scram(made: Guarded) -> None:
    with closing(connect(made.settings(), ADMIN)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select rolname::text, left(rolpassword, 14) from pg_authid where rolcanlogin and rolname ~ '^o7_'"
        )
        found = dict(cursor.fetchall())

    assert set(found.values()) == {"SCRAM-SHA-256$"}
    assert {"o7_loader", "o7_gate", "o7_reporter", "o7_school", ADMIN} <= set(found)
