"""The profile statuses of all pupils as dbt builds them, against one query written by hand with the same predicates.

Ours is the SQL of `fct_profile_completeness` and of every table of `intermediate` it stands on, as dbt compiled it:
dbt's own start-up is left out, its tables are not. The limit is `completeness.sql`, one query from staging into a bare
table. The two must agree on every pupil, or nothing is measured.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg2 import sql

from benchmarks.measure import Comparison, in_turns
from benchmarks.world import arguments, opened, report
from o7_warehouse import dbt_runner

if TYPE_CHECKING:
    from benchmarks.world import World

FACT = "model.o7.fct_profile_completeness"
BY_HAND = Path(__file__).with_name("completeness.sql")
SAME = "student_key, statuses, has_contact, has_identity_conflict, filled_count, applicable_count"
# What О7 keeps on the card of a pupil, one row each: the table the statuses are about.
CARD = ("person", "student", "additional_info")
GOAL_OF_SIZE = 0.25


def main() -> None:
    """Measure both and the bare scan in one run, and the size of the fact."""
    options = arguments(__doc__)
    with opened(options, with_night=True) as world:
        statements = _compiled(world)
        _agree(world)
        sides = {
            "ours": lambda: _build(world, statements),
            "hand": lambda: _by_hand(world),
            "scan": lambda: world.ask("select count(*) from raw_o7.person where snils is not null"),
        }
        costs = in_turns(
            sides, pairs=world.pairs, postmaster=world.postmaster, before=lambda _: _clean(world)
        )
        world.ask("drop schema bench cascade")
        size, card = _sizes(world)
    cpu = {name: [max(cost.cpu, 0.01) for cost in found] for name, found in costs.items()}
    print(f"ours: {', '.join(name for name, _, _ in statements)}")
    report(
        Comparison("completeness of all pupils / one query by hand", 1.5, cpu["ours"], cpu["hand"]),
        Comparison("completeness of all pupils / bare scan of the persons", None, cpu["ours"], cpu["scan"]),
        Comparison(f"size of the fact / card tables ({' + '.join(CARD)}), MB", GOAL_OF_SIZE, [size], [card]),
    )


def _compiled(world: World) -> list[tuple[str, bool, str]]:
    """(name, is unlogged, query) of every table the fact stands on within its layers, in order; the fact last."""
    target = dbt_runner.target_path(world.settings)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    found: dict[str, tuple[str, bool, str]] = {}
    _collect(manifest["nodes"], FACT, found, target)
    return list(found.values())


def _collect(
    nodes: dict[str, Any], unique_id: str, found: dict[str, tuple[str, bool, str]], target: Path
) -> None:
    node = nodes.get(unique_id)
    if node is None or unique_id in found or node["schema"] not in ("intermediate", "marts"):
        return
    for parent in node["depends_on"]["nodes"]:
        _collect(nodes, parent, found, target)
    if node["config"]["materialized"] != "view":
        text = (target / "compiled" / "o7" / node["original_file_path"]).read_text(encoding="utf-8")
        found[unique_id] = (node["name"], bool(node["config"].get("unlogged")), text)


def _build(world: World, statements: list[tuple[str, bool, str]]) -> None:
    for name, is_unlogged, query in statements:
        table = sql.Identifier("bench", name)
        kind = sql.SQL("unlogged" if is_unlogged else "")
        # Executed without parameters, so that % is only %.
        world.ask(sql.SQL("create {} table {} as {}").format(kind, table, sql.SQL(query)))


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
