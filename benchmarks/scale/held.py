"""What a world's folder holds while something runs in it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

# A folder of some ten thousand files is walked in a fraction of this.
EVERY_SECONDS = 5.0
BLOCK = 512


@dataclass(slots=True)
class Held:
    """The most a folder was seen to hold while the block lasted, its end included: temporary files are seen, too."""

    folder: Path
    every: float = EVERY_SECONDS
    peak: int = 0
    _end: threading.Event = field(default_factory=threading.Event)
    _sampler: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._sampler is not None:
            self._sampler.join()
        self.peak = max(self.peak, folder_bytes(self.folder))

    def _sample(self) -> None:
        while not self._end.wait(self.every):
            self.peak = max(self.peak, folder_bytes(self.folder))


def folder_bytes(folder: Path) -> int:
    """Bytes of the disk that the files below a folder take; what is gone when it is looked at takes none."""
    return sum(
        _blocks(os.path.join(place, name)) * BLOCK  # noqa: PTH118 - a Path for each file costs more than the look
        for place, _, names in os.walk(folder)
        for name in names
    )


def _blocks(path: str) -> int:
    try:
        return os.lstat(path).st_blocks
    except FileNotFoundError:
        return 0
