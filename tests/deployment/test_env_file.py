"""The file .env of the containers: every setting reaches them or has a reason not to, and a copy changes nothing."""

from __future__ import annotations

import pytest

from o7_warehouse.settings import ROOT, Settings
from o7_warehouse.settings_declared import SETTINGS
from tests.deployment.compose import SERVERS, compose

SERVICES = compose()["services"]
OURS = sorted(set(SERVICES) - {"redis", *SERVERS})
# Settings that nobody gives to a container.
NOT_GIVEN = {
    "O7_STATE": "it is the place of the volume",
    "O7_WAREHOUSE_DSN": "it is made of the servers' addresses and secrets.json",
    "O7_AIRFLOW_DSN": "it is made of DATABASE_ADDRESS and secrets.json",
    "O7_POSTGRES_BIN": "the image has the programs of the wheel and no others",
    "O7_AIRFLOW_URL": "it is made of API_ADDRESS",
}
GIVEN = [one for one in SETTINGS if one.name not in NOT_GIVEN]


def blocks() -> list[str]:
    """The paragraphs of the file that is copied to .env."""
    return (ROOT / "docker" / "env.example").read_text(encoding="utf-8").strip().split("\n\n")


def copied() -> dict[str, str]:
    """What Compose reads out of a copy of it."""
    lines = [line for block in blocks() for line in block.splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def settings_of(service: dict[str, dict[str, str]]) -> Settings:
    """What the programs of a container read out of its variables."""
    return Settings.load(environment={name: str(value) for name, value in service["environment"].items()})


@pytest.mark.parametrize("setting", [one.name for one in GIVEN])
def test_a_setting_that_is_written_into_the_file_reaches_every_service(setting: str) -> None:
    services = compose({setting: "as written"})["services"]

    assert {name for name in OURS if services[name]["environment"].get(setting) != "as written"} == set()


@pytest.mark.parametrize("setting", NOT_GIVEN)
def test_a_setting_that_nobody_gives_to_a_container_is_not_offered(setting: str) -> None:
    services = compose({setting: "as written"})["services"]

    assert {name for name in OURS if services[name]["environment"].get(setting) == "as written"} == set()
    assert setting not in copied()


def test_the_file_tells_each_setting_in_the_words_of_the_other_one_and_the_value_of_the_containers() -> None:
    own = SERVICES["init"]["environment"]
    told = [f"# {one.sentence}\n{one.name}={own[one.name] or one.default}" for one in GIVEN]

    assert blocks()[-len(told) :] == told


@pytest.mark.parametrize("name", OURS)
def test_a_copy_of_the_file_changes_nothing(name: str) -> None:
    changed = compose(copied())["services"][name]

    assert settings_of(changed) == settings_of(SERVICES[name])
    assert {key: changed[key] for key in changed if key != "environment"} == {
        key: SERVICES[name][key] for key in SERVICES[name] if key != "environment"
    }


def test_no_timetable_is_an_empty_one_and_not_that_of_the_containers() -> None:
    assert settings_of(compose({"O7_TIMETABLE": ""})["services"]["scheduler"]).timetable == ""
    assert settings_of(SERVICES["scheduler"]).timetable == "partitions"
