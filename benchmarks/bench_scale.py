"""The country rehearsal: nights of growing size step by step, and how time, memory and disk grow with it.

Of each size a world of its own is made, walked over for three nights (a first one, one whose date alone reaches many
pupils, one with one changed pupil in a hundred) and removed. Results are added to a file, so that what was stopped
goes on with the first size this code has not yet measured; told, drawn and extrapolated to the country is the newest
of each size. A size the disk cannot hold is left out, and says so. The defaults take hours and, at three million
pupils, most of a large disk; so this one is run only where its name is given.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.scale import page, results
from benchmarks.scale.chart import drawing
from benchmarks.scale.rehearsal import rehearse
from benchmarks.scale.results import FIRST, ORDINARY
from benchmarks.scale.room import bytes_wanted, free_bytes, gigabytes, refusal
from benchmarks.scale.told import NIGHTS, told
from benchmarks.world import emptied
from o7_warehouse import server
from o7_warehouse.revision import code_revision
from o7_warehouse.settings import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.scale.results import Size

    class Walk(Protocol):
        """What :func:`benchmarks.scale.rehearsal.rehearse` does."""

        def __call__(self, pupils: int, state: Path, note: Callable[[Size], None], *, last: str) -> None:
            """Walk a world of this size in this folder."""


SIZES = (100_000, 300_000, 1_000_000, 3_000_000)
MARK = "made-by-bench-scale"
PLACE = ROOT / "var" / "bench-scale"


def main(walk: Walk = rehearse) -> None:
    """Measure what was asked for and is not known, smallest first; then tell and draw everything that is known.

    ``walk`` makes a world and walks its nights.
    """
    options = _arguments()
    left_out = []
    if not options.only_tell:
        for pupils in sorted(options.sizes):
            is_known = _is_known(options, pupils)
            if not (is_known and options.keep_worlds):
                _discard(_world(options, pupils))
            if is_known:
                print(
                    f"{pupils} pupils: measured already by this code; --again measures them anew", flush=True
                )
            elif reason := _refused(options, pupils):
                left_out.append(reason)
            else:
                _measure(pupils, options, walk)
    known = results.read(options.into)
    if known:
        _tell(known, options)
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
    parser.add_argument(
        "--first-only", dest="last", action="store_const", const=FIRST, default=ORDINARY,
        help="walk the first night alone, which takes less time and disk",
    )  # fmt: skip
    parser.add_argument(
        "--again", action="store_true", help="measure also what this code has measured already"
    )
    parser.add_argument("--keep-worlds", action="store_true", help="leave the worlds where they are")
    parser.add_argument("--only-tell", action="store_true", help="measure nothing, tell what the file holds")
    parser.add_argument(
        "--keep", action="store_true", help="write README.md, the charts and scale/measured.json"
    )
    return parser.parse_args()


def _is_known(options: argparse.Namespace, pupils: int) -> bool:
    return not options.again and results.is_measured(
        results.read(options.into), pupils, revision=code_revision(ROOT), last=options.last
    )


def _refused(options: argparse.Namespace, pupils: int) -> str | None:
    """Why this size is not measured; where nothing is known of its needs, that is said and it begins."""
    known, free = results.read(options.into), free_bytes(options.state.resolve())
    reason = refusal(pupils, known, free=free, last=options.last)
    if reason:
        print(reason, flush=True)
    elif (wanted := bytes_wanted(pupils, known, last=options.last)) is None:
        print(
            f"{pupils} pupils: no smaller size was measured, so nobody knows whether the disk, "
            f"{gigabytes(free)} GB free, can hold them.", flush=True,
        )  # fmt: skip
    else:
        print(f"{pupils} pupils: about {gigabytes(wanted)} GB of {gigabytes(free)} GB free", flush=True)
    return reason


def _measure(pupils: int, options: argparse.Namespace, walk: Walk) -> None:
    """One size in a folder of its own. A world that failed stays until the next time, to be looked at."""
    state = _world(options, pupils)

    def note(size: Size) -> None:
        results.write(options.into, results.joined(results.read(options.into), [size]))

    emptied(state, mark=MARK)
    walk(pupils, state, note, last=options.last)
    if not options.keep_worlds:
        shutil.rmtree(state)


def _world(options: argparse.Namespace, pupils: int) -> Path:
    state: Path = options.state.resolve() / str(pupils)
    return state


def _discard(state: Path) -> None:
    """Throw away the world of a rehearsal that was killed or failed: its server is at work, its room is not free."""
    if not (state / MARK).exists():
        return
    if not server.stop(Settings.load(state, {})):
        raise SystemExit(
            f"Somebody is at work in {state}, another rehearsal perhaps, so its world cannot be made anew. "
            "Wait for its end, or name another folder with --state."
        )
    shutil.rmtree(state)


def _tell(known: Sequence[Size], options: argparse.Namespace) -> None:
    print(told(known))
    pictures = {night: drawing(sizes, night) for night in NIGHTS if (sizes := results.newest(known, night))}
    for night, picture in pictures.items():
        path = options.into.with_name(f"{options.into.stem}-{night}.svg")
        path.write_text(picture, encoding="utf-8")
        print(f"drawn: {path}")
    if options.keep:
        page.keep(ROOT / "benchmarks", known)


if __name__ == "__main__":
    main()
