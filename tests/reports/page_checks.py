"""What no page of any document may do, looked at by a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2

from tests.reports import readback

if TYPE_CHECKING:
    from pathlib import Path

MILLIMETRE = 72 / 25.4
LEFT, RIGHT, TOP, BOTTOM = 20, 10, 10, 20
HEADING_FILL = (0xE8, 0xED, 0xF3)


def assert_within_margins(path: Path) -> None:
    """No character stands outside the margins of domain §7.1."""
    document = pypdfium2.PdfDocument(path)
    for number, page in enumerate(document, start=1):
        width, height = page.get_size()
        text = page.get_textpage()
        for place in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(place)
            if right > left and not text.get_text_range(place, 1).isspace():
                where = f"page {number}, {text.get_text_range(place, 1)!r}"
                assert left >= LEFT * MILLIMETRE - 1, where
                assert right <= width - RIGHT * MILLIMETRE + 1, where
                assert bottom >= BOTTOM * MILLIMETRE - 1, where
                assert top <= height - TOP * MILLIMETRE + 1, where
    document.close()


def headings_with_room(path: Path) -> int:
    """How many cells of headings there are; no letter crosses the side of one."""
    document = pypdfium2.PdfDocument(path)
    seen = 0
    for number, page in enumerate(document, start=1):
        cells = readback.filled_boxes(page, HEADING_FILL)
        seen += len(cells)
        text = page.get_textpage()
        for place in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(place)
            if text.get_text_range(place, 1).isspace():
                continue
            for side, low, _, high in cells:
                if left < side - 0.5 and right > side + 0.5:
                    where = f"page {number}, {text.get_text_range(place, 1)!r}"
                    assert not low <= (bottom + top) / 2 <= high, where
    document.close()
    return seen
