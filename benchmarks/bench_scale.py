"""The country rehearsal: nights of growing size step by step, and how time, memory and disk grow with it.

Of each size a world of its own is made, walked over for three nights (a first one, one whose date alone reaches many
pupils, one with one changed pupil in a hundred) and removed. Results are added to a file, so that sizes can be run on
different days; told, drawn and extrapolated to the country is the newest of each size. A size the disk cannot hold is
left out, and says so. The defaults take hours and, at three million pupils, most of a large disk; so this one is run
only where its name is given.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.scale import results
from benchmarks.scale.chart import drawing
from benchmarks.scale.rehearsal import rehearse
from benchmarks.scale.room import bytes_wanted, free_bytes, gigabytes, refusal
from benchmarks.scale.told import NIGHTS, told
from benchmarks.world import emptied
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.scale.results import Size

SIZES = (100_000, 300_000, 1_000_000, 3_000_000)
MARK = "made-by-bench-scale"
PLACE = ROOT / "var" / "bench-scale"


def main() -> None:
    """Measure what was asked for, smallest first; then tell and draw everything that is known."""
    options = _arguments()
    left_out = []
    if not options.only_tell:
        for pupils in sorted(options.sizes):
            if reason := _refused(options, pupils):
                left_out.append(reason)
                continue
            _measure(pupils, options)
    known = results.read(options.into)
    if known:
        _tell(known, options.into)
    if left_out or not known:
        sys.exit("\n".join(left_out) or f"{options.into} holds no results yet, so there is nothing to tell.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, help=f"pupils; default: {' '.join(map(str, SIZES))}"
    )
    parser.add_argument(
        "--into", type=Path, default=PLACE / "results.json", help="file the results are added to"
    )
    parser.add_argument("--state", type=Path, default=PLACE, help="folder of the worlds, one for each size")
    parser.add_argument("--keep", action="store_true", help="leave the worlds where they are")
    parser.add_argument("--only-tell", action="store_true", help="measure nothing, tell what the file holds")
    return parser.parse_args()


def _refused(options: argparse.Namespace, pupils: int) -> str | None:
    """Why this size is not measured; where nothing is known of its needs, that is said and it begins."""
    known, free = results.read(options.into), free_bytes(options.state.resolve())
    reason = refusal(pupils, known, free=free)
    if reason:
        print(reason, flush=True)
    elif (wanted := bytes_wanted(pupils, known)) is None:
        print(
            f"{pupils} pupils: no smaller size was measured, so nobody knows whether the disk, "
            f"{gigabytes(free)} GB free, can hold them.", flush=True,
        )  # fmt: skip
    else:
        print(f"{pupils} pupils: about {gigabytes(wanted)} GB of {gigabytes(free)} GB free", flush=True)
    return reason


def _measure(pupils: int, options: argparse.Namespace) -> None:
    """One size in a folder of its own. A world that failed stays, to be looked at."""
    state = options.state.resolve() / str(pupils)

    def note(size: Size) -> None:
        results.write(options.into, results.joined(results.read(options.into), [size]))

    emptied(state, mark=MARK)
    rehearse(pupils, state, note)
    if not options.keep:
        shutil.rmtree(state)


def _tell(known: Sequence[Size], into: Path) -> None:
    print(told(known))
    for night in NIGHTS:
        if sizes := results.newest(known, night):
            picture = into.with_name(f"{into.stem}-{night}.svg")
            picture.write_text(drawing(sizes, night), encoding="utf-8")
            print(f"drawn: {picture}")


if __name__ == "__main__":
    main()
