"""Whether a failure is tried again depends on the class of its error alone."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import errors
from tests.dags.conftest import airflow_environment

if TYPE_CHECKING:
    from pathlib import Path

DECIDE = """
import json
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
import _support
from o7_warehouse import errors
stored = json.loads(json.dumps(_support.DEFAULTS["retry_policy"].serialize()))
policy = ExceptionRetryPolicy.deserialize(stored)
known = [kind for kind in vars(errors).values() if isinstance(kind, type)]
kinds = [kind for kind in known if issubclass(kind, errors.O7Error)]
told = {kind.__name__: policy.evaluate(kind("x"), 1, 3).action.value for kind in [*kinds, KeyError, OSError]}
silent = AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))
told["AirflowRuntimeError"] = policy.evaluate(silent, 1, 3).action.value
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Class of error -> what the stored policy says of it."""
    home: Path = tmp_path_factory.mktemp("airflow")
    done = subprocess.run(
        [sys.executable, "-P", "-c", DECIDE],
        env=airflow_environment(home), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_what_may_pass_by_itself_is_tried_again(decisions: dict[str, str]) -> None:
    passing = {kind.__name__ for kind in subclasses(errors.TransientError)}

    assert passing
    assert {decisions[name] for name in passing} == {"default"}


def test_a_task_whom_airflow_could_not_answer_is_tried_again(decisions: dict[str, str]) -> None:
    assert decisions["AirflowRuntimeError"] == "default"


def test_what_only_a_person_can_mend_is_not(decisions: dict[str, str]) -> None:
    lasting = {kind.__name__ for kind in subclasses(errors.PermanentError)}

    assert len(lasting) > 5
    assert {decisions[name] for name in lasting} == {"fail"}


def test_an_error_nobody_foresaw_is_not_tried_again(decisions: dict[str, str]) -> None:
    assert decisions["KeyError"] == "fail"


def subclasses(base: type) -> list[type]:
    """Every error under ``base``, itself included."""
    return [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, base)]
