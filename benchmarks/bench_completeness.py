"""The profile statuses of all pupils as dbt builds them, against one query written by hand with the same predicates.

Ours is what dbt ran to make `fct_profile_completeness` and every table of `intermediate` it stands on, all of them made
for it alone; views stay where they are. dbt's own start-up is left out. The limit is `by_hand/completeness.sql`, one
query from staging into a bare table. The two must agree on every pupil, or nothing is measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lineage import Project
from benchmarks.measure import TICKS, Comparison, in_turns
from benchmarks.world import arguments, opened, report

if TYPE_CHECKING:
    from benchmarks.world import World

FACT = "fct_profile_completeness"
BY_HAND = Path(__file__).parent / "by_hand" / "completeness.sql"
SAME = "student_key, statuses, has_contact, has_identity_conflict, filled_count, applicable_count"
# What О7 keeps on the card of a pupil, one row each: the table the statuses are about.
CARD = ("person", "student", "additional_info")
GOAL_OF_SIZE = 0.25
OURS = ("intermediate", "marts")
CLOCK = 1 / TICKS  # the least the system counts


def main() -> None:
    """Measure both and the bare scan in one run, and the size of the fact."""
    options = arguments(__doc__)
    with opened(options, with_night=True) as world:
        lineage = Project.of(world).lineage(FACT, schemas=OURS)
        _agree(world)
        sides = {
            "ours": lambda: lineage.build(world),
            "hand": lambda: _by_hand(world),
            "scan": lambda: lineage.scan(world),
        }
        costs = in_turns(
            sides, pairs=world.pairs, postmaster=world.postmaster, before=lambda _: _clean(world)
        )
        world.ask("drop schema bench cascade")
        size, card = _sizes(world)
    cpu = {name: [max(cost.cpu, CLOCK) for cost in found] for name, found in costs.items()}
    print(f"ours: {', '.join(lineage.made)}")
    report(
        Comparison("completeness of all pupils / one query by hand", 1.5, cpu["ours"], cpu["hand"]),
        Comparison("completeness / bare scan of all it reads", None, cpu["ours"], cpu["scan"]),
        Comparison(f"size of the fact / card tables ({' + '.join(CARD)}), MB", GOAL_OF_SIZE, [size], [card]),
    )


def _by_hand(world: World) -> None:
    world.ask(BY_HAND.read_text(encoding="utf-8"), {"night": world.night()})


def _agree(world: World) -> None:
    """Stop unless the query by hand gives what the fact holds."""
    _clean(world)
    _by_hand(world)
    differences = [
        world.ask(
            f"select count(*) from (select {SAME} from {one} except select {SAME} from {other}) as only_here"
        )
        for one, other in (
            ("bench.completeness", "marts.fct_profile_completeness"),
            ("marts.fct_profile_completeness", "bench.completeness"),
        )
    ]
    if differences != [[(0,)], [(0,)]]:
        raise SystemExit(
            f"completeness.sql and the fact differ on pupils: {differences}. A comparison of unequal work says "
            "nothing. Bring the query up to the models, or build the world's night again."
        )


def _clean(world: World) -> None:
    world.ask("drop schema if exists bench cascade; create schema bench")
    world.settle()


def _sizes(world: World) -> tuple[float, float]:
    """Megabytes of the fact, and of the card tables in raw."""
    [(size,)] = world.ask("select pg_table_size('marts.fct_profile_completeness') / 1e6")
    [(card,)] = world.ask(
        "select sum(pg_table_size(('raw_o7.' || name)::regclass)) / 1e6 from unnest(%s) as name",
        (list(CARD),),
    )
    return float(size), float(card)


if __name__ == "__main__":
    main()
