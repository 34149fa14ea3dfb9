"""Trials of a night that is killed anywhere: planned by a seed, begun again until it ends, and then examined.

A trial walks the second night of a small world in a process, as ``python -m o7_warehouse.walk`` does. Its delivery
holds rows of a pupil nobody knows, which must end in quarantine, and every other row in its place. The faults strike
at a step and a part of the time that step takes; what they strike depends on the seed, not on how busy the machine is.
After each fault the invariants that must always hold are asked, at the end all of them, and the truth of the simulator.
Of a pupil whose name exists nowhere else nothing may be told: not in files, logs or tables that hold no personal data.
"""

from __future__ import annotations

import shutil
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from o7_warehouse import server
from o7_warehouse.errors import LapseError, PermanentError, TransientError
from o7_warehouse.lapse.judge import must_be_true
from o7_warehouse.walk import LINE
from tests.faults.bases import copied
from tests.faults.canaries import PERSONAL, VALID, found_in_files, found_in_tables
from tests.faults.invariants import Known, Violated, delivered_by, said_by, violated
from tests.faults.planting import POISON
from tests.faults.strikes import SOURCE, WALK, Fault, Night, plan
from tests.faults.walking import begun
from tests.journeys.conftest import FIRST, SECOND

if TYPE_CHECKING:
    from tests.faults.bases import Base
    from tests.journeys.states import State

# How often a trial is made that nothing strikes, each time with half the wait of the time before.
MOST_TRIES: Final = 5
# A night that was killed may be refused once more, where what it had built went with the server; then it must end.
MOST_BEGINNINGS: Final = 3
FORESEEN: Final = {0, PermanentError.exit_code, TransientError.exit_code}
# Beyond it a night hangs: no fault may cost more than the goal allows.
PATIENCE_SECONDS: Final = 900
# Each beginning has another time zone, as if another machine went on: the night is told by its delivery alone.
# What every beginning has printed; it is searched like any other file.
WORDS: Final = "words.log"
ZONES: Final = ("UTC", "Pacific/Kiritimati", "America/Los_Angeles")
REPEAT: Final = "./o7 bench faults --trials 1 --seed {seed}"


@dataclass
class Trial:
    """How a trial went: what struck and where, what may not be, and seconds from the last fault to the end.

    ``late`` is what was planned and did not strike, for the night had ended. The wait is a part of the time the step
    took in another night; near the end of a night, on a machine that is less busy now, it may be longer than the rest.
    """

    seed: int
    faults: list[Fault]
    repeat: str
    struck: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    violated: list[Violated] = field(default_factory=list)
    beginnings: int = 0
    recovery_seconds: float = 0.0

    def __str__(self) -> str:
        told = "; ".join(map(str, self.violated)) or "sound"
        return (
            f"seed {self.seed}: {', '.join(self.struck) or 'nothing struck'}; {len(self.late)} too late; begun "
            f"{self.beginnings} times, ended {self.recovery_seconds:.0f} s after the last fault; {told}. "
            f"Alone: {self.repeat}"
        )


def tried(base: Base, seed: int, *, faults: int | None = None) -> Trial:
    """One trial of so many faults (None: one to three); one that nothing struck has tried nothing and is made again.

    Its state directory stays where something may not be.
    """
    repeat = REPEAT.format(seed=seed) + (f" --faults {faults}" if faults else "")
    planned = plan(seed, faults)
    for _ in range(MOST_TRIES):
        trial = Trial(seed, planned, repeat)
        _try(base, trial)
        if trial.struck or trial.violated:
            break
        planned = [replace(one, part=one.part / 2) for one in planned]
    return trial


def _try(base: Base, trial: Trial) -> None:
    """Live through the night of a trial in a copy of the state, and judge what is left."""
    state = copied(base, f"trial-{trial.seed}")
    # Whoever is killed is not the server's last user, so it is there to be asked.
    with server.running(state.settings()):
        known = Known(delivered_by(base.world / FIRST, base.world / SECOND), said_by(state.settings()))
        _live_through(base, trial, state, known)
        if not trial.violated:
            _judge(base, trial, state, replace(known, said=known.said | base.said))
    if not trial.violated:
        shutil.rmtree(state.folder)


