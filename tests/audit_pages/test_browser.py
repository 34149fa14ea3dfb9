"""The pages in a real Chromium: readable from the disk, by keyboard, on a telephone and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
import pytest

from tests.audit_pages import nights
from tests.browser import visiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser import Visit

PAGES = (
    "index.html", "changes.html", "rules.html", "matrix.html", "nights.html", "quarantine.html", "waivers.html",
    "coverage.html",
    "seals.html", "rules/student.login_given.html", "keys/person.birth_date.html",
)  # fmt: skip

# Everything a key may lead to.
STOPS = "[...document.querySelectorAll('a, button, input, select, [tabindex]')]"


@pytest.fixture(scope="module")
def desk(chromium: Browser, folder: Path) -> Iterator[Visit]:
    """A window as wide as a desk has it."""
    with visiting(chromium, folder) as visit:
        yield visit


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_complains_or_asks_for_anything_but_its_own_files(chromium, folder, width):
    with visiting(chromium, folder, width=width, height=844) as visit:
        for address in PAGES:
            page = visit.to(address)
            assert page.evaluate("document.documentElement.scrollWidth") == width, address
            assert page.locator("h1").is_visible()
            assert page.evaluate("[...document.fonts].filter((face) => face.status === 'loaded').length") >= 2

    assert visit.complaints == []
    outside = [url for url in visit.requests if not url.startswith((folder.as_uri(), "data:"))]
    assert outside == []


def test_the_first_key_leads_past_the_menu(desk):
    page = desk.to("rules.html")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "К содержанию"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_focus_goes_through_the_page_in_the_order_it_is_read(desk):
    page = desk.to("rules.html")
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(f"{STOPS}.indexOf(document.activeElement)"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", reached

    # The page itself can be jumped to, and is no stop on the way.
    stops = page.evaluate(f"{STOPS}.flatMap((one, place) => one.tabIndex < 0 ? [] : [place])")
    assert reached == stops[:30]
    kinds = page.evaluate(f"{STOPS}.map((one) => one.tagName)")
    assert {"A", "INPUT", "SELECT", "BUTTON", "DIV"} <= {kinds[place] for place in reached}


def test_a_table_is_sorted_by_keyboard_and_says_so(desk):
    page = desk.to("rules.html")
    heading = page.locator('table[data-table="rules"] thead th').nth(11)
    button = heading.locator("button")

    button.focus()
    page.keyboard.press("Enter")
    rising = desk.column("rules", 11)
    page.keyboard.press("Space")
    falling = desk.column("rules", 11)

    # What was not counted has no place in the order, and stands last both times.
    assert (
        rising == ["0", "0", "0", "1", "1", "2", "2", "3", "1\u00a0203", "–", "–"] or rising[-3:] == ["–"] * 3
    )
    counted = [int(text.replace("\u00a0", "")) for text in rising if text != "–"]
    assert counted == sorted(counted)
    assert [text for text in falling if text != "–"] == [text for text in reversed(rising) if text != "–"]
    assert falling[-1] == "–"
    assert heading.get_attribute("aria-sort") == "descending"


def test_days_are_sorted_as_days_and_not_as_words(desk):
    page = desk.to("keys/person.birth_date.html")
    page.goto((desk.folder / "rules" / "student.login_given.html").as_uri())

    page.locator('table[data-table="results"] thead button').first.click()

    assert desk.column("results", 0) == [night.strftime("%d.%m.%Y") for night in nights.NIGHTS]


def test_rows_are_chosen_by_keyboard_and_their_number_is_said(desk):
    page = desk.to("rules.html")

    page.get_by_role("searchbox", name="Найти в таблице").focus()
    page.keyboard.type("ЛИЧНОГО дела")
    found = desk.column("rules", 0)
    page.get_by_role("combobox", name="Исход").focus()
    page.keyboard.press("ArrowDown")

    assert found == ["student.personal_file_placeholder", "student.personal_file_unique"]
    assert desk.column("rules", 10) == []
    page.keyboard.press("ArrowUp")
    assert desk.column("rules", 0) == found
    assert page.locator(".tools output").inner_text() == f"Показано строк: 2 из {len(nights.GRID)}"


def test_a_sum_of_all_rows_is_not_shown_below_some_of_them(desk):
    page = desk.to("coverage.html")
    whole = desk.column("coverage", 0)

    page.locator("#coverage").get_by_role("searchbox").fill("Классы")
    some = desk.column("coverage", 0)
    page.locator("#coverage").get_by_role("searchbox").fill("")

    assert whole[-1] == "Всего"
    assert some == ["Классы (class)"]
    assert desk.column("coverage", 0) == whole


def test_a_sum_stays_the_last_row_and_shares_are_sorted_as_numbers(desk):
    page = desk.to("coverage.html")

    page.locator('table[data-table="coverage"] thead button').nth(5).click()

    assert desk.column("coverage", 0)[-1] == "Всего"
    shares = [float(text.replace(",", ".")) for text in desk.column("coverage", 5)[:-1]]
    assert shares == sorted(shares)
    assert len(set(shares)) > 3


def test_a_number_of_the_first_page_leads_to_the_rules_it_counts(desk):
    page = desk.to("index.html")
    card = page.locator(".cards a", has_text="Не проверено")
    number = int(card.locator(".figure").inner_text())

    card.click()
    page.wait_for_load_state()

    assert desk.column("rules", 0) == ["student.study_form"]
    assert number == 1


def test_without_the_script_every_row_is_there(chromium, folder):
    with visiting(chromium, folder) as visit:
        visit.page.context.route("**/*.js", lambda route: route.abort())
        visit.to("rules.html")

        assert len(visit.column("rules", 0)) == len(nights.GRID)


@pytest.mark.parametrize("address", ["keys/person.birth_date.html", "coverage.html"])
def test_on_paper_every_page_of_a_table_has_its_heading(chromium, folder, tmp_path, address):
    with visiting(chromium, folder) as visit:
        page = visit.to(address)
        headings = page.locator("section.tall thead").last.locator("th").all_inner_texts()
        page.pdf(path=tmp_path / "pages.pdf", prefer_css_page_size=True)

    texts = paper(tmp_path / "pages.pdf")
    words = [word for heading in headings for word in heading.replace("↕", "").split()]
    assert len(texts) > 3
    for text in texts[-3:]:
        assert [word for word in words if word not in text] == []
    assert "Найти в таблице" not in "".join(texts)


def test_on_paper_nothing_of_a_wide_table_is_cut_off(chromium, folder, tmp_path):
    with visiting(chromium, folder) as visit:
        visit.to("matrix.html").pdf(path=tmp_path / "pages.pdf", prefer_css_page_size=True)

    text = "".join(paper(tmp_path / "pages.pdf"))
    assert all(night.strftime("%d.%m.%Y") in text for night in nights.NIGHTS)
    document = pypdfium2.PdfDocument(tmp_path / "pages.pdf")
    try:
        assert {tuple(round(side) for side in page.get_size()) for page in document} == {(842, 595)}
    finally:
        document.close()


def paper(path: Path) -> list[str]:
    """The text of each printed page."""
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
