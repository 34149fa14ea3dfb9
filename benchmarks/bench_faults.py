"""Nights that are killed anywhere: how many of thousands lose, double or halve something, and how soon they recover.

    ./o7 bench faults --trials 1000 --seed 1

A trial is planned by its seed (tests/faults/trials.py): processes and servers killed, connections and the source broken
off, at a moment of a step, and the night begun again until it ends. The world is a small one, made anew each time.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Final

from o7_warehouse.settings import ROOT
from tests.faults.bases import PUPILS, prepared
from tests.faults.trials import tried

if TYPE_CHECKING:
    from tests.faults.bases import Base
    from tests.faults.trials import Trial

# A night that was disturbed ends this much later than an ordinary one takes, and not more.
GRACE_SECONDS: Final = 60
COUNTED: Final = {
    "lost or unaccounted for": ("rows_accounted", "nothing_lost", "truth"),
    "done twice": ("effects_once",),
    "published in part": ("published_whole", "folders_whole"),
    "told of a person": ("nothing_personal",),
}


def main() -> None:
    """Prepare the world, try, and tell.

    The exit code is 1 where something may not be, nothing struck, or a night recovers too late.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first trial; each next one has the next number"
    )
    parser.add_argument(
        "--faults", type=int, help="on the way of each night; default: one to three, anywhere, by the seed"
    )
    parser.add_argument("--pupils", type=int, default=PUPILS)
    parser.add_argument(
        "--state", type=Path, default=ROOT / "var" / "bench-faults", help="folder of the states"
    )
    options = parser.parse_args()
    folder = options.state.resolve()
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    base = prepared(folder, pupils=options.pupils)
    trials = []
    for seed in range(options.seed, options.seed + options.trials):
        trials.append(tried(base, seed, faults=options.faults))
        print(trials[-1], flush=True)
    _tell(base, trials)
    limit = base.usual_seconds + GRACE_SECONDS
    if any(one.violated or not one.struck or one.recovery_seconds > limit for one in trials):
        raise SystemExit(1)
    shutil.rmtree(folder)


def _tell(base: Base, trials: list[Trial]) -> None:
    """The headline: what was lost, doubled, halved, and the time it took."""
    for words, names in COUNTED.items():
        found = sum(any(one.invariant in names for one in trial.violated) for trial in trials)
        print(f"{words}: {found} of {len(trials)} trials (goal: 0)")
    other = {name for names in COUNTED.values() for name in names}
    found = sum(any(one.invariant not in other for one in trial.violated) for trial in trials)
    print(f"anything else that may not be: {found} of {len(trials)} trials (goal: 0)")
    struck = [one for one in trials if one.struck]
    late = sum(len(one.late) for one in trials)
    print(
        f"faults that struck: {sum(len(one.struck) for one in trials)}, in {len(struck)} trials; too late, the night "
        f"had ended: {late}; trials that nothing struck: {len(trials) - len(struck)} (goal: 0)"
    )
    normal = base.usual_seconds
    if ended := [one.recovery_seconds for one in struck if not one.violated]:
        print(
            f"from the last fault to a published night: median {statistics.median(ended):.0f} s, worst "
            f"{max(ended):.0f} s (an undisturbed night takes {normal:.0f} s; goal: {normal + GRACE_SECONDS:.0f} s, "
            f"{'met' if max(ended) <= normal + GRACE_SECONDS else 'not met'})"
        )


if __name__ == "__main__":
    main()
