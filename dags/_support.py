"""The only seam between Airflow and the toolbox: what the DAG files of this folder are wired from."""

from __future__ import annotations

import importlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import CronPartitionTimetable, Param, get_current_context, task
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from cosmos import ProfileConfig
from cosmos.constants import InvocationMode
from cosmos.operators.local import DbtBuildLocalOperator

from o7_warehouse import dbt_runner, steps
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.errors import TransientError
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import XComArg

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
MOSCOW = ZoneInfo("Europe/Moscow")

# О7 closes its books by 00:30 and keeps the replica still until 05:00.
NIGHTLY = "30 1 * * *"
TIMETABLES: dict[str, Any] = {
    "": None,
    # The night is the partition: a run that starts on D+1 carries the key of D.
    "partitions": CronPartitionTimetable(
        NIGHTLY, timezone="Europe/Moscow", run_offset=-1, key_format="%Y-%m-%d"
    ),
    "cron": NIGHTLY,
}
TIMETABLE = TIMETABLES[Settings.load().timetable]

# The class of an error decides: what may pass by itself is tried again, everything else waits for a person.
# A task that was killed has no error; it is tried again as the number of retries says.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[RetryRule(exception=TransientError, action=RetryAction.DEFAULT)], default=RetryAction.FAIL
)
DEFAULTS = {
    "owner": "warehouse",
    "retries": 3,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=2),
}
RUN_ID = "{{ ti.xcom_pull(task_ids='open_night')['run_id'] }}"


@task
def open_night() -> dict[str, str]:
    """Decide which night this is, and open its run."""
    dag_run = get_current_context()["dag_run"]
    conf = dag_run.conf or {}
    night = conf.get("night") or dag_run.partition_key or _night_before(dag_run)
    opened = steps.open_night(
        Settings.load(),
        run_id=steps.run_id_for(dag_run.run_id, conf.get("run_id"), dag_run.clear_number or 0),
        night=date.fromisoformat(night) if night else None,
        trigger=str(dag_run.run_type),
    )
    return {"run_id": opened.run_id, "night": opened.night.isoformat(), "mode": opened.mode}


def _night_before(dag_run: Any) -> str | None:
    """The night of a run the plain timetable began: the day before it, in Moscow; none for a run by hand."""
    if dag_run.run_type != "scheduled":
        return None
    day = dag_run.run_after.astimezone(MOSCOW).date() - timedelta(days=1)
    return str(day.isoformat())


def verb(name: str, doc: str) -> XComArg:
    """The task that does one step of the toolbox."""

    @task(task_id=name, doc_md=doc)
    def perform(warehouse_run: str) -> None:
        steps.perform(Settings.load(), name, warehouse_run)

    return perform(RUN_ID)


def dbt_build(name: str, doc: str) -> DbtBuildLocalOperator:
    """The task in which dbt builds and tests one step of the night, in the task's own process."""
    return DbtBuildLocalOperator(
        task_id=name,
        doc_md=doc,
        project_dir=str(PROJECT),
        profile_config=ProfileConfig(
            profile_name="o7", target_name="warehouse", profiles_yml_filepath=str(PROJECT / "profiles.yml")
        ),
        select=steps.BUILDS[name],
        indirect_selection="buildable",
        invocation_mode=InvocationMode.DBT_RUNNER,
        interceptors=[_before_dbt],
        callback=_after_dbt,
        install_deps=False,
        emit_datasets=False,
        should_store_compiled_sql=False,
    )


def _before_dbt(context: Any, operator: Any) -> None:
    """Give dbt its address and its folders; after rendering, so that Airflow never stores them."""
    settings = Settings.load()
    run_id = context["ti"].xcom_pull(task_ids="open_night")["run_id"]
    operator.env = dbt_runner.begin(settings, run_id=run_id, step=operator.task_id)
    operator.dbt_cmd_global_flags = [*dbt_runner.QUIET]
    operator.dbt_cmd_flags = dbt_runner.flags(settings)


def _after_dbt(_project: str, *, context: Any, **_others: Any) -> None:
    """Keep what dbt did, and fail with a message of our own if a node failed."""
    run_id = context["ti"].xcom_pull(task_ids="open_night")["run_id"]
    dbt_runner.keep_results(Settings.load(), run_id=run_id, step=context["ti"].task_id)


@task(trigger_rule="all_done", retries=1)
def close_night() -> None:
    """Write the night's digest and its outcome, and fail the run if any step failed."""
    context = get_current_context()
    dag_run, ti = context["dag_run"], context["ti"]
    states = ti.get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id])[dag_run.run_id]
    unfinished = [name for name, state in states.items() if name != "close_night" and state != "success"]
    run_id = steps.run_id_for(dag_run.run_id, (dag_run.conf or {}).get("run_id"), dag_run.clear_number or 0)
    failure = steps.close_night(Settings.load(), run_id, unfinished=unfinished)
    if failure is not None:
        raise AirflowFailException(f"{failure.step}: {failure.message}")


UPKEEP_TIMETABLE = "0 12 * * 6" if Settings.load().timetable else None  # Saturdays: no working day waits


def upkeep(name: str, doc: str) -> XComArg:
    """The task that does one step of upkeep; what it says of itself is kept as its result: counts and places."""

    @task(task_id=name, doc_md=doc)
    def perform() -> str:
        return str(importlib.import_module("o7_warehouse.upkeep.steps").perform(Settings.load(), name))

    return perform()


# After the night, on days at which the edition of a quarter or a year can be due: its draft by the 3rd, or after the
# holidays of the New Year by the 12th.
EDITIONS = "0 8 1-14 1,4,7,10 *"
EDITION_TIMETABLE = EDITIONS if Settings.load().timetable else None
EDITION = "{{ ti.xcom_pull(task_ids='choose_edition') }}"
APPROVE, REJECT = "Утвердить", "Отклонить"
BY_CALENDAR = "Хранилище О7 (по календарю)"
# Longer than from the day a draft is due to the day its approval is; nobody's silence approves.
PATIENCE = timedelta(days=10)
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
    lines = course.hand_over(
        Settings.load(), EditionId.parse(edition), by_whom=_by_whom(), today=_now().date()
    )
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


def _conf() -> dict[str, Any]:
    return get_current_context()["dag_run"].conf or {}


def _by_whom() -> str:
    """Who began the run: the person signed in, or the calendar."""
    return get_current_context()["dag_run"].triggering_user_name or BY_CALENDAR


def _now() -> datetime:
    return datetime.now(MOSCOW)
