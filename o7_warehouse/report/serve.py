"""Shows the folder of reports to a browser: a page of the nights, and the files, and nothing else.

`python -m o7_warehouse.report.serve <port> <address> <folder>` serves until it is ended.
"""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from o7_warehouse.digest import DIGEST
from o7_warehouse.report.registry import load_report, report_ids
from o7_warehouse.report.templates import render_template
from o7_warehouse.report.units import code_of

if TYPE_CHECKING:
    from typing import BinaryIO

_INDEX = "_index.html.j2"
# It lies among the reports and is none: the last step of a night writes it.
DIGEST_TITLE = "Сводка ночи"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One report of one night, or one unit's document of it, with the address and the name of each of its files."""

    night: dt.date
    title: str
    files: tuple[tuple[str, str], ...]


def shelves(folder: Path) -> tuple[Shelf, ...]:
    """Every report that lies in a folder of reports, the newest night first, each unit by itself."""
    known = {*report_ids(), DIGEST}
    return tuple(
        _shelf(report, place)
        for night in sorted(folder.glob("????-??-??"), reverse=True)
        for report in sorted(night.iterdir())
        if report.name in known
        for place in _places(report)
    )


def _places(report: Path) -> list[Path]:
    """Where the files of a report lie: in its folder, or in one for each unit."""
    is_per_unit = report.name != DIGEST and load_report(report.name).is_per_unit
    return sorted(report.iterdir()) if is_per_unit else [report]


def _shelf(report: Path, place: Path) -> Shelf:
    title = DIGEST_TITLE if report.name == DIGEST else load_report(report.name).title
    return Shelf(
        night=dt.date.fromisoformat(report.parent.name),
        title=title if place == report else f"{title}: {code_of(place.name)}",
        files=tuple(
            (quote(f"/{file.relative_to(report.parent.parent).as_posix()}"), file.suffix[1:].upper())
            for file in sorted(place.iterdir())
        ),
    )


class Handler(SimpleHTTPRequestHandler):
    """Answers with the page of the nights or with a file; a name that begins with a dot is nobody's business."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".html": "text/html; charset=utf-8",
        ".csv": "text/csv; charset=utf-8",
    }

    def send_head(self) -> BytesIO | BinaryIO | None:
        """A file below the folder, the page for its root, else 404."""
        path = unquote(urlsplit(self.path).path)
        if path == "/":
            return self._page(render_template(_INDEX, {"shelves": shelves(Path(self.directory))}))
        if not self._is_shown(path):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def _is_shown(self, path: str) -> bool:
        """Whether it names a file of the folder: no hidden one, no list, and none that a link fetches from outside."""
        if "\0" in path or any(part.startswith(".") for part in path.split("/")):
            return False
        place = Path(self.translate_path(self.path))
        return place.is_file() and place.resolve().is_relative_to(Path(self.directory).resolve())

    def _page(self, text: str) -> BytesIO:
        content = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return BytesIO(content)


def make_server(
    folder: Path, *, address: str, port: int, handler: type[Handler] = Handler
) -> ThreadingHTTPServer:
    """A server of the folder that listens already; its caller lets it serve."""
    return ThreadingHTTPServer((address, port), partial(handler, directory=str(folder)))


if __name__ == "__main__":
    own_port, own_address, own_folder = sys.argv[1:]
    make_server(Path(own_folder), address=own_address, port=int(own_port)).serve_forever()
