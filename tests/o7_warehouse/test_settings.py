"""Settings: all of them documented, none of them guessed, and no password in what is printed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from o7_warehouse.errors import SettingsError
from o7_warehouse.settings import ROOT, Settings
from o7_warehouse.settings_declared import SETTINGS

KEY = "0123456789abcdef" * 4


def test_the_example_file_holds_every_setting_with_its_sentence_and_default():
    blocks = (ROOT / ".env.example").read_text(encoding="utf-8").strip().split("\n\n")[1:]

    assert blocks == [f"# {one.sentence}\n{one.name}={one.default}" for one in SETTINGS]


def test_every_field_comes_from_a_documented_setting():
    documented = {one.name.removeprefix("O7_").lower() for one in SETTINGS}
    fields = {one.name.removeprefix("given_") for one in dataclasses.fields(Settings)}

    assert fields - {"root"} == documented


def test_without_any_variable_the_defaults_hold():
    settings = Settings.load(environment={})

    assert settings.state == ROOT / "var"
    assert (settings.synthetic_pupils, settings.synthetic_seed) == (123_000, 22)
    assert settings.needs_server


def test_an_empty_variable_is_an_unset_one():
    assert Settings.load(environment={"O7_DROP": "", "O7_SYNTHETIC_SEED": ""}) == Settings.load(
        environment={}
    )


def test_the_state_of_the_command_line_goes_before_the_variable(tmp_path):
    settings = Settings.load(tmp_path / "here", {"O7_STATE": str(tmp_path / "there")})

    assert settings.state == tmp_path / "here"


def test_a_relative_state_is_below_the_project_and_not_below_the_shells_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Settings.load(environment={"O7_STATE": "worlds/one"}).state == ROOT / "worlds" / "one"
    assert Settings.load(Path("two"), {}).state == tmp_path / "two"


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param({"O7_SYNTHETIC_PUPILS": "0"}, "from 1 up", id="a republic without pupils"),
        pytest.param({"O7_SYNTHETIC_PUPILS": "12e3"}, "'12e3'", id="not a whole number"),
        pytest.param({"O7_SYNTHETIC_SEED": "²"}, "O7_SYNTHETIC_SEED", id="a digit that is none"),
        pytest.param({"O7_SOURCE_SILENCE_SECONDS": "0"}, "from 1 up", id="no patience at all"),
        pytest.param({"O7_SOURCE_DSN": "host=a", "O7_DROP": "b"}, "Unset one", id="two sources"),
        pytest.param({"O7_TIMETABLE": "daily"}, "partitions or cron", id="an unknown timetable"),
        pytest.param({"O7_EXECUTOR": "kubernetes"}, "local or celery", id="an unknown executor"),
        pytest.param({"O7_SIGN_IN": "ldap"}, "simple or roles", id="an unknown sign-in"),
        pytest.param({"O7_EXECUTOR": "celery"}, "no task would reach", id="workers without a broker"),
        pytest.param(
            {"O7_EXECUTOR": "celery", "O7_CELERY_BROKER": "amqp://a"},
            "redis://",
            id="a broker that is no Redis",
        ),
        pytest.param(
            {"O7_WAREHOUSE_TARGET": "oracle"}, "warehouse, citus", id="an unknown kind of warehouse"
        ),
        pytest.param({"O7_PSEUDONYM_KEY": KEY[:-1]}, "63 characters", id="a key cut short"),
        pytest.param({"O7_PSEUDONYM_KEY": KEY.upper()}, "lower-case", id="a key in capitals"),
        pytest.param({"O7_WAREHOUSE_DNS": "host=a"}, "Did you mean 'O7_WAREHOUSE_DSN'", id="a misspelt name"),
    ],
)
def test_a_setting_that_cannot_hold_is_refused_with_the_way_out(environment, told):
    with pytest.raises(SettingsError, match=told):
        Settings.load(environment=environment)


def test_a_refused_key_is_not_repeated():
    with pytest.raises(SettingsError) as refused:
        Settings.load(environment={"O7_PSEUDONYM_KEY": KEY[:-1]})

    assert KEY[:8] not in str(refused.value)


def test_printed_settings_hold_no_password_and_no_key():
    secret = "correct-horse"  # noqa: S105 - this one opens nothing
    settings = Settings.load(
        environment={
            "O7_WAREHOUSE_DSN": f"postgresql://a:{secret}@b/c",
            "O7_AIRFLOW_DSN": f"postgresql://a:{secret}@b/c",
            "O7_SOURCE_DSN": f"postgresql://a:{secret}@b/c",
            "O7_PSEUDONYM_KEY": KEY,
        }
    )

    assert secret not in repr(settings)
    assert KEY not in repr(settings)


def test_the_given_pseudonym_key_goes_before_the_generated_one(tmp_path):
    given = Settings.load(tmp_path, {"O7_PSEUDONYM_KEY": KEY})
    generated = Settings.load(tmp_path, {})

    assert given.pseudonym_key == bytes.fromhex(KEY)
    assert generated.pseudonym_key == bytes.fromhex(generated.secrets.pseudonym_key)
    assert len(generated.pseudonym_key) == 32


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        pytest.param({}, True, id="the synthetic source needs a server"),
        pytest.param({"O7_DROP": "/drop"}, False, id="a drop folder needs none"),
        pytest.param({"O7_SOURCE_DSN": "host=a"}, False, id="a replica needs none"),
    ],
)
def test_the_embedded_server_is_needed_for_what_has_no_address(source, needed):
    databases = {"O7_WAREHOUSE_DSN": "host=a", "O7_AIRFLOW_DSN": "host=a"}

    assert Settings.load(environment=databases | source).needs_server is needed
    assert Settings.load(environment=source).needs_server
