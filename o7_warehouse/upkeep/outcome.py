"""How the steps of upkeep ended, for whoever watches: one small file per step in the state directory."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.settings import Settings

FOLDER: Final = "upkeep"
BEGUN, DONE, FAILED = "begun", "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is known of a step: when it began, how it stands, and the kind of its failure; when it last succeeded."""

    step: str
    began_at: str
    outcome: str
    error: str
    done_at: str


@contextmanager
def noted(settings: Settings, step: str) -> Iterator[None]:
    """Note that a step has begun, and how it ends; whatever kills it leaves the note of a beginning."""
    before = {one.step: one.done_at for one in outcomes(settings)}.get(step, "")
    began_at = _now()
    _write(settings, Outcome(step=step, began_at=began_at, outcome=BEGUN, error="", done_at=before))
    try:
        yield
    # Also a step that a person has interrupted was not done; whatever it is, it is raised again.
    except BaseException as error:
        kind = type(error).__name__
        _write(settings, Outcome(step=step, began_at=began_at, outcome=FAILED, error=kind, done_at=before))
        raise
    _write(settings, Outcome(step=step, began_at=began_at, outcome=DONE, error="", done_at=_now()))


def outcomes(settings: Settings) -> list[Outcome]:
    """What is known of every step that has ever begun."""
    return [
        Outcome(**json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((settings.state / FOLDER).glob("[!.]*.json"))
    ]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(settings: Settings, outcome: Outcome) -> None:
    folder = settings.state / FOLDER
    folder.mkdir(exist_ok=True)
    new = folder / f".{outcome.step}.json"
    new.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
    new.replace(folder / f"{outcome.step}.json")
