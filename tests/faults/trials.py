"""Trials of a night that is killed anywhere: planned by a seed, begun again until it ends, and then examined.

A trial walks the second night of a small world in a process, as ``python -m o7_warehouse.walk`` does. Its delivery
holds rows of a pupil nobody knows, which must end in quarantine, and every other row in its place. The faults strike
at a step and a part of the time that step takes; what they strike depends on the seed, not on how busy the machine is.
After each fault the invariants that must always hold are asked, at the end all of them, and the truth of the simulator.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from o7_warehouse import server
from o7_warehouse.errors import LapseError, PermanentError, TransientError
from o7_warehouse.lapse.judge import must_be_true
from o7_warehouse.lapse.month import Month, Size
from o7_warehouse.settings import ROOT
from o7_warehouse.walk import LINE
from tests.faults.invariants import Known, Violated, delivered_by, said_by, violated
from tests.faults.planting import POISON, with_poison
from tests.faults.strikes import SOURCE, STEPS, WALK, Fault, Night, plan
from tests.journeys.conftest import FIRST, SECOND, simulate
from tests.journeys.states import KEY, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PUPILS: Final = 80
# A night that was killed may be refused once more, where what it had built went with the server; then it must end.
MOST_BEGINNINGS: Final = 3
FORESEEN: Final = {0, PermanentError.exit_code, TransientError.exit_code}
# Beyond it a night hangs: no fault may cost more than the goal allows.
PATIENCE_SECONDS: Final = 900
# Each beginning has another time zone, as if another machine went on: the night is told by its delivery alone.
ZONES: Final = ("UTC", "Pacific/Kiritimati", "America/Los_Angeles")
REPEAT: Final = "./o7 bench faults --trials 1 --seed {seed} --faults {faults}"


@dataclass(frozen=True)
class Base:
    """A state directory after the first night, what the second one delivers, and what must come of it."""

    folder: Path
    size: Size
    spans: Mapping[str, float]
    said: Mapping[str, str]
    reports: Mapping[str, str]
    poison: int
    normal_seconds: float | None

    @property
    def world(self) -> Path:
        """The drop folders with their truth."""
        return self.folder / "world"

    @property
    def month(self) -> Month:
        """The truth of both nights."""
        truth = json.loads((self.world / "truth.json").read_text(encoding="utf-8"))
        return Month(self.world, self.size, (), truth)


@dataclass
class Trial:
    """How a trial went: what struck and where, what may not be, and seconds from the last fault to the end."""

    seed: int
    faults: list[Fault]
    struck: list[str] = field(default_factory=list)
    violated: list[Violated] = field(default_factory=list)
    beginnings: int = 0
    recovery_seconds: float = 0.0

    def __str__(self) -> str:
        told = "; ".join(map(str, self.violated)) or "sound"
        return (
            f"seed {self.seed}: {', '.join(self.struck) or 'nothing struck'}; begun {self.beginnings} times, ended "
            f"{self.recovery_seconds:.0f} s after the last fault; {told}. Alone: "
            f"{REPEAT.format(seed=self.seed, faults=len(self.faults))}"
        )


def prepared(folder: Path, *, pupils: int = PUPILS, is_measured: bool) -> Base:
    """The first night walked to its end; with ``is_measured`` the second one undisturbed too, in a copy."""
    size = Size(pupils=pupils, nights=2, seed=22)
    simulate(*size.options(2), "--to", str(folder / "world"))
    poison = with_poison(folder / "world" / SECOND)
    base = State(folder / "base")
    spans = _walk_to_end(base, folder / "world" / FIRST)
    with server.running(base.settings()) as running:
        simulate(*size.options(2), "--to", running.dsn("o7", "o7_source"))
    made = Base(folder, size, spans, said_by(base.settings()), {}, poison, None)
    if not is_measured:
        return made
    calm = _copied(made, "undisturbed")
    spans = _walk_to_end(calm, folder / "world" / SECOND)
    said, reports = said_by(calm.settings()), calm.reports()
    shutil.rmtree(calm.folder)
    return replace(made, spans=spans, said=said, reports=reports, normal_seconds=sum(spans.values()))


def tried(
    base: Base, seed: int, *, faults: int | None = None, planned: Sequence[Fault] | None = None
) -> Trial:
    """One trial of so many faults (None: one to three), or of those given.

    Its state directory stays where something may not be.
    """
    trial = Trial(seed, list(planned or plan(seed, faults)))
    state = _copied(base, f"trial-{seed}")
    known = Known(delivered_by(base.world / FIRST, base.world / SECOND), said_by(state.settings()))
    _live_through(base, trial, state, known)
    if not trial.violated:
        _judge(base, trial, state, replace(known, said=known.said | base.said))
    if not trial.violated:
        shutil.rmtree(state.folder)
    return trial


def _live_through(base: Base, trial: Trial, state: State, known: Known) -> None:
    """Begin the night, let the faults strike one after the other, and begin it again until it ends."""
    waiting, again = list(trial.faults), None
    while trial.beginnings < len(trial.faults) + MOST_BEGINNINGS:
        trial.beginnings += 1
        fault = waiting.pop(0) if waiting else None
        night = Night(state, again or str(uuid.uuid4()), base.spans, is_resumed=again is not None)
        code, words, seconds = _begun(base, trial, night, fault)
        trial.recovery_seconds = seconds + (0 if fault else trial.recovery_seconds)
        if code == 0 and not (fault and fault.kind == SOURCE):
            return
        if code not in FORESEEN and not (fault and fault.kind == WALK):
            trial.violated.append(Violated(f"foreseen: {words[-300:]}", f"exit code {code}", 1))
            return
        began = time.monotonic()
        with server.running(state.settings()):
            # Where it was killed, the server has read its log again by now.
            trial.recovery_seconds += time.monotonic() - began
            trial.violated += violated(state.settings(), known, has_ended=False)
            goes_on = fault is not None and fault.is_resumed and fault.kind != SOURCE
            again = night.run_id if goes_on and night.is_open() else None
        if trial.violated:
            return
    trial.violated.append(
        Violated("ends", "beginnings after which the night had not ended", trial.beginnings)
    )


def _begun(base: Base, trial: Trial, night: Night, fault: Fault | None) -> tuple[int, str, float]:
    """Walk once, struck by a fault or undisturbed: exit code, last words, seconds since the fault or the beginning."""
    with ExitStack() as stack:
        source = {"O7_DROP": str(base.world / SECOND)}
        if fault and fault.kind == SOURCE:
            # The replica is read and never loaded: it holds no poison.
            source = {"O7_SOURCE_DSN": stack.enter_context(night.source_that_breaks_off())}
        options = ["--run-id", night.run_id, "--from", night.next_step() if night.is_resumed else LINE[0]]
        options += ["--until", "extract"] if fault and fault.kind == SOURCE else []
        zone = {"TZ": ZONES[(trial.seed + trial.beginnings) % len(ZONES)]}
        process = stack.enter_context(_walking(night.state, options, source | zone))
        began = time.monotonic()
        if fault and (place := night.strike(fault, process)):
            began = time.monotonic()
            trial.struck.append(f"{fault.kind} in {place}")
        _, words = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, words, time.monotonic() - began


def _walking(state: State, options: list[str], more: dict[str, str]) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "o7_warehouse.walk", str(state.folder), *options],
        env=environment | {"PYTHONPATH": str(ROOT), "O7_PSEUDONYM_KEY": KEY} | more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


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
    made = state.reports()
    other = [path for path, digest in base.reports.items() if made.get(path) != digest]
    if other:
        trial.violated.append(
            Violated("nothing_lost", "files that are not an undisturbed night's", len(other))
        )


def _walk_to_end(state: State, drop: Path) -> dict[str, float]:
    """Walk undisturbed; the seconds each step took from the end of the one before, the first from the beginning."""
    began = dt.datetime.now(dt.UTC)
    walked = state.walk(O7_DROP=str(drop))
    over = dt.datetime.now(dt.UTC)
    if walked.code:
        raise SystemExit(f"An undisturbed night did not end, so nothing can be tried: {walked.words[-500:]}")
    ended = dict(
        state.execute(
            "select task, max(finished_at) from audit.task_record where run_id = %s group by 1", walked.run_id
        )
    )
    instants = [began, *(ended[step] for step in STEPS[:-1]), over]
    return {step: (instants[place + 1] - instants[place]).total_seconds() for place, step in enumerate(STEPS)}


def _copied(base: Base, name: str) -> State:
    """A copy of the state directory, the server's files with their owner."""
    folder = base.folder / name
    if folder.exists():
        shutil.rmtree(folder)
    subprocess.run(["cp", "-a", "--reflink=auto", str(base.folder / "base"), str(folder)], check=True)
    return State(folder)
