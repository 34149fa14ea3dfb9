"""Whether the disk can hold a size, told from what smaller sizes took."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.scale.results import FIRST, ORDINARY, newest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from benchmarks.scale.results import Size

# What a folder holds is looked at every few seconds, and no two sizes are exactly on a line.
MARGIN = 1.15
# What the disk keeps for everybody else.
RESERVE_BYTES = 2 * 2**30


def bytes_wanted(pupils: int, measured: Iterable[Size], *, last: str = ORDINARY) -> int | None:
    """What a size will take until its night ``last``, by the smaller ones and a margin; None where none was measured.

    Two of them make a line, which tells what is fixed from what a pupil adds; one alone counts all as a pupil's.
    """
    line = _line(pupils, measured, last)
    if line is None:
        return None
    large, peak, each = line
    return round((peak + each * (pupils - large)) * MARGIN)


def most_pupils(pupils: int, measured: Iterable[Size], *, free: int, last: str = ORDINARY) -> int | None:
    """How many pupils the disk holds by the smaller sizes of ``pupils``, rounded down to two digits, or None."""
    line = _line(pupils, measured, last)
    if line is None:
        return None
    large, peak, each = line
    most = int(large + ((free - RESERVE_BYTES) / MARGIN - peak) / each)
    digit = 10 ** max(len(str(most)) - 2, 0)
    return max(most // digit * digit, 0)


def refusal(pupils: int, measured: Sequence[Size], *, free: int, last: str = ORDINARY) -> str | None:
    """Why a size is not begun, in words; None where the disk holds it, or where nobody can know."""
    wanted = bytes_wanted(pupils, measured, last=last)
    if wanted is None or wanted + RESERVE_BYTES <= free:
        return None
    first, most = (
        bytes_wanted(pupils, measured, last=FIRST),
        most_pupils(pupils, measured, free=free, last=last),
    )
    less = "" if last == FIRST or first is None else f", --first-only ({gigabytes(first)} GB)"
    return (
        f"{pupils} pupils are NOT MEASURED: by the smaller sizes they take {gigabytes(wanted)} GB "
        f"({wanted / pupils / 1024:.0f} kB a pupil, a margin of {MARGIN - 1:.0%} with it), "
        f"{gigabytes(RESERVE_BYTES)} GB stay free for others, and the disk has {gigabytes(free)} GB. "
        f"Name a larger disk with --state{less}, or fewer pupils: {most} would find room."
    )


def ensure_room(folder: Path, *, free: int) -> None:
    """Raises SystemExit before the disk of a folder is full for everybody, and the server with it."""
    if free < RESERVE_BYTES:
        raise SystemExit(
            f"The disk has {gigabytes(free)} GB left and {gigabytes(RESERVE_BYTES)} GB are others', so this size was "
            f"broken off; the nights it had ended are kept. Its world is still in {folder}: the next run removes it."
        )


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder that may not be there yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def _line(pupils: int, measured: Iterable[Size], last: str) -> tuple[int, int, float] | None:
    """The largest smaller size, what it took, and what each pupil more adds."""
    smaller = [(one.pupils, one.peak_until(last)) for one in newest(measured, last) if one.pupils < pupils]
    if not smaller:
        return None
    large, peak = smaller[-1]
    each = peak / large
    if len(smaller) > 1:
        small, before = smaller[-2]
        line = (peak - before) / (large - small)
        # The log of the server comes and goes by a gigabyte, so that a line may even fall.
        each = line if line > 0 else each
    return large, peak, each


def gigabytes(size: float) -> str:
    """Bytes as GB, one decimal."""
    return f"{size / 2**30:.1f}"
