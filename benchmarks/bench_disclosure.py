"""Disclosure control of an edition of the whole republic: seconds of the clock and of the processor.

The figures are seeded (seeded_figures.py): what an edition tells today, and the same with the leaves of every school.
--pupils, --pairs and --state have no meaning here.
"""

from __future__ import annotations

import os

from benchmarks.measure import cost_of
from benchmarks.seeded_figures import republic
from benchmarks.world import arguments
from o7_warehouse.disclosure.cells import Sign
from o7_warehouse.disclosure.suppress import Outcome, suppress

GOAL_SECONDS = 30
TIMES = 3
EDITIONS = {
    "indicators of schools, leaves of municipalities": ("region", "municipality"),
    "indicators and leaves of schools": ("region", "municipality", "school"),
}


def main() -> None:
    """Suppress each edition a few times and print the best, which other work disturbed least."""
    arguments(__doc__)
    for told, levels in EDITIONS.items():
        tables = republic(leaves_of=levels)
        outcomes: list[Outcome] = []
        costs = [
            cost_of(lambda: outcomes.append(suppress(tables, threshold=5)), postmaster=os.getpid())  # noqa: B023
            for _ in range(TIMES)
        ]
        best, outcome = min(costs, key=lambda cost: cost.wall), outcomes[0]
        few, hidden = outcome.count(Sign.few), outcome.count(Sign.hidden)
        print(
            f"{told}: {best.wall:.1f} s (goal <= {GOAL_SECONDS} s,"
            f" {'met' if best.wall <= GOAL_SECONDS else 'not met'}); processor {best.client:.1f} s;"
            f" {len(outcome.signs):,} figures, {outcome.protected:,} counts protected, "
            f"{few:,} shown as few and {hidden:,} as hidden"
        )


if __name__ == "__main__":
    main()
