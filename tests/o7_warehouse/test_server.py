"""The embedded server: shared by whoever comes, and on its feet again after every kind of crash."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from o7_warehouse.errors import ServerError
from o7_warehouse.postgres import processes_on
from o7_warehouse.server import ADMIN, address, data_directory, running, stop
from o7_warehouse.settings import Settings
from tests.conftest import open_folder
from tests.faults.silence import dying_at_a_query
from tests.o7_warehouse.embedded import ask, data_of

USE_UNTIL_TOLD = """
import sys, pathlib
from o7_warehouse.settings import Settings
from o7_warehouse.server import running
with running(Settings.load(pathlib.Path(sys.argv[1]))) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""


def another_user(settings):
    """A process that uses the server until it is told to end."""
    command = [sys.executable, "-c", USE_UNTIL_TOLD, str(settings.state)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def port_of(user):
    return int(user.stdout.readline())


@pytest.fixture(scope="module")
def made_once():
    """A state directory whose cluster is made, to be copied."""
    with open_folder() as folder:
        with running(Settings.load(folder)):
            pass
        yield folder


@pytest.fixture
def world(state, made_once):
    """Settings of a state directory whose server is stopped at the end, whatever the test did to it."""
    subprocess.run(["cp", "-a", f"{made_once}/.", str(state)], check=True)
    settings = Settings.load(state)
    yield settings
    stop(settings)


def test_the_port_and_the_data_stay_the_same_from_start_to_start(world):
    with running(world) as first:
        ask(first, "create table kept (answer) as select 42")
    with running(world) as second:
        assert ask(second, "select answer from kept") == (42,)

    assert first.port == second.port == address(world).port


def test_nobody_enters_without_the_password(world):
    with running(world) as server:
        for password in ("", "guess"):
            with pytest.raises(psycopg2.OperationalError, match="password"):
                psycopg2.connect(
                    host=server.host, port=server.port, dbname="postgres", user=ADMIN, password=password
                )


def test_what_is_committed_survives_a_power_cut(world):
    with running(world) as server:
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert ask(server, f"show {name}") == ("on",), name


def test_the_log_of_the_server_holds_nothing_that_a_statement_held(world):
    canary = "Кани-Прохладненский"
    with running(world) as server:
        for statement in ("select '{}'::date", 'select * from "{}"', "do $$ begin raise '{}'; end $$"):
            with pytest.raises(psycopg2.Error, match=canary):
                ask(server, statement.format(canary))

    log = (world.state / "postgres" / "log" / "server").read_text(encoding="utf-8")
    assert "ready to accept connections" in log
    assert canary not in log


def test_the_last_user_out_stops_the_server(world):
    with running(world):
        other = another_user(world)
        assert port_of(other) == address(world).port
    assert processes_on(data_of(world))

    other.communicate("")

    assert processes_on(data_of(world)) == []


def test_a_killed_user_holds_nothing_up(world):
    with running(world):
        other = another_user(world)
        port_of(other)
        other.kill()
        other.communicate()
    assert processes_on(data_of(world)) == []


def test_a_server_left_behind_is_taken_over(world):
    other = another_user(world)
    port = port_of(other)
    other.kill()
    other.communicate()
    assert processes_on(data_of(world))

    with running(world) as server:
        assert server.port == port
    assert processes_on(data_of(world)) == []


def test_a_server_to_be_kept_runs_until_it_is_stopped(world):
    with running(world, keep=True):
        pass
    with running(world) as server:
        ask(server, "select 1")

    assert processes_on(data_of(world))
    assert stop(world)
    assert processes_on(data_of(world)) == []


def test_a_stop_leaves_the_server_to_whoever_still_uses_it(world):
    with running(world, keep=True) as server:
        assert not stop(world)
        assert ask(server, "select 1") == (1,)
    assert processes_on(data_of(world)) == []


def test_many_who_come_at_once_share_one_server(world):
    users = [another_user(world) for _ in range(4)]

    ports = {port_of(user) for user in users}
    for user in users:
        user.communicate("")

    assert ports == {address(world).port}
    assert processes_on(data_of(world)) == []


def test_a_killed_server_starts_again_with_all_that_was_committed(world):
    with running(world) as server:
        ask(server, "create table kept (answer) as select 42")
        postmaster = int((data_of(world) / "postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(postmaster, signal.SIGKILL)
        wait_for(lambda: not processes_on(data_of(world)))
    with running(world) as server:
        assert ask(server, "select answer from kept") == (42,)


def test_a_server_that_dies_while_it_is_asked_who_it_is_has_not_answered(world):
    with running(world) as server, dying_at_a_query(server.port) as port:
        assert data_directory(server) == str(world.state / "postgres" / "data")
        assert data_directory(replace(server, port=port)) is None


def test_the_mark_of_a_dead_server_is_no_obstacle_when_its_number_lives_on_in_another_process(world):
    with running(world):
        mark = (data_of(world) / "postmaster.pid").read_text(encoding="ascii")
    owner = data_of(world).stat()
    stranger = subprocess.Popen(["sleep", "60"], user=owner.st_uid, group=owner.st_gid, extra_groups=[]) \
        if os.geteuid() == 0 else subprocess.Popen(["sleep", "60"])  # fmt: skip
    (data_of(world) / "postmaster.pid").write_text(
        f"{stranger.pid}\n" + mark.split("\n", 1)[1], encoding="ascii"
    )

    try:
        with running(world) as server:
            assert ask(server, "select 1") == (1,)
    finally:
        stranger.kill()
        stranger.wait()


def test_a_port_taken_meanwhile_is_left_to_its_new_owner(world):
    with running(world) as server:
        before = server.port
    with socket.create_server((server.host, before)), running(world) as server:
        assert server.port != before
        assert ask(server, "show port") == (str(server.port),)
        assert address(world).port == server.port


def test_nothing_of_the_callers_environment_reaches_the_server(world, monkeypatch):
    """A key among the variables would be readable through the server's account."""
    monkeypatch.setenv("O7_PSEUDONYM_KEY", "0" * 64)
    with running(world):
        postmaster = (data_of(world) / "postmaster.pid").read_text(encoding="ascii").split()[0]
        environment = Path(f"/proc/{postmaster}/environ").read_text(encoding="utf-8")
    assert "PATH=" in environment
    assert "O7_" not in environment


def test_data_of_another_major_version_is_left_alone(world):
    with running(world):
        pass
    (data_of(world) / "PG_VERSION").write_text("14\n", encoding="ascii")

    with pytest.raises(ServerError, match="made by PostgreSQL 14"), running(world):
        pass


def test_a_server_that_cannot_start_says_why(world):
    with running(world):
        pass
    (data_of(world) / "pg_hba.conf").write_text("nonsense\n", encoding="ascii")

    with pytest.raises(ServerError, match="could not load"), running(world):
        pass


def wait_for(true):
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
