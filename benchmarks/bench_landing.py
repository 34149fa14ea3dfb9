"""A night on which one row in a hundred changed, landed by changes, against the same night landed whole.

Landing is all between the source and raw: extract, check_delivery and load, by Python and by the warehouse's server.
What the source's sessions take is told beside it: in production they run on О7's replica. Of every entity one row in a
hundred is touched by the cursor; where no row is another one's parent, one in a thousand is gone. Both sides land the
same night from the same base: before each turn the night is taken out of raw again. What the first night of changes
must make once (an index over the keys, the sums of the base) is told beside it. The world is one of its own
(`-landing` behind its folder's name).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql

from benchmarks.measure import Comparison, Cost, Sessions, cost_of
from benchmarks.world import arguments, opened, report, settings_of
from o7_warehouse import steps
from o7_warehouse.contract import read_contract
from o7_warehouse.load import NIGHT_TABLES
from o7_warehouse.synthetic import DATABASE, OWNER
from o7_warehouse.versions import undo_entity

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from benchmarks.world import World

    Costs = dict[str, list[dict[str, "StepCost"]]]

GOAL = 0.15
STEPS = ("extract", "check_delivery", "load")
WHOLE, CHANGES = "whole", "changes"
TOUCHED = "update o7_data.{entity} set modified_at = {instant} where abs(hashtext(source_id)) % 100 = 0"
GONE = "delete from o7_data.{entity} where abs(hashtext(source_id)) % 1000 = 1"


def main() -> None:
    """Make the two nights, then land the second one turn about."""
    options = arguments(__doc__)
    state = settings_of(options).state
    options.state = state.with_name(state.name + "-landing")
    with opened(options) as world:
        first = _first_night(world)
        made = _landed(world, CHANGES)
        print(f"the first night of changes: {_told(made)}")
        costs: Costs = {WHOLE: [], CHANGES: []}
        for pair in range(options.pairs + 1):
            for side in (WHOLE, CHANGES) if pair % 2 else (CHANGES, WHOLE):
                _take_back(world, first)
                cost = _landed(world, side)
                print(f"{side}: {_told(cost)}")
                if pair:
                    costs[side].append(cost)
    report(
        _compared(
            "landing of changes / landing whole", costs, lambda cost: cost.cpu - cost.source, goal=GOAL
        ),
        _compared("the source's sessions", costs, lambda cost: cost.source),
        _compared("both together", costs, lambda cost: cost.cpu),
        _compared("the same on the clock", costs, lambda cost: cost.wall),
    )


@dataclass(frozen=True, slots=True)
class StepCost(Cost):
    """The cost of a step, and what of it the source's sessions took."""

    source: float


def _compared(
    name: str, costs: Costs, seconds: Callable[[StepCost], float], *, goal: float | None = None
) -> Comparison:
    ours, limit = ([sum(map(seconds, cost.values())) for cost in costs[side]] for side in (CHANGES, WHOLE))
    return Comparison(name, goal, ours, limit)


def _first_night(world: World) -> date:
    """The base: the newest night but the one that is measured; received first where it is missing."""
    nights = [night for (night,) in world.ask("select night from raw_o7.night order by night")]
    if not nights:
        _landed(world, WHOLE)
        nights = [world.night()]
        _change_source(world, nights[0] + timedelta(days=1))
    first: date = nights[0]
    if len(nights) > 1:
        _take_back(world, first)
    return first


def _change_source(world: World, night: date) -> None:
    with (
        closing(psycopg2.connect(world.embedded.dsn(DATABASE, OWNER))) as source,
        source,
        source.cursor() as cursor,
    ):
        cursor.execute("select contract_version, snapshot_at + interval '1 day' from o7_export.v1_delivery")
        [(version, snapshot_at)] = cursor.fetchall()
        given = {"instant": sql.Literal(snapshot_at - timedelta(hours=12))}
        contract = read_contract()
        # Whoever took a parent away would leave rows that lead nowhere, which stops a night.
        parents = {parent for entity in contract.entities for parent in entity.parents.values()}
        for entity in contract.entity_names:
            for statement in (TOUCHED,) if entity in parents else (TOUCHED, GONE):
                cursor.execute(sql.SQL(statement).format(entity=sql.Identifier(entity), **given))
        cursor.execute(
            "create or replace view o7_export.v1_delivery as"
            " select %s::date as night, %s::timestamptz as snapshot_at, %s::text as contract_version",
            (night, snapshot_at, version),
        )


def _take_back(world: World, first: date) -> None:
    """Leave raw with its first night alone, and with the sums of it that the night before would have left."""
    night = world.night()
    if night == first:
        return
    with world.admin.cursor() as cursor:
        for entity in read_contract().entities:
            undo_entity(cursor, entity, night=night)
        for table in NIGHT_TABLES:
            cursor.execute(
                sql.SQL("delete from {} where night = %s").format(sql.Identifier("raw_o7", table)), (night,)
            )
        cursor.execute("delete from raw_o7.fingerprint; delete from raw_o7.fingerprint_state")
        cursor.execute("insert into raw_o7.fingerprint select * from public.bench_fingerprint")
        cursor.execute("insert into raw_o7.fingerprint_state select * from public.bench_fingerprint_state")
        cursor.execute("vacuum")
    world.settle()


def _landed(world: World, side: str) -> dict[str, StepCost]:
    """Land the night the source shows; step -> what it cost."""
    settings = replace(world.settings, read_changes=side == CHANGES)
    run_id = world.open_run()
    costs = {}
    for step in STEPS:
        with Sessions(world.postmaster, DATABASE) as source:
            cost = cost_of(partial(steps.perform, settings, step, run_id), postmaster=world.postmaster)
        costs[step] = StepCost(
            client=cost.client - source.looking, server=cost.server, wall=cost.wall, source=source.cpu
        )
        if step == "extract" and side == CHANGES:
            # What the base adds up to, as the loads that follow find it.
            world.ask(
                "create table if not exists public.bench_fingerprint as select * from raw_o7.fingerprint"
            )
            world.ask(
                "create table if not exists public.bench_fingerprint_state as select * from raw_o7.fingerprint_state"
            )
    return costs


def _told(cost: dict[str, StepCost]) -> str:
    return ", ".join(
        f"{step} {one.cpu - one.source:.2f} s and {one.source:.2f} s of the source ({one.wall:.1f} s of the clock)"
        for step, one in cost.items()
    )


if __name__ == "__main__":
    main()
