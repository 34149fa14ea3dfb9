"""The server of the portal: a folder by its page, no list, nothing hidden, and the pages of a new night at once."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.portal.serve import Handler
from o7_warehouse.report.serve import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def served(folder: Path) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server of the folder, both for as long as the block lasts."""
    server = make_server(folder, address="127.0.0.1", port=0, handler=Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def got(client: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    """Status and text of an answer."""
    client.request("GET", path)
    answer = client.getresponse()
    return answer.status, answer.read().decode()


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
    with served(tmp_path / "portal" / "current") as client:
        status, text = got(client, "/")

        assert status == 200
        assert "Страниц еще нет" in text
        assert got(client, "/status/")[0] == 404


def test_a_folder_is_shown_by_its_page(current: Path) -> None:
    with served(current) as client:
        assert got(client, "/") == (200, "first")
        assert got(client, "/status/") == (200, "state")
        assert got(client, "/status/?x=1") == (200, "state")


def test_the_pages_of_a_new_night_are_shown_by_the_same_server(current: Path) -> None:
    with served(current) as client:
        assert got(client, "/") == (200, "first")
        second = current.parent / "second"
        second.mkdir()
        (second / "index.html").write_text("second", encoding="utf-8")
        current.unlink()
        current.symlink_to("second")

        assert got(client, "/") == (200, "second")


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
    with served(current) as client:
        assert got(client, path)[0] == 404
