"""The page of the reports, asked by a client of its own: what is there can be had, and nothing else."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from o7_warehouse.report.serve import shelves
from tests.reports import republic
from tests.served import got, served

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings


@pytest.mark.usefixtures("full")
def test_every_file_of_every_night_is_one_click_away(published: Settings) -> None:
    """The page names the night and the report in Russian and leads to the bytes of each file."""
    reports = published.state / "reports"
    with served(reports) as client:
        status, page = got(client, "/")
        text = unescape(page.decode()).replace("\u00a0", " ")
        answers = {address: got(client, address) for address in re.findall(r'href="(.+?)"', text)}

    there = {
        f"/{quote(str(path.relative_to(reports)))}": (200, path.read_bytes())
        for path in (*reports.glob("2*/[!.]*/*"), *reports.glob("2*/[!.]*/*/*"))
        if path.is_file()
    }
    assert status == 200
    assert "15 декабря 2025 г." in text
    assert "Справка о значениях показателей" in text
    assert answers == there


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"/{republic.NIGHT}/", id="a folder"),
        pytest.param(f"/{republic.NIGHT}/.sets/", id="the sets behind the links"),
        pytest.param(f"/{republic.NIGHT}/%2esets/.lock", id="a hidden name in another writing"),
        pytest.param("/../secrets.json", id="a way out"),
        pytest.param("/%2e%2e/secrets.json", id="a way out in another writing"),
        pytest.param("/2025-12-17/indicator_statement/x.pdf", id="a night that was not"),
    ],
)
def test_nothing_else_can_be_had(published: Settings, path: str) -> None:
    """Neither lists of files nor what lies beside the reports."""
    assert (published.state / "secrets.json").exists()

    with served(published.state / "reports") as client:
        status, _ = got(client, path)

    assert status == 404


def test_the_newest_night_stands_first(tmp_path: Path) -> None:
    """Nights go back in time; what is no night or no report is passed over."""
    for name in ("2025-12-14/indicator_statement", "2025-12-15/indicator_statement", "2025-12-15/.sets", "x"):
        (tmp_path / name).mkdir(parents=True)

    assert [str(shelf.night) for shelf in shelves(tmp_path)] == ["2025-12-15", "2025-12-14"]


def test_before_the_first_night_the_page_says_what_to_do(tmp_path: Path) -> None:
    """An empty folder is no error."""
    with served(tmp_path) as client:
        status, page = got(client, "/")

    assert status == 200
    assert "./o7 night" in page.decode()
