"""A look speaks when the state of an alarm changes, whatever else is dead, and not again."""

from __future__ import annotations

import datetime as dt
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import night_outcome, runs
from o7_warehouse.errors import PermanentError, SettingsError
from o7_warehouse.warehouse import transaction
from o7_warehouse.watch.memory import read_memory
from tests.watch.conftest import LAST_NIGHT, NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = "postgresql://o7_admin:secret@127.0.0.1:1/warehouse"
MONDAY_BEFORE = NOON - dt.timedelta(days=1)
WELL = {part: {"status": "healthy"} for part in ("metadatabase", "scheduler", "dag_processor")}


@contextmanager
def answering(told: dict[str, object]) -> Iterator[str]:
    """A server that says of Airflow's parts what it is told; gives its address."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/api/v2/monitor/health" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_house_in_which_nothing_is_wrong_is_silent(house):
    assert house.pass_() == []
    assert house.rows() == []
    assert read_memory(house.settings).passed_at == NOON.isoformat()


@pytest.mark.parametrize(
    ("reason", "alarm"),
    [
        ("SourceUnavailableError", "source_silent"),
        ("ContractError", "delivery_refused"),
        ("DeliveryError", "delivery_refused"),
        ("GateError", "gate_closed"),
        ("StatementError", "night_failed"),
        ("unknown", "night_failed"),
    ],
)
def test_a_failed_night_is_told_once_by_whose_fault_it_is_and_closed_by_a_good_one(house, reason, alarm):
    house.run(reason=reason)

    assert house.pass_() == [f"opened {alarm}"]
    assert house.pass_(1) == []
    house.run(reason=reason)  # tried again in vain: the same state
    assert house.pass_(2) == []

    house.run()
    assert house.pass_(3) == [f"closed {alarm}"]
    assert house.pass_(4) == []
    hours = {event: at for event, _, at in house.rows()}
    assert hours == {"opened": NOON, "closed": NOON + dt.timedelta(hours=3)}


def test_a_night_that_does_not_come_is_told_after_its_hour_and_not_before(house):
    assert house.pass_(18) == []  # Wednesday, 06:00

    assert house.pass_(19) == ["opened night_missing"]

    house.run(LAST_NIGHT + dt.timedelta(days=1))
    assert house.pass_(20) == ["closed night_missing"]


def test_a_dead_warehouse_is_told_once_and_written_down_when_it_lives_again(house):
    assert house.pass_(warehouse_dsn=NOBODY, warehouse_tls="unguarded") == ["opened warehouse_silent"]
    assert house.pass_(1, warehouse_dsn=NOBODY, warehouse_tls="unguarded") == []
    assert house.rows() == []

    assert house.pass_(2) == ["closed warehouse_silent"]

    assert house.rows() == [
        ("opened", "warehouse_silent", NOON),
        ("closed", "warehouse_silent", NOON + dt.timedelta(hours=2)),
    ]


def test_what_nobody_could_look_at_stays_open(house):
    house.run(reason="GateError")
    house.pass_()

    assert house.pass_(1, warehouse_dsn=NOBODY, warehouse_tls="unguarded") == ["opened warehouse_silent"]
    assert {one.code for one in read_memory(house.settings).opened} == {"gate_closed", "warehouse_silent"}


def test_a_dead_scheduler_is_told_when_it_stops_and_when_it_is_back(house):
    with answering(WELL) as address:
        assert house.pass_(airflow_url=address) == []

    assert house.pass_(1, airflow_url=address) == ["opened scheduler_silent"]
    assert house.pass_(2, airflow_url=address) == []

    with answering(WELL) as back:
        assert house.pass_(3, airflow_url=back) == ["closed scheduler_silent"]


def test_airflow_without_a_scheduler_is_a_dead_scheduler(house):
    with answering(WELL | {"scheduler": {"status": "unhealthy"}}) as address:
        assert house.pass_(airflow_url=address) == ["opened scheduler_silent"]

    assert "планировщик" in read_memory(house.settings).opened[0].said


def test_a_timetable_without_an_airflow_is_a_dead_scheduler(house):
    assert house.pass_(timetable="cron") == ["opened scheduler_silent"]


def test_an_address_that_is_none_is_a_setting_to_be_corrected(house):
    with pytest.raises(SettingsError, match="O7_AIRFLOW_URL"):
        house.pass_(airflow_url="file:///etc")


def test_a_night_that_never_ends_is_told_and_gets_its_outcome(house):
    run_id = house.run(LAST_NIGHT, started=NOON, over=False)

    assert house.pass_(5) == []
    assert house.pass_(5.1) == ["opened night_stuck"]
    assert house.pass_(5.2) == ["opened night_failed"]  # its outcome is there, and says so

    with transaction(house.settings, "o7_reporter") as connection, connection.cursor() as cursor:
        last = night_outcome.newest(cursor)[0]
    assert (last.run_id, last.state, last.reason) == (run_id, night_outcome.State.interrupted, "killed")


def test_a_night_whose_command_is_at_work_is_not_called_interrupted(house):
    run_id = house.run(LAST_NIGHT, over=False)
    with runs.hold_lock(house.settings, run_id=run_id):
        assert house.pass_(6) == ["opened night_stuck"]

    with transaction(house.settings, "o7_reporter") as connection, connection.cursor() as cursor:
        assert night_outcome.newest(cursor)[0].run_id != run_id


def test_a_memory_that_cannot_be_read_is_said_and_not_begun_anew(house):
    house.pass_()
    (house.settings.state / "watch" / "alarms.json").write_text("{", encoding="utf-8")

    with pytest.raises(PermanentError, match=r"alarms\.json"):
        house.pass_(1)


def test_a_disk_that_takes_no_memory_does_not_keep_the_watch_from_speaking(house):
    house.run(reason="GateError")
    in_the_way = house.settings.state / "watch" / "alarms.unfinished"
    in_the_way.mkdir(parents=True)

    assert house.pass_() == ["opened gate_closed"]
    assert house.pass_(1) == ["opened gate_closed"]  # it could not remember

    in_the_way.rmdir()
    assert house.pass_(2) == ["opened gate_closed"]
    assert house.pass_(3) == []
