"""The events say what OpenLineage asks for, one file a run; and a service that is away keeps no night."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
import uuid
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from o7_warehouse.errors import SettingsError, WarehouseUnavailableError
from o7_warehouse.lineage.events import send_events, write_events
from o7_warehouse.lineage.graph import Lineage, origins, path

pytestmark = pytest.mark.usefixtures("server")
RUN = str(uuid.UUID(int=7))
AT = dt.datetime(2025, 12, 16, 3, tzinfo=dt.UTC)
LINEAGE = Lineage(
    made={
        "marts.fact": {"met": {"": frozenset({("raw_o7.person", "snils")})}, "night": {}},
        "published.indicator_values": {
            "value": {"4.1": frozenset({("marts.fact", "met")}), "4.2": frozenset({("raw_o7.person", "inn")})}
        },
        "reports.indicator_statement": {"4.1": {"4.1": frozenset({("published.indicator_values", "value")})}},
    },
    step={
        "marts.fact": "facts", "published.indicator_values": "publish", "reports.indicator_statement": "render",
    },
)  # fmt: skip


@pytest.fixture
def events(settings):
    """The file of a run, line by line."""
    file = write_events(settings, LINEAGE, run_id=RUN, at=AT)
    yield [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    shutil.rmtree(settings.state / "lineage")


def test_each_table_begins_and_ends_as_a_part_of_the_night(events):
    assert [one["eventType"] for one in events] == ["START", "COMPLETE"] * 3
    assert {one["run"]["facets"]["parent"]["run"]["runId"] for one in events} == {RUN}
    assert [one["job"]["name"] for one in events[::2]] == [
        "o7_night.facts.marts.fact",
        "o7_night.publish.published.indicator_values",
        "o7_night.render.reports.indicator_statement",
    ]
    assert len({one["run"]["runId"] for one in events}) == 3
    assert {one["schemaURL"].partition("#")[0] for one in events} == {
        "https://openlineage.io/spec/2-0-2/OpenLineage.json"
    }


def test_the_way_from_a_column_of_the_source_to_a_printed_figure_can_be_followed_in_the_events(events):
    made = {}
    for one in events:
        for output in one.get("outputs", []):
            for column, told in output["facets"]["columnLineage"]["fields"].items():
                made[output["name"], column] = [(part["name"], part["field"]) for part in told["inputFields"]]

    way = [("indicator_statement", "4.1")]
    while way[-1] in made:
        way.append(next(part for part in made[way[-1]] if part[1] != "inn"))

    assert way == [
        ("indicator_statement", "4.1"),
        ("warehouse.published.indicator_values", "value"),
        ("warehouse.marts.fact", "met"),
        ("warehouse.raw_o7.person", "snils"),
    ]


def test_a_file_of_the_same_run_is_replaced(settings, events):
    again = write_events(settings, LINEAGE, run_id=RUN, at=AT)

    assert len(again.read_text(encoding="utf-8").splitlines()) == len(events)


def test_a_service_gets_every_event(settings):
    taken = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    service = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    try:
        there = replace(settings, openlineage_url=f"http://127.0.0.1:{service.server_port}")
        send_events(there, LINEAGE, run_id=RUN, at=AT)
    finally:
        service.shutdown()
        thread.join()
        service.server_close()

    assert {path for path, _ in taken} == {"/api/v1/lineage"}
    assert [one["eventType"] for _, one in taken] == ["START", "COMPLETE"] * 3


def test_a_service_that_is_away_is_said(settings):
    with pytest.raises(WarehouseUnavailableError, match="took no lineage"):
        send_events(replace(settings, openlineage_url="http://127.0.0.1:1"), LINEAGE, run_id=RUN, at=AT)


def test_an_address_that_is_none_is_a_setting_to_be_corrected(settings):
    with pytest.raises(SettingsError, match="O7_OPENLINEAGE_URL"):
        send_events(replace(settings, openlineage_url="ftp://x"), LINEAGE, run_id=RUN, at=AT)


def test_the_way_of_a_figure_keeps_to_its_indicator():
    assert path(LINEAGE, ("raw_o7.person", "snils"), "4.1")[0] == ("raw_o7.person", "snils")
    assert path(LINEAGE, ("raw_o7.person", "inn"), "4.1") == []
    assert origins(LINEAGE, "4.1") == {("raw_o7.person", "snils")}
