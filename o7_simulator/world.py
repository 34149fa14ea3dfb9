"""Making a whole world: schools in parallel, rows to a sink, counts to the truth.

Schools are dealt into shards of fixed size, so neither rows nor order depend on the number of processes.
"""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_simulator import nights, pupils, republic, staff
from o7_simulator.catalogues import StaffPositions, official_rule, staff_positions
from o7_simulator.leaves import answer, night_of
from o7_simulator.plan import Plan, Request, build_plan
from o7_simulator.sinks import Part, Sink, SinkSpec
from o7_simulator.tally import NightTally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


SHARD_PUPILS = 1200

Parts = list[dict[str, Part]]
"""By night: what a shard wrote of each entity."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Result of one shard: counts by night and what was written."""

    tallies: list[NightTally]
    parts: Parts


class Maker:
    """Makes shards; one for each process."""

    def __init__(self, request: Request, spec: SinkSpec) -> None:
        self.plan: Plan = build_plan(request)
        self.sink: Sink = spec.open()
        self.codes: StaffPositions = staff_positions()
        self.rule = official_rule()
        self.staff_counts = staff.pedagogical_counts(self.plan)
        self.nights = [night_of(request.clock, k) for k in range(request.clock.nights)]

    def make(self, number: int, schools: list[int]) -> Shard:
        """All nights of some schools."""
        tallies = [NightTally() for _ in self.nights]
        buffers: list[dict[str, list[str]]] = [{} for _ in self.nights]
        for index in schools:
            state = self._first_state(index)
            for night in self.nights:
                if night.k:
                    nights.advance(self.plan, state, night.k)
                self._count(state, night.k, tallies[night.k])
                if self.sink.wants(night.k):
                    _collect(state, buffers[night.k])
        return Shard(tallies, [self._write(k, number, buffer) for k, buffer in enumerate(buffers)])

    def make_republic(self, number: int) -> Shard:
        """The rows that belong to no school's people."""
        parts: Parts = []
        for night in self.nights:
            buffer: dict[str, list[str]] = {}
            if self.sink.wants(night.k):
                for entity, line in republic.rows(self.plan, night.k):
                    buffer.setdefault(entity, []).append(line)
            parts.append(self._write(night.k, number, buffer))
        return Shard([], parts)

    def _first_state(self, index: int) -> nights.SchoolState:
        school = self.plan.schools[index]
        taken: set[pupils.MatchKey] = set()
        people = pupils.make_pupils(self.plan, school, taken)
        employees = staff.make_staff(self.plan, school, self.staff_counts[index], self.codes)
        return nights.SchoolState(school, people, employees, taken)

    def _count(self, state: nights.SchoolState, k: int, tally: NightTally) -> None:
        night = self.nights[k]
        answers = (answer(p, night, self.rule) for p in state.pupils)
        tally.add_pupils((a for a in answers if a is not None), k)
        for employee in state.staff:
            school = staff.pedagogical_school(employee, night.day)
            if school is not None:
                tally.add_staff(school.index, has_access=staff.has_access(employee, night))

    def _write(self, k: int, number: int, buffer: dict[str, list[str]]) -> dict[str, Part]:
        return self.sink.write(k, number, buffer) if buffer else {}


def _collect(state: nights.SchoolState, buffer: dict[str, list[str]]) -> None:
    lines: defaultdict[str, list[str]] = defaultdict(list, buffer)
    for p in state.pupils:
        for rows in p.rows.values():
            for entity, line in rows:
                lines[entity].append(line)
    for employee in state.staff:
        for entity, line in staff.render(employee):
            lines[entity].append(line)
    buffer.update(lines)


_maker: Maker | None = None


def _start(request: Request, spec: SinkSpec) -> None:
    global _maker  # noqa: PLW0603
    _maker = Maker(request, spec)


def _work(number: int, schools: list[int]) -> Shard:
    assert _maker is not None  # noqa: S101
    return _maker.make(number, schools)


def make_world(
    request: Request, spec: SinkSpec, *, processes: int, progress: Callable[[int, int], None]
) -> tuple[Plan, list[NightTally], list[Parts]]:
    """Make every shard: the plan, the counts by night, and what was written, in the order of the shards.

    `progress` is called with the pupils made so far and the pupils in all.
    """
    maker = Maker(request, spec)
    shards = _deal(maker.plan)
    total = sum(school.pupils for school in maker.plan.schools)
    tallies = [NightTally() for _ in range(request.clock.nights)]
    parts: list[Parts] = []
    done = 0
    for schools, shard in zip(shards, _results(maker, request, spec, shards, processes), strict=True):
        for tally, more in zip(tallies, shard.tallies, strict=True):
            tally.merge(more)
        parts.append(shard.parts)
        done += sum(maker.plan.schools[index].pupils for index in schools)
        progress(done, total)
    parts.append(maker.make_republic(len(shards)).parts)
    return maker.plan, tallies, parts


def _results(
    maker: Maker, request: Request, spec: SinkSpec, shards: list[list[int]], processes: int
) -> Iterator[Shard]:
    if processes == 1 or len(shards) < 4:
        for number, schools in enumerate(shards):
            yield maker.make(number, schools)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _start, (request, spec)) as pool:
        yield from pool.map(_work, range(len(shards)), shards)


def _deal(plan: Plan) -> list[list[int]]:
    shards: list[list[int]] = [[]]
    size = 0
    for school in plan.schools:
        if size and size + school.pupils > SHARD_PUPILS:
            shards.append([])
            size = 0
        shards[-1].append(school.index)
        size += school.pupils
    return shards
