"""The night of the whole country, derived on paper from the sizes that were measured. Nothing here was run.

What nodes share out is what the models say they do (docs/citus.md): a step whose every layer of dbt distributes tables,
less its read of raw. All the rest lies on the coordinator, or is a client's work, and counts as serial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from benchmarks.scale.fit import extrapolated
from benchmarks.scale.results import step_names
from o7_warehouse.settings import ROOT
from o7_warehouse.steps import BUILDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.scale.results import Size

PUPILS = 17_700_000
ORGANISATIONS = 37_000
NODES = (1, 4, 16)
PROJECT: Final = ROOT / "dbt_project" / "dbt_project.yml"
# Staging is computed where raw is, on the coordinator: so much of the clock of facts it took at 1,000,000 pupils on a
# first night (81 s beside intermediate 56 and marts 47, benchmarks/README.md).
READ_OF_RAW: Final = 81 / (81 + 56 + 47)
# What no figure here proves; it is printed beside them.
ASSUMED = (
    "processor seconds grow as between the two largest sizes: on a line, or by their power where it exceeds 1; each",
    "size was measured once, so that a tenth more at the largest one is more than a tenth for the country;",
    "a node works like the measured machine, one core at a time: these are hours of work, not of the clock;",
    "waiting for disks and for the network, between nodes, too, is not in it, nor vacuum, which was off, nor data",
    "that no longer fits into memory;",
    "nodes share evenly what the server does in the steps that build distributed tables alone (facts), less staging,",
    f"which reads raw ({READ_OF_RAW:.0%} of it on either night, by the clock of a first night of 1,000,000); the rest",
    "is serial: every client, the source, the documents, and landing, raw, gate, figures and what is published, which",
    "lie on the coordinator; that nodes begin the sums of figures, and what they publish from, is left out;",
    "what is made per school is made for as many more schools as the country has;",
    "the disk holds the synthetic source and the nights that were walked, no year of history, no copies, no replicas;",
    "reference tables, of which every node has a copy (organisations, classes, who is built tonight), are counted with",
    "the layer they are in, as if they were shared out: their size was not kept apart.",
)
PER_ORGANISATION = frozenset({"render", "portal"})
# What would have to be distributed before nodes could share a step.
HELD_BY: Final = {
    "extract": "landing, and there is one source",
    "check_delivery": "landing and raw",
    "load": "landing and raw",
    "gate_in": "raw and gate",
    "facts": "raw",
    "indicators": "the figures",
    "gate_out": "the figures",
    "publish": "what is published",
    "render": "no table: a client writes documents",
    "portal": "no table: a client writes pages",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Processor seconds of a step for the country: what stays in one place, and what nodes share."""

    step: str
    serial: float
    parallel: float

    def on(self, nodes: int) -> float:
        """Seconds on so many nodes."""
        return self.serial + self.parallel / nodes

    @property
    def held_by(self) -> str:
        """The tables that keep it on the coordinator."""
        return HELD_BY.get(self.step, "nobody has said which tables")


@dataclass(frozen=True, slots=True)
class Projection:
    """A night of the country; ``disk_bytes`` of all machines together, of which ``spread_bytes`` are distributed."""

    parts: Sequence[Part]
    disk_bytes: float
    spread_bytes: float

    def seconds(self, nodes: int) -> float:
        """The whole night on so many nodes."""
        return sum(part.on(nodes) for part in self.parts)

    @property
    def serial_share(self) -> float:
        """The part of the night that more nodes do not shorten."""
        return self.serial / self.seconds(1)

    @property
    def serial(self) -> float:
        """Seconds of the night on any number of nodes."""
        return sum(part.serial for part in self.parts)

    @property
    def longest(self) -> Part:
        """The step that more nodes leave the longest."""
        return max(self.parts, key=lambda part: part.serial)


def spread_layers(project: Path = PROJECT) -> frozenset[str]:
    """The layers of dbt, by their folders, that distribute tables by a column; the others lie on the coordinator."""
    layers: dict[str, Any] = yaml.safe_load(project.read_text(encoding="utf-8"))["models"]["o7"]
    return frozenset(name for name, layer in layers.items() if {*_distributions(layer)} - {"reference"})


def _distributions(configured: Any) -> Iterator[str]:
    """Every distribution that is named in a part of the configuration."""
    if isinstance(configured, dict):
        yield from (value for key, value in configured.items() if key == "distribution")
        for value in configured.values():
            yield from _distributions(value)


def shared_steps(project: Path = PROJECT) -> frozenset[str]:
    """The steps of which nodes can do their part: dbt builds them, and every layer of them distributes tables."""
    spread = spread_layers(project)
    return frozenset(
        step
        for step, selection in BUILDS.items()
        if {word.removeprefix("path:models/") for word in selection.split()} <= spread
    )


def projected(sizes: Sequence[Size], night: str) -> Projection:
    """The country's night of this kind, from two sizes or more. Raises ValueError for fewer."""
    shared, layers = shared_steps(), spread_layers()
    parts = [_part(sizes, night, step, is_shared=step in shared) for step in step_names(sizes, night)]
    disk = extrapolated([(one.pupils, float(one.peak_until(night))) for one in sizes], PUPILS)
    spread = extrapolated([(one.pupils, _spread_bytes(one, night, layers)) for one in sizes], PUPILS)
    return Projection(parts, disk, spread)


def _spread_bytes(size: Size, night: str, layers: frozenset[str]) -> float:
    held = size.nights[night].schema_bytes
    return float(sum(held[layer] for layer in layers))


def _part(sizes: Sequence[Size], night: str, name: str, *, is_shared: bool) -> Part:
    had = [(one, step) for one in sizes if (step := one.nights[night].step(name))]
    client = extrapolated([(one.pupils, step.client_seconds) for one, step in had], PUPILS)
    server = extrapolated([(one.pupils, step.server_seconds) for one, step in had], PUPILS)
    if name in PER_ORGANISATION:
        last, step = had[-1]
        more = ORGANISATIONS / last.organisations
        return Part(name, max(client + server, step.cpu * more), 0.0)
    if is_shared:
        return Part(name, client + server * READ_OF_RAW, server * (1 - READ_OF_RAW))
    return Part(name, client + server, 0.0)
