"""How the pages look to a machine: nothing outside the margins, no outside address, every letter a glyph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pypdf
import pytest

from o7_warehouse.report.registry import FONTS
from tests.reports import readback, republic
from tests.reports.page_checks import assert_within_margins, headings_with_room

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("files", ["full", "dictionary", "rules"])
def test_nothing_leaves_the_margins(files: str, request: pytest.FixtureRequest) -> None:
    """No character stands outside the margins of domain §7.1, so no table runs off its page."""
    assert_within_margins(request.getfixturevalue(files)[".pdf"])


@pytest.mark.parametrize("files", ["full", "incomplete", "dictionary", "rules"])
def test_every_heading_has_room_in_its_column(files: str, request: pytest.FixtureRequest) -> None:
    """No letter crosses the side of its cell: a word wider than its column is printed over its neighbour."""
    assert headings_with_room(request.getfixturevalue(files)[".pdf"]) > 40


@pytest.mark.parametrize("files", ["full", "incomplete"])
def test_what_is_signed_is_one_page(files: str, request: pytest.FixtureRequest) -> None:
    """The first page ends with the signature and the executor; the annex begins on the next and is counted."""
    pages = [readback.tight(page) for page in readback.pdf_text(request.getfixturevalue(files)[".pdf"])]

    assert "МинистрместоотметкиобэлектроннойподписиА.Езаов" in pages[0]
    assert "Исполнитель" in pages[0]
    assert pages[1].startswith("2Приложениексправке")
    assert f"таблицыА–Еипоясненияна{len(pages) - 1}л.в1экз." in pages[0]


@pytest.mark.parametrize("files", ["full", "incomplete", "dictionary", "rules"])
def test_no_page_holds_a_remnant(files: str, request: pytest.FixtureRequest) -> None:
    """A last row or a note alone on its page is what nobody looks for there."""
    pages = readback.pdf_text(request.getfixturevalue(files)[".pdf"])

    assert min(len(page) for page in pages) > 600


def test_a_note_stands_below_its_table(full: dict[str, Path]) -> None:
    """Each note is on the page of its table's last row."""
    pages = [readback.spaced(page) for page in readback.pdf_text(full[".pdf"])]

    for row, note in (
        ("Цель 2030 года", "Отклонение равно"),
        ("Итого по КБР", "Итог по республике"),
        ("Дополнительные сведения", "Заявленное отсутствие"),
        ("Всего по показателю", "Уровень не определен, если"),
        ("в последние 30 дней", "Полужирным шрифтом"),
        ("Справочные (сведения", "Строка с замечаниями"),
    ):
        noted = [page for page in pages if note in page]
        assert noted
        assert all(row in page for page in noted), note


def test_a_table_that_goes_on_says_so(full: dict[str, Path]) -> None:
    """Table В needs two pages; the second names it above the repeated heading (ГОСТ Р 2.105)."""
    pages = [readback.spaced(page) for page in readback.pdf_text(full[".pdf"])]
    beginning = next(place for place, page in enumerate(pages) if "Таблица В" in page)

    assert [place for place, page in enumerate(pages) if "Продолжение таблицы" in page] == [beginning + 1]
    assert "Продолжение таблицы В" in pages[beginning + 1]
    assert "Поле или раздел" in pages[beginning + 1]


def test_the_pages_are_in_russian(full: dict[str, Path]) -> None:
    """No word of another alphabet but names, codes and fingerprints; no quotation marks but «»."""
    text = "".join(readback.pdf_text(full[".pdf"]))
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9]*", text))

    codes = {word for word in words if re.fullmatch(r"[AP]\d{1,2}|[a-f][0-9a-f]*", word)}
    assert words - codes == {"CSV", "E", "JSON", "mail", "SHA", "SkySmart", "XLSX"}
    assert not re.search('["“”„]', text)


@pytest.mark.parametrize("files", ["full", "dictionary", "rules"])
def test_pages_are_numbered_from_the_second(files: str, request: pytest.FixtureRequest) -> None:
    """The first page has no number; every other begins with its own."""
    pages = readback.pdf_text(request.getfixturevalue(files)[".pdf"])

    assert pages[0].lstrip().startswith("КЪЭБЭРДЕЙ")
    assert [page.split()[0] for page in pages[1:]] == [str(number) for number in range(2, len(pages) + 1)]


def test_the_palochka_is_printed(full: dict[str, Path]) -> None:
    """The Kabardian Ӏ comes through as itself in both formats, not as a look-alike."""
    name = "ЩӀЭНЫГЪЭМКӀЭ"

    assert name in readback.pdf_text(full[".pdf"])[0]
    assert name in full[".html"].read_text(encoding="utf-8")


@pytest.mark.parametrize("files", ["full", "dictionary", "rules"])
def test_only_our_fonts_are_embedded(files: str, request: pytest.FixtureRequest) -> None:
    """Every font is one of PT's, inside the file, as a subset."""
    names = set()
    for page in pypdf.PdfReader(request.getfixturevalue(files)[".pdf"]).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            names.add(font.get_object()["/BaseFont"])

    assert names
    assert all(re.fullmatch(r"/[A-Z]{6}\+PT(Serif|Sans)-\w+(-Identity-H)?", name) for name in names), names


@pytest.mark.parametrize("files", ["full", "dictionary", "rules"])
def test_the_pdf_is_archival_and_readable_aloud(files: str, request: pytest.FixtureRequest) -> None:
    """PDF/A-2a in Russian, with a title and tags."""
    reader = pypdf.PdfReader(request.getfixturevalue(files)[".pdf"])
    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()

    assert re.search(r"pdfaid:part\W+2\b", metadata)
    assert re.search(r"pdfaid:conformance\W+A\b", metadata)
    assert reader.trailer["/Root"]["/Lang"] == "ru"
    assert "/StructTreeRoot" in reader.trailer["/Root"]


@pytest.mark.parametrize("files", ["full", "dictionary", "rules"])
def test_the_html_needs_nothing_from_outside(files: str, request: pytest.FixtureRequest) -> None:
    """No address but the names of namespaces, no script."""
    text = request.getfixturevalue(files)[".html"].read_text(encoding="utf-8")
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
