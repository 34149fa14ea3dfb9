"""Portfolio, readings, gaps and every roll-up as dbt builds them, against queries written by hand, one per table.

Ours is what dbt ran to make the tables of each group, once more into the schema `bench`, statistics included; dbt's own
start is left out. The limits are the queries of `by_hand/`, with the same predicates. Every table by hand must hold
what ours holds, or nothing is measured. A pupil has `--items` documents on average: those of the world, copied with
other identities until they are so many.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg2 import sql

from benchmarks.lineage import SCHEMA, Lineage, Project
from benchmarks.measure import TICKS, Comparison, in_turns
from benchmarks.world import arguments, opened, report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.world import World

BY_HAND = Path(__file__).parent / "by_hand"
ITEMS = "stg_o7__portfolio_items"
# Where the copied documents stay while the schema of the results is emptied.
SOURCE = "bench_source"
LAYERS, FIGURES_SCHEMA = ("intermediate", "marts"), "indicators"
COLUMNS = (
    "select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
)
ONLY_HERE = sql.SQL("select count(*) from (select {c} from {a} except all select {c} from {b}) as only_here")
GOAL = 1.5
CLOCK = 1 / TICKS  # the least the system counts
FIGURES = {
    "values": "ind_quotients",
    "losses": "indicator_losses",
    "wins": "nearest_wins",
    "leaf_counts": "leaf_counts",
    "breakdowns": "indicator_breakdowns",
    "portfolio_counts": "portfolio_counts",
    "population_counts": "population_counts",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Tables measured together: query by hand -> the table of ours that must hold the same."""

    name: str
    by_hand: Mapping[str, str]
    is_whole_schema: bool = False


GROUPS = (
    Group("portfolio", {"portfolio": "fct_portfolio_item"}),
    Group("readings", {"pupil_readings": "fct_pupil_reading", "staff_readings": "fct_staff_reading"}),
    Group("gaps", {"gaps": "fct_profile_gap"}),
    Group("roll-ups", FIGURES, is_whole_schema=True),
)
# Made before anything here, by both sides read as it stands: bench_completeness measures it.
GIVEN = "fct_profile_completeness"


def main() -> None:
    """Measure every group, and the bare scan of what each of them reads."""
    options = arguments(__doc__, items=4)
    comparisons: list[Comparison] = []
    with opened(options, with_night=True) as world:
        items, pupils = _multiply_items(world, options.items)
        print(f"{items} documents of {pupils} pupils")
        world.ask(f"drop schema if exists {SCHEMA} cascade; create schema {SCHEMA}")
        lineages = _lineages(Project.of(world))
        for group in GROUPS:
            lineage = lineages[group.name]
            _make(world, group, lineage)
            _agree(world, group)
            comparisons += _measured(world, group, lineage)
            # The next group stands on this one.
            _make(world, group, lineage)
        world.ask(f"drop schema {SCHEMA} cascade; drop schema {SOURCE} cascade")
    report(*comparisons)


def _multiply_items(world: World, per_pupil: int) -> tuple[int, int]:
    """Copy the documents of staging until the pupils have so many on average; returns documents and pupils."""
    [(items, pupils)] = world.ask(
        f"select (select count(*) from staging.{ITEMS}), (select count(*) from marts.{GIVEN})"
    )
    times = max(round(per_pupil * pupils / items), 1)
    columns = [name for (name,) in world.ask(COLUMNS, (f"staging.{ITEMS}",)) if name != "portfolio_item_id"]
    world.ask(f"drop schema if exists {SOURCE} cascade; create schema {SOURCE}")
    world.ask(
        sql.SQL(
            "create table {source}.{items} as select portfolio_item_id || '-' || copy as portfolio_item_id, {columns} "
            "from staging.{items} cross join generate_series(1, {times}) as copy"
        ).format(
            source=sql.Identifier(SOURCE),
            items=sql.Identifier(ITEMS),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            times=sql.Literal(times),
        )
    )
    world.ask(f"vacuum (analyze) {SOURCE}.{ITEMS}")
    return items * times, pupils


def _lineages(project: Project) -> dict[str, Lineage]:
    """Group -> what dbt makes for it, beyond what the groups before it made and what the profiles stand on."""
    standing = project.lineage(GIVEN, schemas=LAYERS).made
    elsewhere = {ITEMS: SOURCE}
    lineages = {}
    for group in GROUPS:
        models = project.of_schema(FIGURES_SCHEMA) if group.is_whole_schema else list(group.by_hand.values())
        schemas = (FIGURES_SCHEMA,) if group.is_whole_schema else LAYERS
        lineages[group.name] = project.lineage(
            *models, schemas=schemas, standing=standing, elsewhere=elsewhere
        )
        elsewhere |= dict.fromkeys(lineages[group.name].made, SCHEMA)
    return lineages


def _make(world: World, group: Group, lineage: Lineage) -> None:
    _drop(world, group, lineage)
    lineage.build(world)
    _by_hand(world, group)


def _drop(world: World, group: Group, lineage: Lineage) -> None:
    for name in [*lineage.made, *(f"hand_{name}" for name in group.by_hand)]:
        world.ask(sql.SQL("drop table if exists {}").format(sql.Identifier(SCHEMA, name)))
    world.settle()


def _by_hand(world: World, group: Group) -> None:
    for name in group.by_hand:
        statement = (BY_HAND / f"{name}.sql").read_text(encoding="utf-8")
        world.ask(statement, {"night": world.night()})
        world.ask(f"analyze {SCHEMA}.hand_{name}")


def _agree(world: World, group: Group) -> None:
    """Stop unless every table by hand holds what ours holds in the same columns."""
    for name, ours in group.by_hand.items():
        columns = [column for (column,) in world.ask(COLUMNS, (f"{SCHEMA}.hand_{name}",))]
        chosen = sql.SQL(", ").join(map(sql.Identifier, columns))
        pair = [sql.Identifier(SCHEMA, ours), sql.Identifier(SCHEMA, f"hand_{name}")]
        only = [world.ask(ONLY_HERE.format(c=chosen, a=a, b=b)) for a, b in (pair, pair[::-1])]
        if only != [[(0,)], [(0,)]]:
            raise SystemExit(
                f"by_hand/{name}.sql and {ours} differ: {only} rows are only in ours and only in the other. "
                "A comparison of unequal work says nothing. Bring the query up to the models, or build the world's "
                "night again."
            )


def _measured(world: World, group: Group, lineage: Lineage) -> Iterable[Comparison]:
    costs = in_turns(
        {
            "ours": lambda: lineage.build(world),
            "hand": lambda: _by_hand(world, group),
            "scan": lambda: lineage.scan(world),
        },
        pairs=world.pairs,
        postmaster=world.postmaster,
        before=lambda _side: _drop(world, group, lineage),
    )
    cpu = {name: [max(cost.cpu, CLOCK) for cost in found] for name, found in costs.items()}
    yield Comparison(f"{group.name} / one query by hand per table", GOAL, cpu["ours"], cpu["hand"])
    yield Comparison(f"{group.name} / bare scan of all it reads", None, cpu["ours"], cpu["scan"])


if __name__ == "__main__":
    main()
