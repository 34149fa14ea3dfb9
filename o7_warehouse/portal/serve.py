"""Shows the pages of the portal to a browser, all audiences of them: whoever lets others in keeps them apart by path.

`python -m o7_warehouse.portal.serve <port> <address> <folder>` serves until it is ended. The folder may be the link
`current`: it is followed at each request, so the pages of a new night are shown as soon as they are there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from o7_warehouse.report import serve

if TYPE_CHECKING:
    from io import BytesIO
    from typing import BinaryIO

INDEX = "index.html"
NOTHING_YET = """\
<!doctype html>
<html lang="ru"><meta charset="utf-8"><title>Портал</title>
<p>Страниц еще нет: их пишет ночь, которая опубликована, а таких еще не было.</p></html>
"""


class Handler(serve.Handler):
    """Answers with a file, for a folder with its page; there is no list of what lies in one."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        """A file below the folder; before the first published night a page that says so; else 404."""
        path = unquote(urlsplit(self.path).path)
        if path == "/" and not (Path(self.directory) / INDEX).is_file():
            return self._page(NOTHING_YET)
        if path.endswith("/"):
            self.path = urlsplit(self.path).path + INDEX
        return super().send_head()


if __name__ == "__main__":
    own_port, own_address, own_folder = sys.argv[1:]
    serve.make_server(
        Path(own_folder), address=own_address, port=int(own_port), handler=Handler
    ).serve_forever()
