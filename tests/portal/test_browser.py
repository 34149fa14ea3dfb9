"""The portal in a real Chromium: from the disk without a network, on a telephone, by keyboard and on paper."""

from __future__ import annotations

import pypdfium2
import pytest

from tests.browser import visiting
from tests.portal.conftest import TOWN

PAGES = (
    "index.html", "republic/index.html", "republic/leaves.html", "republic/editions.html", "dictionary/index.html",
    f"municipality/{TOWN}/index.html", f"municipality/{TOWN}/leaves.html",
    f"municipality/{TOWN}/school/1042/index.html", f"municipality/{TOWN}/school/s-2/index.html",
)  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_complains_or_is_wider_than_the_window(chromium, portal, width):
    with visiting(chromium, portal, width=width, height=844) as visit:
        for address in PAGES:
            page = visit.to(address)
            assert page.evaluate("document.documentElement.scrollWidth") == width, address
            assert page.locator("h1").is_visible()

    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(portal.as_uri())] == []


def test_one_can_walk_from_the_entrance_to_a_school_by_keyboard(chromium, portal):
    with visiting(chromium, portal) as visit:
        page = visit.to("republic/index.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "К содержанию"
        for name in ("municipality/", "school/1042"):
            link = page.locator(f'a[href*="{TOWN if name == "municipality/" else name}"]').first
            link.focus()
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            page.keyboard.press("Enter")
            page.wait_for_load_state()

        assert page.locator("h1").inner_text() == "Школа 1042"
        assert page.locator("header nav a").count() == 0 or "index.html" in page.url


def test_every_drawing_says_what_it_shows(chromium, portal):
    with visiting(chromium, portal) as visit:
        page = visit.to("republic/index.html")
        told = page.locator("svg").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))")

    assert len(told) == 8
    assert all("%" in one or one == "Школ со значением нет" for one in told)


def test_a_shade_never_stands_without_its_number(chromium, portal):
    with visiting(chromium, portal) as visit:
        page = visit.to("republic/leaves.html")
        empty = page.locator("td[class^=s]").evaluate_all(
            "(all) => all.filter((one) => !one.textContent.trim()).length"
        )

    assert empty == 0


@pytest.mark.parametrize("address", ["republic/index.html", f"municipality/{TOWN}/school/1042/index.html"])
def test_paper_has_no_way_back_and_loses_no_row(chromium, portal, address):
    with visiting(chromium, portal) as visit:
        page = visit.to(address)
        rows = page.locator("tbody tr th").all_inner_texts()
        paper = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
        told = " ".join("".join(sheet.get_textpage().get_text_range() for sheet in paper).split())

    assert "К содержанию" not in told
    assert [row for row in rows if row.split()[0] not in told] == []
