"""Airflow's interface where people sign in by roles: each may what is declared, and nothing else."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse import airflow_people, server
from o7_warehouse.airflow_roles import read_roles
from o7_warehouse.airflow_sign_in import BY_ROLES
from o7_warehouse.errors import CommandError
from o7_warehouse.settings import Settings
from tests.attacks.airflow_server import REFUSED, Interface, serving
from tests.attacks.airflow_walk import NEEDS, differences, documented
from tests.conftest import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
ROLES = read_roles()
BACKFILL = """
    insert into backfill (
        dag_id, from_date, to_date, dag_run_conf, is_paused, reprocess_behavior, max_active_runs, created_at, updated_at
    )
    values ('o7_night', now(), now(), '{}', true, 'none', 1, now(), now())
"""


@dataclass(frozen=True)
class Office:
    """A running api-server, its people, and the files of its DAGs as it calls them."""

    settings: Settings
    interface: Interface
    passwords: dict[str, str]
    files_of: dict[str, str]

    def token(self, login: str) -> str:
        """Somebody signs in."""
        told = {"username": login, "password": self.passwords[login]}
        status, answer = self.interface.call("POST", "/auth/token", body=told)
        assert status == 201, answer
        return str(answer["access_token"])

    def add(self, login: str, role: str) -> None:
        """Somebody gets an account."""
        self.passwords[login] = airflow_people.add(self.settings, login, full_name="А. Б. Петрова", role=role)

    def differences(self, login: str | None, role: str | None) -> list[str]:
        """Where Airflow does not what the roles say."""
        token = self.token(login) if login else None
        return differences(self.interface, token, grants_of(role) if role else None, self.files_of)


def grants_of(role: str) -> set[tuple[str, str]]:
    """What the file gives a role."""
    return {(action, resource) for action, resources in ROLES[role].items() for resource in resources}


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """An api-server with somebody of each role."""
    with open_folder() as folder:
        settings = Settings.load(folder, {"O7_SIGN_IN": "roles"})
        with serving(settings) as made:
            admin = made.login()
            told = {
                dag: made.call("GET", f"/api/v2/dags/{dag}", admin)[1] for dag in ("o7_night", "o7_edition")
            }
            found = Office(settings, made, {}, {dag: one["file_token"] for dag, one in told.items()})
            for role in ROLES:
                found.add(f"the-{role}", role)
            running = server.address(settings)
            with closing(psycopg2.connect(running.dsn("airflow", server.ADMIN))) as connection, connection:
                connection.cursor().execute(BACKFILL)
            yield found


def test_every_operation_that_airflow_has_is_classified_once(office: Office) -> None:
    named = [one.split("#")[0] for operations in NEEDS.values() for one in operations if "#" not in one]

    assert len(named) == len(set(named)) > 150
    assert set(named) == documented(office.interface)


@pytest.mark.parametrize("role", [*ROLES, None])
def test_somebody_may_what_his_role_says_and_nothing_else(role: str | None, office: Office) -> None:
    assert office.differences(f"the-{role}" if role else None, role) == []


def test_lists_show_the_ministry_the_editions_and_an_auditor_every_dag(office: Office) -> None:
    runs, told = "/api/v2/dags/o7_night/dagRuns", {"logical_date": None, "dag_run_id": "seen", "conf": {}}
    assert office.interface.call("POST", runs, office.token("the-engineer"), told)[0] == 200

    seen = {role: dags_in_lists(office, f"the-{role}") for role in ("ministry", "auditor")}
    # Airflow's calendar breaks over a run without a logical date, and the next test asks for it again.
    assert office.interface.call("DELETE", f"{runs}/seen", office.interface.login())[0] == 204

    assert seen["ministry"] == {"dags": {"o7_edition"}, "pages": {"o7_edition"}, "runs": set()}
    assert seen["auditor"]["runs"] == {"o7_night"}
    assert {"o7_night", "o7_edition"} <= seen["auditor"]["dags"] & seen["auditor"]["pages"]


def dags_in_lists(office: Office, login: str) -> dict[str, set[str]]:
    """The DAGs that somebody finds in lists which ask for none."""
    token, found = office.token(login), {}
    for name, path, under in (
        ("dags", "/api/v2/dags", "dags"), ("pages", "/ui/dags", "dags"), ("runs", "/api/v2/dags/~/dagRuns", "dag_runs"),
    ):  # fmt: skip
        status, answer = office.interface.call("GET", path, token)
        assert status == 200, answer
        found[name] = {one["dag_id"] for one in answer[under]}
    return found


def test_a_right_given_by_hand_is_seen_by_the_walk_and_taken_away_by_the_next_start(office: Office) -> None:
    admin, path = office.interface.login(), "/auth/fab/v1/roles/auditor"
    _, known = office.interface.call("GET", path, admin)
    extra = {"action": {"name": "can_read"}, "resource": {"name": "Task Logs"}}
    changed = {"name": "auditor", "actions": [*known["actions"], extra]}
    assert office.interface.call("PATCH", path, admin, changed)[0] == 200
    office.add("looker", "auditor")

    logs = "GET /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}"
    assert set(office.differences("looker", "auditor")) == {
        f"open: {logs}/{what}/{{try_number}} ({dag})"
        for what in ("logs", "externalLogUrl")
        for dag in ("o7_night", "o7_edition")
    }
    said: list[str] = []
    airflow_people.prepare(office.settings, said.append)
    assert [
        one for one in said if "auditor" in one and "can_read on Task Logs" in one and "taken away" in one
    ]
    office.add("late-looker", "auditor")
    assert office.differences("late-looker", "auditor") == []


def test_a_second_start_changes_nothing_and_names_who_has_other_roles(office: Office) -> None:
    body = {"username": "op", "password": "x", "first_name": "A", "last_name": "B", "email": "op@o7.invalid"}
    made = office.interface.call(
        "POST", "/auth/fab/v1/users", office.interface.login(), body | {"roles": [{"name": "Op"}]}
    )
    assert made[0] == 200, made
    said: list[str] = []

    airflow_people.prepare(office.settings, said.append)

    assert said == ["Airflow's account op has the role Op, which airflow_roles.yml does not know"]


def test_a_closed_account_opens_nothing_and_its_name_is_nobodys_again(office: Office) -> None:
    office.add("leaver", "engineer")
    token = office.token("leaver")
    assert office.interface.call("GET", "/api/v2/dags", token)[0] == 200

    airflow_people.remove(office.settings, "leaver")
    time.sleep(int(BY_ROLES["AIRFLOW__FAB__CACHE_TTL"]) + 1)

    assert office.interface.call("GET", "/api/v2/dags", token)[0] in REFUSED
    told = {"username": "leaver", "password": office.passwords["leaver"]}
    assert office.interface.call("POST", "/auth/token", body=told)[0] == 401
    [closed] = [one for one in airflow_people.people(office.settings) if one.login == "leaver"]
    assert (closed.active, closed.roles) == (False, ())
    with pytest.raises(CommandError, match="is or was somebody's"):
        office.add("leaver", "engineer")
    with pytest.raises(CommandError, match="no open account"):
        airflow_people.remove(office.settings, "leaver")


def test_a_renewed_password_replaces_the_old_one(office: Office) -> None:
    office.add("forgetful", "auditor")
    old = {"username": "forgetful", "password": office.passwords["forgetful"]}

    office.passwords["forgetful"] = airflow_people.renew(office.settings, "forgetful")

    assert office.interface.call("POST", "/auth/token", body=old)[0] == 401
    assert office.token("forgetful")


def test_a_persons_token_opens_nothing_that_is_for_tasks(office: Office) -> None:
    token, task = office.token("the-engineer"), "00000000-0000-0000-0000-000000000000"
    asked = {
        ("GET", "/execution/variables/x"),
        ("GET", "/execution/connections/x"),
        ("GET", "/execution/xcoms/o7_night/seen/load/return_value"),
        ("PATCH", f"/execution/task-instances/{task}/run"),
        ("PATCH", f"/execution/task-instances/{task}/state"),
    }

    answers = {(method, path): office.interface.call(method, path, token, {})[0] for method, path in asked}

    assert {asked: status for asked, status in answers.items() if status not in REFUSED} == {}


def test_the_account_of_the_program_is_not_touched_by_hand(office: Office) -> None:
    with pytest.raises(CommandError, match=r"secrets\.json"):
        airflow_people.remove(office.settings, "admin")


def test_no_password_stands_in_a_log(office: Office) -> None:
    logs = [path.read_bytes() for path in office.interface.home.rglob("*.log")]

    assert len(logs) > 2
    assert office.passwords
    assert [
        login for login, word in office.passwords.items() if any(word.encode() in one for one in logs)
    ] == []


def test_pages_of_accounts_are_the_administrators_and_everybody_may_change_his_password(
    office: Office,
) -> None:
    secret = office.settings.secrets.airflow_admin_password

    assert page_after_sign_in(office, "admin", secret, "/auth/users/list/") == "/auth/users/list/"
    for path, end in {
        "/auth/users/list/": False, "/auth/roles/list/": False, "/auth/resetmypassword/form": True,
    }.items():  # fmt: skip
        shown = page_after_sign_in(office, "the-ministry", office.passwords["the-ministry"], path)
        assert (shown == path) is end, (path, shown)


def page_after_sign_in(office: Office, login: str, password: str, path: str) -> str:
    """Where a browser ends that signs in by the form and then asks for a page."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    base = f"http://127.0.0.1:{office.interface.port}"
    form = opener.open(f"{base}/auth/login/", timeout=60).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token, form[:500]
    told = {"username": login, "password": password, "csrf_token": token[1]}
    opener.open(f"{base}/auth/login/", urllib.parse.urlencode(told).encode(), timeout=60)
    try:
        return urllib.parse.urlsplit(opener.open(base + path, timeout=60).url).path
    except urllib.error.HTTPError as refused:
        return f"refused: {refused.code}"
