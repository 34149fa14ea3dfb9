"""Texts of an XLSX file: the runs that make one, and those that cells share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from o7_warehouse.sources.refusals import unreadable
from o7_warehouse.sources.xlsx_xml import Elements

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.sources.xlsx_package import Package

SHARED = "xl/sharedStrings.xml"
# Excel's own limit.
LONGEST_CELL = 32_767
# The texts that cells share are the one thing that must be kept in memory.
MOST_SHARED = 1_000_000
MOST_SHARED_LETTERS = 32 * 2**20
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(slots=True)
class CollectedText:
    """Collects the runs of one text; how it sounds (``rPh``) is not part of it."""

    path: Path
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    takes: bool = False
    is_sound: bool = False

    def start(self, name: str) -> None:
        """An element begins: whether its letters count, and whether a new text does."""
        if name in {"si", "is", "c"}:
            self.pieces, self.length = [], 0
        elif name == "rPh":
            self.is_sound = True
        self.takes = name in {"t", "v"} and not self.is_sound

    def end(self, name: str) -> None:
        """An element ends."""
        self.takes = False
        if name == "rPh":
            self.is_sound = False

    def add(self, text: str) -> None:
        """Letters between two marks. Raises DeliveryError for more than a cell can hold."""
        if not self.takes:
            return
        self.length += len(text)
        # Seven letters may stand for one that XML cannot write.
        if self.length > 7 * LONGEST_CELL:
            raise unreadable(self.path, "xlsx_cell_too_long", "a cell holds more text than Excel can keep")
        self.pieces.append(text)

    def whole(self) -> str:
        """The text, with what XML cannot write (``_x000D_``) in its own form."""
        return ESCAPED.sub(lambda code: chr(int(code[1], 16)), "".join(self.pieces))


def shared_texts(package: Package) -> list[str]:
    """The texts of the shared part in their order; none when the file has no such part."""
    if not package.has(SHARED):
        return []
    shared: list[str] = []
    text = CollectedText(package.path)
    letters = 0

    def end(name: str) -> None:
        nonlocal letters
        text.end(name)
        if name == "si":
            shared.append(text.whole())
            letters += len(shared[-1])
            if len(shared) > MOST_SHARED or letters > MOST_SHARED_LETTERS:
                raise unreadable(
                    package.path,
                    "xlsx_too_large",
                    "the file has too many different texts; split it by school",
                )

    elements = Elements(package.path, start=lambda name, _: text.start(name), end=end, text=text.add)
    for _ in elements.read(package.blocks(SHARED)):
        pass
    return shared
