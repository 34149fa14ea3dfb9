"""What the DAG of editions is wired from, beside what every DAG has (_support.py)."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta
from typing import Any

from _support import DEFAULTS, MOSCOW
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.queues import RENDER
from o7_warehouse.settings import Settings

# After the night, on days at which the edition of a period can be due: its draft by the 3rd, or after the holidays of
# the New Year by the 12th.
EDITIONS = "0 8 1-14 * *"
EDITION_TIMETABLE = EDITIONS if Settings.load().timetable else None
EDITION = "{{ ti.xcom_pull(task_ids='choose_edition') }}"
APPROVE, REJECT = "Утвердить", "Отклонить"
BY_CALENDAR = "Хранилище О7 (по календарю)"
# Longer than from the day a draft is due to the day its approval is; nobody's silence approves.
PATIENCE = timedelta(days=10)
EDITION_DEFAULTS = DEFAULTS | {"queue": RENDER}
# As long as the outbox tries, as often as something in it can be due.
OUTBOX = {"retries": 240, "retry_delay": timedelta(minutes=30), "retry_exponential_backoff": 0}


@task
def choose_edition() -> str:
    """Decide which edition this run makes: that of `conf.period`, or the first that is due and not begun."""
    course = importlib.import_module("o7_warehouse.editions.course")
    choice = course.choose(Settings.load(), period=_conf().get("period"), today=_now().date())
    if choice.edition is None:
        raise AirflowSkipException(choice.why)
    return str(choice.edition)


@task
def draft(edition: str) -> None:
    """Freeze the last published night of the period, render its reports and seal them; anew after a rejection."""
    course = importlib.import_module("o7_warehouse.editions.course")
    course.draft_anew(
        Settings.load(), EditionId.parse(edition),
        by_whom=_by_whom(), reason=_conf().get("reason"), today=_now().date(),
    )  # fmt: skip


@task
def submit(edition: str) -> str:
    """Ask the release checklist and hand the draft over; gives the approver what the checklist says."""
    course = importlib.import_module("o7_warehouse.editions.course")
    settings, one = Settings.load(), EditionId.parse(edition)
    if not course.is_for_approval(settings, one):
        raise AirflowSkipException(f"{one}: заморожена для внутренней работы, никем не утверждается.")
    lines = course.hand_over(settings, one, by_whom=_by_whom(), today=_now().date())
    return "\n\n".join(lines)


def approval() -> HITLOperator:
    """The task that waits for a person; without defaults, so that its time-out is a failure and no answer."""
    return HITLOperator(
        task_id="approval",
        doc_md="Waits for a person who neither drafted nor submitted; silence approves nothing.",
        subject=f"Редакция отчета {EDITION}: утвердить?",
        body="{{ ti.xcom_pull(task_ids='submit') }}",
        options=[APPROVE, REJECT],
        params={
            "reason": Param("", type="string", title="Причина", description="Обязательна при отклонении")
        },
        response_timeout=PATIENCE,
        execution_timeout=None,
    )


@task.short_circuit
def record_decision(edition: str) -> bool:
    """Copy the decision with name and reason to the ledger; a rejection ends the run, and may be drafted anew."""
    answer = get_current_context()["ti"].xcom_pull(task_ids="approval")
    is_approved = answer["chosen_options"] == [APPROVE]
    course = importlib.import_module("o7_warehouse.editions.course")
    course.decided(
        Settings.load(), EditionId.parse(edition), is_approved=is_approved,
        by_whom=answer["responded_by_user"]["name"], reason=answer["params_input"].get("reason", ""),
        today=_now().date(),
    )  # fmt: skip
    return is_approved


@task
def issue(edition: str) -> None:
    """Issue what was approved, close its set to writers and queue it for its recipients, in one transaction."""
    course = importlib.import_module("o7_warehouse.editions.course")
    course.issue_once(Settings.load(), EditionId.parse(edition), by_whom=_by_whom())


@task(**OUTBOX)
def deliver(edition: str) -> None:
    """Send the edition to its recipients; tried again until everybody has it, or a person must do something."""
    course = importlib.import_module("o7_warehouse.editions.course")
    course.deliver_whole(Settings.load(), EditionId.parse(edition), now=_now())


@task
def show() -> None:
    """Write the portal anew, so that it lists the edition; recipients do not wait for it."""
    importlib.import_module("o7_warehouse.portal.build").publish_portal(Settings.load())


def _conf() -> dict[str, Any]:
    return get_current_context()["dag_run"].conf or {}


def _by_whom() -> str:
    """Who began the run: the person signed in, or the calendar."""
    return get_current_context()["dag_run"].triggering_user_name or BY_CALENDAR


def _now() -> datetime:
    return datetime.now(MOSCOW)
