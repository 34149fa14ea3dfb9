"""How the pages look to a machine: nothing outside the margins, no outside address, every letter a glyph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pypdf
import pypdfium2

from o7_warehouse.report.registry import FONTS
from tests.reports import readback, republic

if TYPE_CHECKING:
    from pathlib import Path


MILLIMETRE = 72 / 25.4
LEFT, RIGHT, TOP, BOTTOM = 20, 10, 10, 20


def test_nothing_leaves_the_margins(full: dict[str, Path]) -> None:
    """No character stands outside the margins of domain §7.1, so no table runs off its page."""
    document = pypdfium2.PdfDocument(full[".pdf"])
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


def test_pages_are_numbered_from_the_second(full: dict[str, Path]) -> None:
    """The first page has no number; every other begins with its own."""
    pages = readback.pdf_text(full[".pdf"])

    assert pages[0].lstrip().startswith("КЪЭБЭРДЕЙ")
    assert [page.split()[0] for page in pages[1:]] == [str(number) for number in range(2, len(pages) + 1)]


def test_the_palochka_is_printed(full: dict[str, Path]) -> None:
    """The Kabardian Ӏ comes through as itself in both formats, not as a look-alike."""
    name = "ЩӀЭНЫГЪЭМКӀЭ"

    assert name in readback.pdf_text(full[".pdf"])[0]
    assert name in full[".html"].read_text(encoding="utf-8")


def test_only_our_fonts_are_embedded(full: dict[str, Path]) -> None:
    """Every font is one of PT's, inside the file, as a subset."""
    names = set()
    for page in pypdf.PdfReader(full[".pdf"]).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            names.add(font.get_object()["/BaseFont"])

    assert names
    assert all(re.fullmatch(r"/[A-Z]{6}\+PT(Serif|Sans)-\w+(-Identity-H)?", name) for name in names), names


def test_the_pdf_is_archival_and_readable_aloud(full: dict[str, Path]) -> None:
    """PDF/A-2a in Russian, with a title and tags."""
    reader = pypdf.PdfReader(full[".pdf"])
    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()

    assert re.search(r"pdfaid:part\W+2\b", metadata)
    assert re.search(r"pdfaid:conformance\W+A\b", metadata)
    assert reader.trailer["/Root"]["/Lang"] == "ru"
    assert "/StructTreeRoot" in reader.trailer["/Root"]


def test_the_html_needs_nothing_from_outside(full: dict[str, Path]) -> None:
    """No address but the names of namespaces, no script."""
    text = full[".html"].read_text(encoding="utf-8")
    addresses = set(re.findall(r"(?:https?:)?//[\w.]+[\w./-]*", re.sub(r'base64,[^"]+', "", text)))

    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "<script" not in text
    assert "default-src 'none'" in text


def test_a_hostile_name_is_printed_as_it_is(incomplete: dict[str, Path]) -> None:
    """A name full of markup is text in every format."""
    wanted = readback.tight(republic.HOSTILE)

    assert wanted in readback.tight("".join(readback.pdf_text(incomplete[".pdf"])))
    assert wanted in {readback.tight(row[1]) for row in readback.html_tables(incomplete[".html"])["Б.4.1"]}
    assert republic.HOSTILE in {row[1] for row in readback.sheets(incomplete[".xlsx"])["Б.4.1"]}


def test_an_incomplete_delivery_is_said_in_words(incomplete: dict[str, Path]) -> None:
    """An indicator without its source has no figure, and the first page says why."""
    first = readback.tight(readback.pdf_text(incomplete[".pdf"])[0])

    assert "Выгрузканеполная,показательнерассчитан." in first
    assert "нетданных" in first


def test_the_licence_lies_beside_the_fonts() -> None:
    """The fonts may be given away only together with their licence."""
    assert "GRANT OF LICENSE" in (FONTS / "LICENSE.txt").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in FONTS.iterdir()) <= 2_000_000
