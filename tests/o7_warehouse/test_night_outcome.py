"""Every night leaves how it ended: published, held, failed, killed, or never opened at all."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import failures, night_outcome, runs, steps
from o7_warehouse.errors import SourceUnavailableError
from o7_warehouse.night_outcome import State
from o7_warehouse.warehouse import transaction
from tests.conftest import open_folder
from tests.deliveries import NIGHT, asked, emptied, opened, small_world, write_drop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings


@pytest.fixture(autouse=True)
def _no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of these tests has loaded nothing, so it has no digest."""
    monkeypatch.setattr(steps, "_digest", lambda *_: None)


@pytest.fixture
def house(warehouse_database: Settings) -> Iterator[Settings]:
    """A warehouse without a single run, and a delivery for whoever opens one."""
    with open_folder() as folder:
        write_drop(folder, small_world(3))
        yield replace(emptied(warehouse_database), drop=folder, source_dsn=None)


def newest(settings: Settings) -> night_outcome.NightOutcome:
    """The outcome that was written last."""
    with transaction(settings, "o7_reporter") as connection, connection.cursor() as cursor:
        return night_outcome.newest(cursor)[0]


def test_a_night_that_went_well_is_published(house: Settings) -> None:
    run_id = opened(house)

    assert steps.close_night(house, run_id, unfinished=[]) is None

    told = newest(house)
    assert (told.run_id, told.night, told.state, told.step, told.reason) == (
        run_id, NIGHT, State.published, "", "",
    )  # fmt: skip
    assert told.started_at is not None
    assert told.started_at <= told.ended_at


def test_a_failed_night_says_which_step_and_which_class_of_error(house: Settings) -> None:
    run_id = opened(house)
    with pytest.raises(SourceUnavailableError), steps.recorded(house, "extract", run_id):
        raise SourceUnavailableError("What. Why. How.")

    steps.close_night(house, run_id, unfinished=["extract", "load"])

    told = newest(house)
    assert (told.state, told.step, told.reason, told.message) == (
        State.failed, "extract", "SourceUnavailableError", "What. Why. How.",
    )  # fmt: skip


def test_a_night_that_could_not_be_opened_has_an_outcome_without_a_night(house: Settings) -> None:
    run_id = str(uuid.uuid4())
    with pytest.raises(SourceUnavailableError), steps.recorded(house, "open_night", run_id):
        raise SourceUnavailableError("What. Why. How.")

    failure = steps.close_night(house, run_id, unfinished=["open_night", "extract"])

    told = newest(house)
    assert failure is not None
    assert (told.run_id, told.night, told.state, told.reason) == (
        run_id, None, State.failed, "SourceUnavailableError",
    )  # fmt: skip


def test_a_held_night_is_no_published_one(house: Settings) -> None:
    run_id = opened(house)
    with transaction(house, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute("update audit.run set trigger = 'hold B1' where run_id = %s", (run_id,))

    steps.close_night(house, run_id, unfinished=["publish", "restate", "render", "portal"])

    assert newest(house).state is State.held


def test_a_killed_night_gets_its_outcome_from_the_night_after_it(house: Settings) -> None:
    killed, after = opened(house), str(uuid.uuid4())

    steps.open_night(house, run_id=after, night=None, trigger="test")

    told = newest(house)
    assert (told.run_id, told.state, told.reason) == (killed, State.interrupted, "killed")
    runs.close_run(house, after, outcome="success", message="")
    assert night_outcome.note_untold(house) == 1
    assert night_outcome.note_untold(house) == 0


def test_a_killed_night_keeps_the_word_it_left_beside_the_logs(house: Settings) -> None:
    killed = opened(house)
    left = failures.Failure(step="load", error="WarehouseUnavailableError", exit_code=4, message="Silent.")
    failures.write_failure(house, killed, left)
    opened(house)

    night_outcome.note_untold(house)

    told = newest(house)
    assert (told.run_id, told.step, told.reason) == (killed, "load", "WarehouseUnavailableError")


def test_closing_twice_tells_it_once(house: Settings) -> None:
    run_id = opened(house)

    for _ in range(2):
        steps.close_night(house, run_id, unfinished=["load"])

    told = asked(house, "select state from audit.night_outcome where run_id = %s", (run_id,))
    assert told == [("failed",)]


def test_a_night_without_a_warehouse_still_says_what_stopped_it(state: Path) -> None:
    from o7_warehouse.settings import Settings  # noqa: PLC0415 - settings of a warehouse that is not there

    settings, run_id = Settings.load(state, {}), str(uuid.uuid4())
    left = failures.Failure(step="open_night", error="ServerError", exit_code=3, message="No server.")
    failures.write_failure(settings, run_id, left)

    assert steps.close_night(settings, run_id, unfinished=["open_night"]) == left
