"""At a first start Airflow says that it is well before it has read the night; whoever asks for one waits."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import scheduler
from o7_warehouse.container_nights import airflow_api
from o7_warehouse.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Starting(ThreadingHTTPServer):
    """An api-server of an Airflow that has not read its files before the third question."""

    asked = 0
    read_at = 3


class Answer(BaseHTTPRequestHandler):
    """What the api-server says: a token, and the DAGs it knows."""

    server: Starting

    def do_POST(self) -> None:
        """Let everybody in."""
        self._say({"access_token": "x"})

    def do_GET(self) -> None:
        """The night, once it was read."""
        self.server.asked += 1
        known = [{"dag_id": scheduler.DAG_ID}] if self.server.asked >= self.server.read_at else []
        self._say({"dags": known})

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def _say(self, what: dict[str, object]) -> None:
        content = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starting]:
    """Such an api-server, at the address the containers are given."""
    server = Starting(("127.0.0.1", 0), Answer)
    monkeypatch.setenv("API_ADDRESS", f"127.0.0.1:{server.server_port}")
    monkeypatch.setenv("O7_STATE", str(tmp_path))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_night_is_asked_for_when_airflow_has_read_it(starting: Starting) -> None:
    airflow_api()

    assert starting.asked == 3


def test_a_night_that_is_never_read_is_an_error_that_says_where_to_look(
    starting: Starting, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting.read_at = 1000
    monkeypatch.setattr(scheduler, "BOOT_SECONDS", 0)

    with pytest.raises(ServerError, match="docker compose logs dag-processor"):
        airflow_api()
