"""Takes one world alone and drops pupils for as long as warehouse and oracle still differ.

    .venv/bin/python -P -m tests.worlds.shrink 17

Prints the pupils that are left, the first differences, and the drop folder with the rows. Each try is a night, so this
takes minutes; it is for whoever has a failing world before him.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from typing import TYPE_CHECKING

from o7_warehouse import server
from o7_warehouse.settings import Settings
from tests.conftest import open_folder
from tests.worlds.build import build, renew
from tests.worlds.delivery import deliver, throw
from tests.worlds.judged import Difference, by_oracle, by_warehouse, differences
from tests.worlds.world import World, night_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

MOST_NAMED = 5


def smallest(pupils: list[str], differ: Callable[[Collection[str]], bool]) -> list[str]:
    """Pupils without any of whom nothing would differ, by leaving out ever smaller parts of them."""
    parts = 2
    while len(pupils) > 1:
        size = -(-len(pupils) // parts)
        for first in range(0, len(pupils), size):
            kept = pupils[:first] + pupils[first + size :]
            if differ(kept):
                pupils, parts = kept, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(2 * parts, len(pupils))
    return pupils


class Trial:
    """One world in a state directory, built again and again with fewer pupils."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self.settings = Settings.load(folder / "state", {})
        self.tries = itertools.count()
        self.last: list[Difference] = []

    def differ(self, pupils: Collection[str]) -> bool:
        """Whether warehouse and oracle differ about the world when it has only these pupils."""
        drop = self.folder / f"drop-{next(self.tries):03}"
        gone = set(self.world.pupils()) - set(pupils)
        deliver(drop, self.world.night, [self.world.without(gone)])
        with server.running(self.settings) as running:
            renew(self.settings, running)
            run_id = build(self.settings, drop)
            found = differences(by_warehouse(self.settings, run_id), by_oracle(drop))
        sys.stderr.write(f"{len(pupils)} pupils: {len(found)} differences\n")
        if found:
            self.last = found
        return bool(found)


def main() -> int:
    """Shrink the world of the number given; the exit code is 1 when it differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    number = parser.parse_args().number
    world = throw(number, night_of(number))
    with open_folder() as folder:
        trial = Trial(folder, world)
        if not trial.differ(world.pupils()):
            sys.stdout.write(f"World {number} of {world.night}, alone: no difference.\n")
            return 0
        left = smallest(world.pupils(), trial.differ)
        trial.differ(left)
        sys.stdout.write(f"World {number} of {world.night} with {', '.join(left)}:\n")
        sys.stdout.writelines(f"  {one}\n" for one in trial.last[:MOST_NAMED])
        sys.stdout.write("Their rows:\n")
        sys.stdout.writelines(_told(world, set(left)))
    return 1


def _told(world: World, pupils: set[str]) -> list[str]:
    """The rows of the pupils that are left: every one of them is made up, so they may be shown."""
    kept = world.without(set(world.pupils()) - pupils)
    rows = ((entity, row) for entity, rows in kept.items() for row in rows)
    return [
        f"  {entity}: { ({name: value for name, value in row.items() if name != 'modified_at'}) }\n"
        for entity, row in rows
        if pupils & {row["source_id"], row.get("student_id")}
    ]


if __name__ == "__main__":
    sys.exit(main())
