"""An edition on the real scheduler: approved, rejected, left unanswered, answered by the wrong person."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from o7_warehouse import scheduler, server
from o7_warehouse.airflow_environment import airflow_home, environment, program
from o7_warehouse.editions.folders import set_folder
from o7_warehouse.editions.ledger import EditionId, events_of
from o7_warehouse.outbox.receipts import receipts
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.editions.conftest import NIGHTS, desk, published
from tests.editions.desk import FIRST
from tests.portal.conftest import add_schools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.scheduler import Airflow
    from tests.editions.desk import Desk

__all__ = ["desk", "published"]
pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
DAG = "o7_edition"
APPROVE, REJECT = "Утвердить", "Отклонить"
SECONDS = 900


class Ministry:
    """A desk beside a running Airflow: what is asked of it, answered in it, and what the ledger says then."""

    def __init__(self, desk: Desk, airflow: Airflow) -> None:
        self.desk, self.api, self.ports = desk, airflow.api, airflow.ports

    def begin(self, name: str, period: str = "2025-Q4") -> str:
        """A run that the account of this machine begins, not the person signed in."""
        subprocess.run(
            program("dags", "trigger", DAG, "--run-id", name, "--conf", json.dumps({"period": period})),
            env=environment(self.desk.settings, self.ports), cwd=airflow_home(self.desk.settings),
            check=True, capture_output=True,
        )  # fmt: skip
        return name

    def states(self, run: str) -> dict[str, str]:
        """Each task with Airflow's word for its state."""
        return {one.task: one.state for one in self.api.tasks(DAG, run)}

    def waits(self, run: str, task: str, state: str) -> None:
        """Until a task is in a state."""
        patience = time.monotonic() + SECONDS
        while (found := self.states(run)).get(task) != state:
            assert time.monotonic() < patience, found
            assert "failed" not in found.values() or state == "failed", found
            time.sleep(2)

    def answer(self, run: str, option: str, reason: str = "") -> None:
        """What the person signed in answers on the page of the task."""
        self.waits(run, "approval", "awaiting_input")
        self.api.call(
            "PATCH", f"/dags/{DAG}/dagRuns/{run}/taskInstances/approval/-1/hitlDetails",
            {"chosen_options": [option], "params_input": {"reason": reason}},
        )  # fmt: skip

    def ended(self, run: str) -> tuple[str, dict[str, str]]:
        """How a run ended, with its tasks."""
        patience = time.monotonic() + SECONDS
        while (state := self.api.run_state(DAG, run)) not in {"success", "failed"}:
            assert time.monotonic() < patience, self.states(run)
            time.sleep(2)
        return state, self.states(run)

    def clear(self, run: str, task: str) -> None:
        """What a person does on the page of the run: this task and everything after it anew."""
        self.api.call(
            "POST", f"/dags/{DAG}/clearTaskInstances",
            {
                "dry_run": False, "dag_run_id": run, "task_ids": [task], "include_downstream": True,
                "only_failed": False, "reset_dag_runs": True,
            },
        )  # fmt: skip

    def events(self, edition: EditionId = FIRST) -> list[tuple[str, str, str | None]]:
        """The ledger: what happened, who, why."""
        return [(one.event, one.by_whom, one.reason) for one in events_of(self.desk.cursor, edition)]


@pytest.fixture(scope="module")
def airflow(published: Any) -> Iterator[Airflow]:
    """A real scheduler, api-server and DAG processor over the republic of the editions, with pages for its schools."""
    with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
        for night in NIGHTS:
            add_schools(cursor, night)
    with scheduler.running(published, lambda _: None) as running:
        patience = time.monotonic() + SECONDS
        while not running.api.has_dag(DAG):
            assert time.monotonic() < patience
            time.sleep(2)
        running.api.unpause(DAG)
        yield running


@pytest.fixture
def ministry(desk: Desk, airflow: Airflow) -> Iterator[Ministry]:
    """Where people are."""
    yield Ministry(desk, airflow)
    # The same edition of the next test is issued at another instant, so it is another set.
    shutil.rmtree(desk.settings.state / "outbox", ignore_errors=True)


