"""How a night is broken off while Airflow is too busy to answer."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.airflow_api import AirflowApi
from o7_warehouse.scheduler import run_night

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = "manual__1"
INTERRUPTED = 143


class Busy(ThreadingHTTPServer):
    """Answers as Airflow does, but for the first request to mark a run failed: then it says that it cannot."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []
        self.has_run = False

    def answer(self, method: str, path: str) -> tuple[int, dict[str, object]]:
        """Its status and body."""
        if path == "/auth/token":
            return 201, {"access_token": "a token"}
        if path.endswith("/taskInstances"):
            return 200, {"task_instances": []}
        if method == "POST":
            self.has_run = True
        if method == "PATCH" and path.endswith(RUN):
            self.asked.append(path)
            return (200 if len(self.asked) > 1 else 503), {}
        return 200, {"dag_runs": [{"dag_run_id": RUN}] if self.has_run else []}


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Busy

    def reply(self) -> None:
        """Hand on what the server says."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body = self.server.answer(self.command, self.path.split("?")[0])
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_PATCH = reply  # noqa: N815 - the names the library looks for

    def log_message(self, *_: object) -> None:
        """Nothing is written to the terminal."""


@pytest.fixture
def busy() -> Iterator[Busy]:
    """Such a server at work."""
    with Busy() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_night_broken_off_while_airflow_is_busy_ends_as_asked_and_leaves_no_run_at_work(busy: Busy) -> None:
    api = AirflowApi(base=f"http://127.0.0.1:{busy.server_port}", user="admin", password="a password")  # noqa: S106

    def interrupted(_: object) -> None:
        raise SystemExit(INTERRUPTED)

    with pytest.raises(SystemExit) as ended:
        run_night(api, dag_run_id=RUN, conf={}, watch=interrupted)

    assert ended.value.code == INTERRUPTED
    assert len(busy.asked) == 2
