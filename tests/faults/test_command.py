"""The same by the command people type: an exit code, words instead of a traceback, and no task tried in vain."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import runs
from o7_warehouse.settings import ROOT
from tests.faults.house import SECOND, House
from tests.faults.planting import in_encoding, only
from tests.faults.silence import HOST
from tests.journeys.states import KEY

if TYPE_CHECKING:
    from pathlib import Path

LEFT_OUT = {
    "load",
    "gate_in",
    "facts",
    "indicators",
    "gate_out",
    "publish",
    "restate",
}


@pytest.fixture
def drop(small_world: Path, tmp_path: Path) -> Path:
    """The good drop of the second night, to be broken."""
    return shutil.copytree(small_world / SECOND, tmp_path / "drop")


def night(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    """``./o7 night`` in the state directory of the house."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    return subprocess.run(
        [str(ROOT / "o7"), "night", *words, "--state", str(house.state.folder)],
        env=environment | {"O7_PSEUDONYM_KEY": KEY},
        cwd=house.state.folder,
        capture_output=True,
        text=True,
        check=False,
    )


def tries(house: House) -> dict[str, tuple[str, int]]:
    """How each task of the newest run ended, and how often it was tried, as Airflow has it."""
    with house.state.asking("airflow") as cursor:
        cursor.execute(
            "select task_id, state, try_number from task_instance"
            " where run_id = (select run_id from dag_run order by id desc limit 1)"
        )
        return {task: (state, number) for task, state, number in cursor.fetchall()}


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("untouched")
def test_a_refused_delivery_fails_its_task_once_and_ends_the_command(house: House, drop: Path) -> None:
    only("performance_daily", lambda number, _: number % 10 >= 3)(drop)

    done = night(house, "--drop", str(drop))

    assert done.returncode == 3
    assert (
        "DeliveryError\ncheck_delivery: The delivery was refused for 1 reasons:\n- performance_daily has"
        in done.stderr
    )
    assert "Nothing was loaded; what is published stays as it is. Ask О7's operator to mend" in done.stderr
    assert "Traceback" not in done.stderr
    ended = tries(house)
    assert ended["extract"] == ("success", 1)
    assert ended["check_delivery"] == ("failed", 1)
    # It is built beside the delivery, whose rows it does not know.
    assert ended["catalogue"] == ("success", 1)
    assert {ended[task] for task in LEFT_OUT} == {("upstream_failed", 0)}
    assert ended["close_night"] == ("failed", 1)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("untouched")
def test_a_file_that_cannot_be_read_ends_the_command_without_scheduler_too(house: House, drop: Path) -> None:
    in_encoding("person", "cp1251")(drop)

    done = night(house, "--drop", str(drop), "--inline")

    assert done.returncode == 3
    assert (
        "DeliveryError\nextract: person, line 2: is not written in UTF-8. A file with one unreadable"
        in done.stderr
    )
    assert tries(house)["extract"] == ("failed", 1)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("untouched")
def test_refused_credentials_end_the_command_as_wrong_settings_do(house: House) -> None:
    dsn = f"postgresql://o7_export_reader:secret-word@{HOST}:{house.server.port}/o7"

    done = night(house, "--source", dsn, "--inline")

    assert done.returncode == 2
    assert "SettingsError\nopen_night: The source o7 at" in done.stderr
    assert "Trying again would not help. Correct the address" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr
    assert tries(house)["open_night"] == ("failed", 1)


@pytest.mark.full
@pytest.mark.usefixtures("untouched")
def test_a_second_command_at_once_is_refused_at_the_door(house: House, drop: Path) -> None:
    with runs.hold_lock(house.settings(), run_id=str(uuid.uuid4())):
        done = night(house, "--drop", str(drop))

    assert done.returncode == 3
    assert "NightError\nAnother run is at work" in done.stderr
    assert "Wait until it has ended, or end it." in done.stderr
