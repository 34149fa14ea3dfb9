"""The browser of the machine, as a person uses it: files from the disk, no network, keys and paper."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The browser to test with: the one that is named, else the first that is installed."""
    return os.environ.get("O7_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Visit:
    """A window on the pages, and everything the browser complained of or asked for."""

    page: Page
    folder: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def to(self, address: str, query: str = "") -> Page:
        """Open a page of the folder."""
        self.page.goto((self.folder / address).as_uri() + query, wait_until="load")
        return self.page

    def column(self, table: str, place: int) -> list[str]:
        """The shown cells of a column, from the top."""
        rows = self.page.locator(f'table[data-table="{table}"] tbody tr:not([hidden])')
        cells = rows.evaluate_all("(rows, place) => rows.map((row) => row.cells[place].textContent)", place)
        return [str(text) for text in cells]


@contextmanager
def started(program: str) -> Iterator[Browser]:
    """The browser while the block lasts; one at a time, for its driver has a loop of its own."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser, folder: Path, *, width: int = 1280, height: int = 900) -> Iterator[Visit]:
    """A window that has no network, and remembers nothing of another one."""
    window = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    try:
        visit = Visit(window.new_page(), folder)
        visit.page.on("console", lambda said: visit.complaints.append(said.text))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("requestfailed", lambda failed: visit.complaints.append(failed.url[:200]))
        visit.page.on("request", lambda asked: visit.requests.append(asked.url))
        yield visit
    finally:
        window.close()
