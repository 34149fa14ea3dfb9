"""Chromium kept alive: a PDF beside each HTML file. Words: the browser, then the files."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

with sync_playwright() as driver:
    browser = driver.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"], timeout=0)
    tab = browser.new_page()
    # How long a page takes is what is measured; only the launcher ends it.
    tab.set_default_timeout(0)
    for name in sys.argv[2:]:
        page = Path(name)
        tab.goto(page.as_uri())
        tab.pdf(path=page.with_suffix(".pdf"), prefer_css_page_size=True)
    browser.close()
