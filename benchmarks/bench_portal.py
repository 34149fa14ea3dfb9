"""The portal of one night of a whole republic: seconds of the clock to the last file, and of the processor.

The auditor's pages are part of it. --pairs says how often it is written; of these the best is told.
"""

from __future__ import annotations

import shutil

from benchmarks.measure import cost_of
from benchmarks.world import arguments, opened
from o7_warehouse.portal.build import write_portal

GOAL_SECONDS = 20
FIRST_PAGE, LARGEST = 200_000, 1_000_000


def main() -> None:
    """Write the pages a few times and print the best, and what they weigh."""
    options = arguments(__doc__)
    with opened(options, with_night=True) as world:
        folder, night = world.settings.state / "bench-portal", world.night()
        costs = [
            cost_of(
                lambda: write_portal(world.settings, night=night, folder=folder), postmaster=world.postmaster
            )
            for _ in range(options.pairs)
        ]
        best = min(costs, key=lambda cost: cost.wall)
        sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
        first = sizes[folder / "republic" / "index.html"] + sizes[folder / "assets" / "portal.css"]
        print(
            f"portal of {night}: {best.wall:.1f} s (goal <= {GOAL_SECONDS} s, "
            f"{'met' if best.wall <= GOAL_SECONDS else 'not met'}; of {options.pairs}: "
            f"{', '.join(f'{cost.wall:.1f}' for cost in costs)}); processor {best.client:.1f} s here, "
            f"{best.server:.1f} s in the server; {len(sizes)} files, {sum(sizes.values()) / 2**20:.0f} MB; first page "
            f"{first / 1000:.0f} kB (goal <= {FIRST_PAGE // 1000}), largest {max(sizes.values()) / 1000:.0f} kB "
            f"(goal <= {LARGEST // 1000})"
        )
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
