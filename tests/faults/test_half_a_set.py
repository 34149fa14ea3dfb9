"""Who writes a set of files is killed again and again, between any two of them; a reader finds a whole set."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import time
from typing import TYPE_CHECKING

from o7_warehouse.report.sets import exchange

if TYPE_CHECKING:
    from pathlib import Path

FORKED = multiprocessing.get_context("fork")
KILLS, SEED = 20, 1
LONGEST_LIFE_SECONDS = 0.05
FILES = ("page.html", "page.pdf", "tables/sheet.xlsx", "tables/values.csv")


def write_on(folder: Path, first: int) -> None:
    """Exchange the set for the next one, and on and on."""
    for number in itertools.count(first):
        exchange(folder, "statement", {name: str(number).encode() * 10_000 for name in FILES})


def read(folder: Path) -> set[bytes]:
    """What stands in the files a reader is led to; of one set it is one thing."""
    place = (folder / "statement").resolve()
    return {(place / name).read_bytes() for name in FILES}


def test_whoever_is_killed_between_two_files_leaves_the_old_set_or_the_new_one(tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - it must repeat itself
    exchange(tmp_path, "statement", dict.fromkeys(FILES, b"first"))
    found = []
    for life in range(KILLS):
        writer = FORKED.Process(target=write_on, args=(tmp_path, life * 10**6), daemon=True)
        before = (tmp_path / "statement").readlink()
        writer.start()
        while (tmp_path / "statement").readlink() == before:
            assert writer.is_alive()
            time.sleep(0.001)
        time.sleep(chance.random() * LONGEST_LIFE_SECONDS)
        writer.kill()
        writer.join()
        found.append(read(tmp_path))

    assert [len(one) for one in found] == [1] * KILLS
    assert len(set.union(*found)) == KILLS

    exchange(tmp_path, "statement", dict.fromkeys(FILES, b"last"))

    # The set before is kept for readers who are between two of its files; of killed writers nothing is left.
    assert len([one for one in (tmp_path / ".sets").iterdir() if one.is_dir()]) == 2
