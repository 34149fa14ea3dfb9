"""Secrets: generated once, the same for everybody, closed to other accounts, never replaced in silence."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys

import pytest

from o7_warehouse.errors import SettingsError
from o7_warehouse.secrets import Secrets

STARTS = 8


def test_secrets_are_made_once_and_then_read(tmp_path):
    assert Secrets.load(tmp_path) == Secrets.load(tmp_path)


def test_two_states_have_nothing_in_common(tmp_path):
    one, two = Secrets.load(tmp_path / "one"), Secrets.load(tmp_path / "two")

    assert not {one.role_key, one.pseudonym_key, one.jwt_secret, one.fernet_key} & {
        two.role_key, two.pseudonym_key, two.jwt_secret, two.fernet_key
    }  # fmt: skip
    assert one.role_password("o7_gate") != two.role_password("o7_gate")


def test_only_the_owner_may_read_them_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        Secrets.load(tmp_path)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_processes_that_start_at_once_get_the_same_file(tmp_path):
    script = "print(Secrets.load(pathlib.Path(sys.argv[1])).role_key)"
    script = f"import sys, pathlib; from o7_warehouse.secrets import Secrets; {script}"
    command = [sys.executable, "-c", script, str(tmp_path)]

    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(STARTS)]
    answers = {process.communicate()[0].strip() for process in started}

    assert answers == {Secrets.load(tmp_path).role_key}
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_the_mail_server_s_password_is_whoever_runs_it_s_to_give(tmp_path):
    assert Secrets.load(tmp_path).smtp_password is None
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"smtp_password": "given"}))

    words = Secrets.load(tmp_path).smtp_password
    assert words == "given"
    assert "given" not in repr(Secrets.load(tmp_path))


def test_each_role_has_a_password_of_its_own():
    secrets = Secrets(
        role_key="00" * 32, pseudonym_key="11" * 32, jwt_secret="", fernet_key="", airflow_admin_password=""
    )

    assert secrets.role_password("o7_gate") != secrets.role_password("o7_loader")
    assert secrets.role_password("o7_gate") == secrets.role_password("o7_gate")


def test_the_fernet_key_has_the_form_airflow_asks_for(tmp_path):
    assert len(base64.urlsafe_b64decode(Secrets.load(tmp_path).fernet_key)) == 32


def test_printed_secrets_are_none(tmp_path):
    assert repr(Secrets.load(tmp_path)) == "Secrets()"


def test_a_file_that_others_may_read_is_refused(tmp_path):
    Secrets.load(tmp_path)
    (tmp_path / "secrets.json").chmod(0o640)

    with pytest.raises(SettingsError, match="chmod 600"):
        Secrets.load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"role_key": "0', id="cut short"),
        pytest.param("[]", id="of another form"),
    ],
)
def test_a_damaged_file_is_never_replaced(tmp_path, text):
    path = tmp_path / "secrets.json"
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match="Restore"):
        Secrets.load(tmp_path)
    assert path.read_text(encoding="utf-8") == text


def test_a_missing_secret_is_named(tmp_path):
    Secrets.load(tmp_path)
    path = tmp_path / "secrets.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    del known["jwt_secret"]
    path.write_text(json.dumps(known), encoding="utf-8")

    with pytest.raises(SettingsError, match="lacks jwt_secret"):
        Secrets.load(tmp_path)
