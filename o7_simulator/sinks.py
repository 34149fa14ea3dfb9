"""What a transport must offer to the makers of a world."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Part(NamedTuple):
    """What one shard wrote of one entity on one night."""

    rows: int
    offset: int
    size: int
    """Place in the shard's file, in bytes; 0 where there is no file."""
    min_modified_at: str
    max_modified_at: str


class Sink(Protocol):
    """Takes rows in one process."""

    def wants(self, k: int) -> bool:
        """Whether night k is to be written at all."""

    def write(self, k: int, shard: int, lines: dict[str, list[str]]) -> dict[str, Part]:
        """Take the CSV lines of a shard, by entity."""


class SinkSpec(Protocol):
    """Opens a sink in whichever process it is sent to."""

    def open(self) -> Sink:
        """The sink of this process."""


def measured(lines: list[str], *, offset: int = 0, size: int = 0) -> Part:
    """A part with the range of `modified_at`, the second field of every line."""
    stamps = {line.split(";", 2)[1] for line in lines}
    return Part(len(lines), offset, size, min(stamps), max(stamps))
