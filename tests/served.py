"""A server of a folder and a client of it, for tests of what a browser is shown."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from o7_warehouse.report.serve import Handler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def served(folder: Path, handler: type[Handler] = Handler) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server of the folder, both for as long as the block lasts."""
    server = make_server(folder, address="127.0.0.1", port=0, handler=handler)
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


def got(client: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    """Status and content of an answer."""
    client.request("GET", path)
    answer = client.getresponse()
    return answer.status, answer.read()
