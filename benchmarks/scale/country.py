"""The night of the whole country, derived on paper from the sizes that were measured. Nothing here was run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.scale.fit import extrapolated
from benchmarks.scale.results import step_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.scale.results import Size

PUPILS = 17_700_000
ORGANISATIONS = 37_000
NODES = (1, 4, 16)
# What no figure here proves; it is printed beside them.
ASSUMED = (
    "processor seconds grow as between the two largest sizes: on a line, or by their power where it exceeds 1; each",
    "size was measured once, so that a tenth more at the largest one is more than a tenth for the country;",
    "a node works like the measured machine, one core at a time: these are hours of work, not of the clock;",
    "waiting for disks and for the network, between nodes, too, is not in it, nor vacuum, which was off, nor data",
    "that no longer fits into memory;",
    "the server's part of load, gate_in, facts, indicators and publish is shared out evenly: their tables are divided",
    "by pupil and joined within a node, and what must be single among all pupils is compared there as well; all the",
    "rest is serial: every client, the one source, the documents, and each step nobody has listed;",
    "what is made per school is made for as many more schools as the country has;",
    "the disk holds the synthetic source and the nights that were walked, no year of history, no copies, no replicas.",
)
PARALLEL = frozenset({"load", "gate_in", "facts", "indicators", "publish"})
PER_ORGANISATION = frozenset({"render", "portal"})


@dataclass(frozen=True, slots=True)
class Part:
    """Processor seconds of a step for the country: what stays in one place, and what nodes share."""

    step: str
    serial: float
    parallel: float

    def on(self, nodes: int) -> float:
        """Seconds on so many nodes."""
        return self.serial + self.parallel / nodes


@dataclass(frozen=True, slots=True)
class Projection:
    """A night of the country; ``disk_bytes`` of all nodes together, without second copies."""

    parts: Sequence[Part]
    disk_bytes: float

    def seconds(self, nodes: int) -> float:
        """The whole night on so many nodes."""
        return sum(part.on(nodes) for part in self.parts)

    @property
    def serial_share(self) -> float:
        """The part of the night that more nodes do not shorten."""
        return sum(part.serial for part in self.parts) / self.seconds(1)


def projected(sizes: Sequence[Size], night: str) -> Projection:
    """The country's night of this kind, from two sizes or more. Raises ValueError for fewer."""
    parts = [_part(sizes, night, step) for step in step_names(sizes, night)]
    disk = extrapolated([(one.pupils, float(one.peak_until(night))) for one in sizes], PUPILS)
    return Projection(parts, disk)


def _part(sizes: Sequence[Size], night: str, name: str) -> Part:
    had = [(one, step) for one in sizes if (step := one.nights[night].step(name))]
    client = extrapolated([(one.pupils, step.client_seconds) for one, step in had], PUPILS)
    server = extrapolated([(one.pupils, step.server_seconds) for one, step in had], PUPILS)
    if name in PER_ORGANISATION:
        last, step = had[-1]
        more = ORGANISATIONS / last.organisations
        return Part(name, max(client + server, step.cpu * more), 0.0)
    if name in PARALLEL:
        return Part(name, client, server)
    return Part(name, client + server, 0.0)
