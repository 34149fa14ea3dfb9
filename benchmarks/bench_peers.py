"""Ours beside its peers: extract and load, validation, rendering; each as processes of its own, on the same rows.

``--family`` chooses a family, ``--only`` the sides whose names hold one of its words (ours is always among them). Peers
are installed once below the state directory. A side that cannot be installed or run, or that does other work, is told
with its reason. ``--keep`` writes what was measured into benchmarks/README.md; without it all is only printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.peers import extract, gate, rendering, table
from benchmarks.peers.drawing import draw
from benchmarks.peers.side import Plan
from benchmarks.world import machine, opened
from o7_warehouse.settings import ROOT

FOLDER = ROOT / "benchmarks"
FAMILIES = {"extract": extract.run, "gate": gate.run, "rendering": rendering.run}
PUPILS, ROUNDS = 12_300, 3


def main() -> None:
    """Measure what is asked for, print it, and keep it where that is asked for."""
    options = _options()
    kept = FOLDER / "peers" / "measured.json"
    plan = Plan(turns=options.pairs, minutes=options.minutes, only=options.only.split(","))
    newer = []
    with opened(options, with_night=True) as world:
        work = world.settings.state / "peers" / "work"
        work.mkdir(parents=True, exist_ok=True)
        [(version,)] = world.ask("select current_setting('server_version')")
        for family in options.family or FAMILIES:
            where = machine(version, options.pupils)
            print(f"{family}:", flush=True)
            told = FAMILIES[family](world, pupils=options.pupils, plan=plan, work=work)
            for one in told:
                one.where = where
            newer += told
    rows = table.merged(table.read(kept), newer) if options.keep else newer
    section = table.tables(rows)
    print(section)
    if options.keep:
        table.write(kept, rows)
        (FOLDER / "peers.svg").write_text(draw(rows), encoding="utf-8")
        page = FOLDER / "README.md"
        page.write_text(table.placed(page.read_text(encoding="utf-8"), section), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", action="append", choices=list(FAMILIES), help="default: all of them")
    parser.add_argument("--pupils", type=int, default=PUPILS)
    parser.add_argument(
        "--pairs", type=int, default=ROUNDS, help="counted turns after a first one; 0: that one"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=float("inf"),
        help="after so many no side of a family that has a figure begins",
    )
    parser.add_argument("--state", type=Path, help="folder of the world; default: var/bench-<pupils>")
    parser.add_argument("--only", default="", help="words of the sides to run, with commas between")
    parser.add_argument(
        "--keep", action="store_true", help="write README.md, peers.svg and peers/measured.json"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
