"""Sizes whose figures follow a law the tests choose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.scale.results import FIRST, ORDINARY, Night, Size, Step

if TYPE_CHECKING:
    from collections.abc import Callable

PER_PUPIL_BYTES = 20_000
FIXED_BYTES = 500_000_000


def step(name: str, *, client: float = 1.0, server: float = 1.0, python_mb: float = 100.0) -> Step:
    """A step that took this much."""
    return Step(
        name=name, client_seconds=client, server_seconds=server, wall_seconds=client + server,
        python_mb=python_mb, server_mb=200.0,
    )  # fmt: skip


def measured(
    pupils: int,
    steps: Callable[[int], list[Step]] = lambda _: [step("load")],
    *,
    revision: str = "a",
    date: str = "2026-01-01",
    peak_bytes: int | None = None,
    first_bytes: int | None = None,
) -> Size:
    """A size whose two nights had these steps; the disk takes a fixed part and so much a pupil.

    ``first_bytes`` is what the first night alone takes, where it is less.
    """
    cluster = FIXED_BYTES + PER_PUPIL_BYTES * pupils if peak_bytes is None else peak_bytes
    held = {
        "raw_o7": cluster // 2,
        "staging": cluster // 10,
        "intermediate": cluster // 20,
        "marts": cluster // 20,
    }
    night = Night(
        steps=steps(pupils), built="who", cluster_bytes=cluster, schema_bytes=held,
        peak_bytes=cluster if first_bytes is None else first_bytes,
    )  # fmt: skip
    return Size(
        pupils=pupils, revision=revision, date=date, machine=f"{pupils} pupils somewhere", is_disturbed=True,
        organisations=263, rows=pupils * 20, source_bytes=cluster // 4,
        nights={FIRST: night, ORDINARY: replace(night, peak_bytes=cluster)},
    )  # fmt: skip
