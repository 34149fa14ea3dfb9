"""The server of the portal: a folder by its page, no list, nothing hidden, and the pages of a new night at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from o7_warehouse.portal.serve import Handler
from tests.served import got, served

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def current(tmp_path: Path) -> Path:
    """The link to the pages of a night, as a portal is published; the state directory is around it."""
    (tmp_path / "secrets.json").write_text("a secret", encoding="utf-8")
    pages = tmp_path / "portal" / "first"
    for place, text in {"index.html": "first", "status/index.html": "state", "auditor/.hidden": "x"}.items():
        (pages / place).parent.mkdir(parents=True, exist_ok=True)
        (pages / place).write_text(text, encoding="utf-8")
    (pages / "assets").mkdir()
    (pages / "outside.json").symlink_to(tmp_path / "secrets.json")
    link = tmp_path / "portal" / "current"
    link.symlink_to("first")
    return link


def test_before_the_first_published_night_a_page_says_so(tmp_path: Path) -> None:
    with served(tmp_path / "portal" / "current", Handler) as client:
        status, text = got(client, "/")

        assert status == 200
        assert "Страниц еще нет" in text.decode()
        assert got(client, "/status/")[0] == 404


def test_a_folder_is_shown_by_its_page(current: Path) -> None:
    with served(current, Handler) as client:
        assert got(client, "/") == (200, b"first")
        assert got(client, "/status/") == (200, b"state")
        assert got(client, "/status/?x=1") == (200, b"state")


def test_the_pages_of_a_new_night_are_shown_by_the_same_server(current: Path) -> None:
    with served(current, Handler) as client:
        assert got(client, "/") == (200, b"first")
        second = current.parent / "second"
        second.mkdir()
        (second / "index.html").write_text("second", encoding="utf-8")
        current.unlink()
        current.symlink_to("second")

        assert got(client, "/") == (200, b"second")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/assets/", id="a folder without a page"),
        pytest.param("/status", id="a folder by its name"),
        pytest.param("/auditor/.hidden", id="a hidden file"),
        pytest.param("/outside.json", id="a link that leads outside"),
        pytest.param("/../../secrets.json", id="a way out"),
        pytest.param("/%2e%2e/%2e%2e/secrets.json", id="a way out in another writing"),
    ],
)
def test_nothing_else_can_be_had(path: str, current: Path) -> None:
    with served(current, Handler) as client:
        assert got(client, path)[0] == 404