def _live_through(base: Base, trial: Trial, state: State, known: Known) -> None:
    """Begin the night, let the faults strike one after the other, and begin it again until it ends."""
    waiting, again = list(trial.faults), None
    while trial.beginnings < len(trial.faults) + MOST_BEGINNINGS:
        trial.beginnings += 1
        night = Night(state, again or str(uuid.uuid4()), base.spans, is_resumed=again is not None)
        is_of_source = bool(waiting) and waiting[0].kind == SOURCE
        code, words, seconds, struck = _begun(base, trial, night, waiting)
        trial.recovery_seconds = seconds + (0 if struck else trial.recovery_seconds)
        if code == 0 and not is_of_source:
            trial.late = [f"{one.kind} in {one.step}" for one in waiting]
            return
        if code not in FORESEEN and not any(one.kind == WALK for one in struck):
            trial.violated.append(Violated("foreseen", f"exit code {code}: {words[-300:]}", 1))
            return
        began = time.monotonic()
        with server.running(state.settings()):
            # Where it was killed, the server has read its log again by now.
            trial.recovery_seconds += time.monotonic() - began
            trial.violated += violated(state.settings(), known, has_ended=False)
            goes_on = bool(struck) and struck[-1].is_resumed and not is_of_source
            again = night.run_id if goes_on and night.is_open() else None
        if trial.violated:
            return
    trial.violated.append(
        Violated("ends", "beginnings after which the night had not ended", trial.beginnings)
    )


def _begun(
    base: Base, trial: Trial, night: Night, waiting: list[Fault]
) -> tuple[int, str, float, list[Fault]]:
    """Walk once, struck by what waits until the process dies of it.

    Returns the exit code, what was printed, seconds since the last strike or the beginning, and what struck.
    """
    with ExitStack() as stack:
        is_of_source = bool(waiting) and waiting[0].kind == SOURCE
        source, due = {"O7_DROP": str(base.world / SECOND)}, len(waiting)
        options = ["--run-id", night.run_id, "--from", night.next_step() if night.is_resumed else LINE[0]]
        if is_of_source:
            # The replica is read and never loaded: it holds no poison.
            source, due = {"O7_SOURCE_DSN": stack.enter_context(night.source_that_breaks_off())}, 1
            options += ["--until", "extract"]
        zone = {"TZ": ZONES[(trial.seed + trial.beginnings) % len(ZONES)]}
        words = night.state.folder / WORDS
        # A process may be struck before it has said, or even opened, anything.
        words.touch()
        process = begun([str(night.state.folder), *options], source | zone, words)
        began, struck = time.monotonic(), []
        while len(struck) < due:
            place = night.strike(waiting[0], process)
            if place is None:
                break
            began = time.monotonic()
            trial.struck.append(f"{waiting[0].kind} in {place}")
            struck.append(waiting.pop(0))
        process.join(timeout=PATIENCE_SECONDS)
        code = process.exitcode
        if code is None:
            process.kill()
            raise SystemExit(f"{trial}: the night hung for {PATIENCE_SECONDS} s. See {night.state.folder}.")
        return code, words.read_text(encoding="utf-8"), time.monotonic() - began, struck


def _judge(base: Base, trial: Trial, state: State, known: Known) -> None:
    """When all is over: every invariant, the truth, and the bytes of an undisturbed night's reports."""
    settings = state.settings()
    trial.violated += violated(settings, known, has_ended=True)
    try:
        with server.running(settings):
            must_be_true(settings, base.month, [FIRST, SECOND])
    except LapseError as error:
        trial.violated.append(Violated("truth", str(error), 1))
    [(aside,)] = state.execute(
        "select count(*) from quarantine.entry where night = %s and source_id like %s", SECOND, f"{POISON}%"
    )
    if aside != base.poison:
        trial.violated.append(
            Violated("rows_accounted", "poison rows not in quarantine", base.poison - aside)
        )
    trial.violated += _told_of_a_pupil(state)
    made = state.reports()
    other = [path for path, digest in base.reports.items() if made.get(path) != digest]
    if other:
        trial.violated.append(
            Violated("nothing_lost", "files that are not an undisturbed night's", len(other))
        )


def _told_of_a_pupil(state: State) -> list[Violated]:
    """Where the name of the planted pupil stands though it may not."""
    hits = found_in_files(state.folder, without=state.folder / "postgres" / "data")
    with state.asking() as cursor:
        hits |= found_in_tables(cursor, PERSONAL, but=True)
        cursor.execute(
            "select count(*) from raw_o7.person where last_name = %s", (VALID["person"]["last_name"],)
        )
        [(came_in,)] = cursor.fetchall()
    found = [
        Violated("nothing_personal", f"names of the planted pupil in {place}", 1) for place in sorted(hits)
    ]
    return found if came_in else [*found, Violated("nothing_personal", "pupils that were to be planted", 1)]
