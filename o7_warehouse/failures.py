"""What stopped a step of a night, noted beside the logs: it is there also where the warehouse does not answer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from o7_warehouse import errors
from o7_warehouse.errors import O7Error, PermanentError

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What stopped a step: for the command line and the audit, never with a child's data."""

    step: str
    error: str
    exit_code: int
    message: str


def read_failure(settings: Settings, run_id: str) -> Failure | None:
    """What stopped a run, as its step noted it."""
    path = _failure_file(settings, run_id)
    return Failure(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def write_failure(settings: Settings, run_id: str, failure: Failure) -> None:
    """Note what stopped a step of a run."""
    path = _failure_file(settings, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(failure), ensure_ascii=False), encoding="utf-8")


def forget_failure(settings: Settings, run_id: str, step: str) -> None:
    """Take the note of a step away that was done after all."""
    # A retry succeeded: what stopped the step before is no outcome any more.
    failure = read_failure(settings, run_id)
    if failure is not None and failure.step == step:
        _failure_file(settings, run_id).unlink()


def as_error(failure: Failure) -> O7Error:
    """The error of the step once more, so that a command ends with the exit code of its class."""
    kind = getattr(errors, failure.error, PermanentError)
    if not issubclass(kind, O7Error):
        return PermanentError(failure.message)
    return kind(f"{failure.step}: {failure.message}")


def _failure_file(settings: Settings, run_id: str) -> Path:
    return settings.state / "logs" / f"{run_id}.failure.json"
