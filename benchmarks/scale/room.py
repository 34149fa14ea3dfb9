"""Whether the disk can hold a size, told from what smaller sizes took."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.scale.results import newest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from benchmarks.scale.results import Size

# Temporary files within a step, documents and logs are in no account of the cluster.
MARGIN = 1.25
# What the disk keeps for everybody else.
RESERVE_BYTES = 2 * 2**30


def bytes_wanted(pupils: int, measured: Iterable[Size]) -> int | None:
    """What a size will take, by the smaller ones and a margin; None where no smaller one was measured.

    Two of them make a line, which tells what is fixed from what a pupil adds; one alone counts all as a pupil's.
    """
    smaller = [one for one in newest(measured) if one.pupils < pupils]
    if not smaller:
        return None
    last = smaller[-1]
    each = last.peak_bytes / last.pupils
    if len(smaller) > 1:
        before = smaller[-2]
        line = (last.peak_bytes - before.peak_bytes) / (last.pupils - before.pupils)
        # The log of the server comes and goes by a gigabyte, so that a line may even fall.
        each = line if line > 0 else each
    return round((last.peak_bytes + each * (pupils - last.pupils)) * MARGIN)


def refusal(pupils: int, measured: Iterable[Size], *, free: int) -> str | None:
    """Why a size is not begun, in words; None where the disk holds it, or where nobody can know."""
    wanted = bytes_wanted(pupils, measured)
    if wanted is None or wanted + RESERVE_BYTES <= free:
        return None
    return (
        f"{pupils} pupils are NOT MEASURED: by the smaller sizes they take {gigabytes(wanted)} GB "
        f"({wanted / pupils / 1024:.0f} kB a pupil, a margin of {MARGIN - 1:.0%} with it), "
        f"{gigabytes(RESERVE_BYTES)} GB stay free for others, and the disk has {gigabytes(free)} GB. "
        "Name a larger disk with --state."
    )


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder that may not be there yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def gigabytes(size: float) -> str:
    """Bytes as GB, one decimal."""
    return f"{size / 2**30:.1f}"
