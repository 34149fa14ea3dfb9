"""The wrong night, and a second one at once, are refused before anything is read."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

import pytest

from o7_warehouse import run_choice, runs, steps
from o7_warehouse.audit.verify import verify
from o7_warehouse.errors import DeliveryError, NightError
from o7_warehouse.gate_in import gate_in
from o7_warehouse.settings import ROOT
from o7_warehouse.sources import SourceChoice
from tests.conftest import held_up
from tests.faults.house import FIRST, SECOND, House, assert_refused
from tests.faults.invariants import wait_for_the_killed
from tests.faults.planting import with_manifest
from tests.faults.silence import HOST, silent_port
from tests.journeys.states import KEY

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

FUTURE = "2099-01-01"


@pytest.fixture
def drop(small_world: Path, tmp_path: Path) -> Path:
    """The good drop of the second night."""
    return shutil.copytree(small_world / SECOND, tmp_path / "drop")


def delivering(drop: Path, night: str) -> str:
    """The drop as that of another night."""
    after = date.fromisoformat(night) + timedelta(days=1)
    with_manifest(night=night, snapshot_at=f"{after}T00:10:00+03:00")(drop)
    return str(drop)


@pytest.mark.parametrize(
    ("delivered", "asked_for", "says"),
    [
        pytest.param(
            FUTURE, None,
            (f"delivers the night {FUTURE}, which is in the future", "cannot be known", "see the clock"),
            id="a delivery of the future",
        ),
        pytest.param(
            SECOND, FUTURE,
            (f"The night {FUTURE} is in the future", "Nothing can be known of it", "Name a night that is over"),
            id="a night of the future asked for",
        ),
        pytest.param(
            SECOND, "2025-12-17",
            (f"2025-12-17 was asked for, and the source delivers {SECOND}", "must not be taken for those of another",
             "wait for the right delivery"),
            id="another night than the one delivered",
        ),
        pytest.param(
            "2025-12-14", None,
            (f"delivers the night 2025-12-14, and {FIRST} is already loaded", "loaded in their order",
             "wait for a newer delivery"),
            id="an earlier night than the newest loaded",
        ),
        pytest.param(
            SECOND, "2025-12-14",
            (f"2025-12-14 was never loaded, and {FIRST} already is", "the past cannot be fetched", "is retained"),
            id="a night that was missed",
        ),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("untouched")
def test_the_wrong_night_is_refused(
    house: House,
    small_world: Path,
    drop: Path,
    delivered: str,
    asked_for: str | None,
    says: tuple[str, str, str],
) -> None:
    night = date.fromisoformat(asked_for) if asked_for else None

    attempt = house.attempt(night, O7_DROP=delivering(drop, delivered))

    assert_refused(attempt, small_world, step="open_night", error=NightError, says=says)


@pytest.mark.usefixtures("untouched")
def test_a_state_of_the_future_is_refused_as_a_clock_that_jumped(
    house: House, small_world: Path, drop: Path
) -> None:
    with_manifest(snapshot_at=f"{FUTURE}T00:10:00+03:00")(drop)

    attempt = house.attempt(O7_DROP=str(drop))

    says = (
        f"its state of {FUTURE}T00:10:00+03:00, which is in the future",
        "the nights after it could not be",
        "about the clock",
    )
    assert_refused(attempt, small_world, step="open_night", error=NightError, says=says)


@pytest.mark.usefixtures("untouched")
def test_a_second_run_at_once_is_refused_with_the_night_at_work(
    house: House, small_world: Path, drop: Path
) -> None:
    settings, first = house.settings(O7_DROP=str(drop)), str(uuid.uuid4())
    with runs.hold_lock(settings, run_id=first):
        steps.open_night(settings, run_id=first, night=None, trigger="test")

        attempt = house.attempt(O7_DROP=str(drop))

        says = (
            f"Another run is at work: the night {SECOND}, since",
            "would mix their rows",
            "Wait until it has ended",
        )
        assert_refused(attempt, small_world, step="open_night", error=NightError, says=says)
        assert runs.current(settings, first).night.isoformat() == SECOND
        with pytest.raises(NightError, match="Another run is at work"), runs.hold_lock(settings):
            pass
    runs.close_run(settings, first, outcome="failed", message="the test is over")


def killed(command: subprocess.Popen[str]) -> None:
    """Kill a command with everything it has started."""
    with suppress(ProcessLookupError):
        os.killpg(command.pid, signal.SIGKILL)


@pytest.mark.full
@pytest.mark.usefixtures("untouched")
def test_of_five_commands_at_once_one_works_and_four_say_so(house: House) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    with silent_port() as port, ExitStack() as stack:
        # The one that works waits for its source, so that nothing comes of it.
        source = f"postgresql://reader:x@{HOST}:{port}/o7?connect_timeout=300"
        words = ["night", "--inline", "--source", source, "--state", str(house.state.folder)]
        commands = []
        for _ in range(5):
            one = subprocess.Popen(
                [sys.executable, "-P", "-m", "o7_warehouse", *words],
                env=environment | {"PYTHONPATH": str(ROOT), "O7_PSEUDONYM_KEY": KEY}, cwd=ROOT,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
            )  # fmt: skip
            commands.append(stack.enter_context(one))
            stack.callback(killed, one)
        while sum(one.poll() is None for one in commands) > 1:
            time.sleep(0.2)
        [working] = [one for one in commands if one.poll() is None]
        refused = [one for one in commands if one is not working]
        said = [one.communicate()[1] for one in refused]
    # The lock of a killed run goes with its connection, and the tests after this one open nights too.
    with house.state.asking() as cursor:
        wait_for_the_killed(cursor)

    assert [one.returncode for one in refused] == [3] * 4, said
    assert all("Another run is at work" in words for words in said), said


@pytest.mark.parametrize(
    ("clock", "is_over"),
    [
        pytest.param("2025-12-16T20:59:59+00:00", False, id="a second before midnight in Moscow"),
        pytest.param("2025-12-16T21:00:00+00:00", True, id="midnight in Moscow, evening in UTC"),
        pytest.param("2025-12-15T12:00:00-11:00", False, id="a clock a day behind"),
        pytest.param("2027-01-01T00:00:00+14:00", True, id="a clock a year ahead", marks=pytest.mark.full),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_the_night_is_told_by_its_delivery_and_the_clock_only_says_whether_it_is_over(
    house: House, drop: Path, monkeypatch: pytest.MonkeyPatch, clock: str, *, is_over: bool
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromisoformat(clock).astimezone(tz)

    monkeypatch.setattr(run_choice, "datetime", Clock)

    attempt = house.attempt(until="extract", O7_DROP=str(drop))

    assert (attempt.failure is None) is is_over
    if is_over:
        run = runs.find(house.settings(), attempt.run_id)
        assert run is not None
        assert run.night.isoformat() == SECOND
    else:
        assert attempt.failure is not None
        assert "in the future" in attempt.failure.message


@pytest.mark.usefixtures("untouched")
def test_a_run_that_was_killed_leaves_no_address_of_its_source_behind(house: House, drop: Path) -> None:
    settings, killed = house.settings(O7_DROP=str(drop)), str(uuid.uuid4())
    steps.open_night(settings, run_id=killed, night=None, trigger="test")
    assert SourceChoice.is_stored(settings, killed)

    house.attempt(until="extract", O7_DROP=str(drop))

    assert not SourceChoice.is_stored(settings, killed)


@pytest.mark.usefixtures("untouched")
def test_a_source_that_shows_another_state_than_it_was_opened_for_is_refused(
    house: House, drop: Path
) -> None:
    settings, run_id = house.settings(O7_DROP=str(drop)), str(uuid.uuid4())
    steps.open_night(settings, run_id=run_id, night=None, trigger="test")
    with_manifest(snapshot_at="2025-12-17T02:00:00+03:00")(drop)

    with pytest.raises(DeliveryError, match="Two states must not be mixed"):
        steps.perform(settings, "extract", run_id)

    failure = steps.close_night(settings, run_id, unfinished=["extract"])
    assert failure is not None
    assert failure.message.endswith("Start the night again.")


@pytest.mark.usefixtures("untouched")
def test_a_run_that_ended_while_its_rows_were_examined_adds_nothing_to_its_sealed_audit(
    house: House, small_world: Path
) -> None:
    settings, run_id = house.settings(O7_DROP=str(small_world / FIRST)), str(uuid.uuid4())
    steps.open_night(settings, run_id=run_id, night=None, trigger="test")

    with held_up(settings, "raw_o7.absent_column", lambda: gate_in(settings, run_id)) as late:
        runs.close_run(settings, run_id, outcome="failed", message="the test ends it")

    with pytest.raises(NightError, match="has ended"):
        late.result()
    with house.state.asking() as cursor:
        cursor.execute("select count(*) from audit.rule_result where run_id = %s", (run_id,))
        assert cursor.fetchall() == [(0,)]


def test_the_audit_of_all_these_nights_is_sealed_and_sound(house: House) -> None:
    verdict = verify(house.settings())

    assert verdict.damages == []
    with house.state.asking() as cursor:
        cursor.execute("select count(*) from audit.run_outcome")
        [(ended,)] = cursor.fetchall()
        cursor.execute(
            "select (content #>> '{tables,rule_result,count}')::int from audit.seal where run_id = %s",
            (house.run_id,),
        )
        [(rules,)] = cursor.fetchall()
    assert verdict.seals == ended
    assert rules > 300