def test_an_edition_is_drafted_approved_issued_and_delivered(ministry: Ministry) -> None:
    run = ministry.begin("approved")
    ministry.answer(run, APPROVE, "С замечаниями согласен")

    assert ministry.ended(run) == ("success", dict.fromkeys(ministry.states(run), "success"))
    [drafted, submitted, approved, issued] = ministry.events()
    account = drafted[1]
    assert account != "admin"
    assert drafted == ("draft", account, None)
    assert submitted == ("submitted", account, None)
    assert approved == ("approved", "admin", "С замечаниями согласен")
    assert issued == ("issued", account, None)
    [message] = receipts(ministry.desk.settings, FIRST)
    assert [one.state.value for one in message.history] == ["queued", "sending", "sent"]
    assert set_folder(ministry.desk.settings, FIRST).is_dir()


def test_a_rejection_ends_the_run_with_its_reason_and_the_draft_can_be_made_anew(ministry: Ministry) -> None:
    run = ministry.begin("rejected")
    ministry.answer(run, REJECT, "Нет подписи аудитора")

    state, tasks = ministry.ended(run)
    assert (state, tasks["record_decision"], tasks["issue"], tasks["deliver"]) == (
        "success", "success", "skipped", "skipped",
    )  # fmt: skip
    assert ministry.events()[-1] == ("rejected", "admin", "Нет подписи аудитора")
    assert receipts(ministry.desk.settings, FIRST) == []

    ministry.clear(run, "draft")
    ministry.answer(run, APPROVE)
    assert ministry.ended(run)[0] == "success"
    assert [event for event, _, _ in ministry.events()] == [
        "draft", "submitted", "rejected", "draft", "submitted", "approved", "issued",
    ]  # fmt: skip


def test_silence_approves_nothing_and_the_edition_stays_for_approval(ministry: Ministry) -> None:
    run = ministry.begin("unanswered")
    ministry.waits(run, "approval", "awaiting_input")
    _let_time_pass(ministry, run)

    state, tasks = ministry.ended(run)

    assert (state, tasks["approval"]) == ("failed", "failed")
    assert {tasks[name] for name in ("record_decision", "issue", "deliver")} == {"upstream_failed"}
    assert [event for event, _, _ in ministry.events()] == ["draft", "submitted"]
    ministry.clear(run, "approval")
    ministry.answer(run, APPROVE)
    assert ministry.ended(run)[0] == "success"
    assert [event for event, _, _ in ministry.events()] == ["draft", "submitted", "approved", "issued"]


def test_who_began_a_run_cannot_approve_what_it_made(ministry: Ministry) -> None:
    ministry.api.trigger(DAG, dag_run_id="own", conf={"period": "2025-Q4"})
    ministry.answer("own", APPROVE)

    state, tasks = ministry.ended("own")

    assert (state, tasks["record_decision"], tasks["issue"]) == ("failed", "failed", "upstream_failed")
    assert [(event, who) for event, who, _ in ministry.events()] == [
        ("draft", "admin"),
        ("submitted", "admin"),
    ]


def test_a_run_for_an_edition_that_is_issued_makes_nothing_without_a_reason(ministry: Ministry) -> None:
    ministry.desk.issued()
    run = ministry.begin("again")

    state, tasks = ministry.ended(run)

    assert (state, tasks["draft"]) == ("failed", "failed")
    assert len(ministry.events()) == 4
    assert ministry.events(EditionId(FIRST.period, 2)) == []


def _let_time_pass(ministry: Ministry, run: str) -> None:
    """The ten days of patience are over."""
    running = server.address(ministry.desk.settings)
    with (
        closing(psycopg2.connect(running.dsn("airflow", server.ADMIN))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "update task_instance set trigger_timeout = now() - interval '1 second'"
            " where dag_id = %s and run_id = %s and task_id = 'approval'",
            (DAG, run),
        )
        assert cursor.rowcount == 1
        connection.commit()
