"""The metrics are a file Prometheus can read, of counts alone; what is not known has no line."""

from __future__ import annotations

import datetime as dt

from prometheus_client.parser import text_string_to_metric_families

from o7_warehouse import steps
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.watch.alarms import ALARMS
from tests.watch.conftest import NOON
from tests.watch.test_look import NOBODY

NIGHTS = {"o7_night_state", "o7_night_rows", "o7_night_rules", "o7_published_night_end_timestamp_seconds"}


def metrics(house):
    """Every sample of the file by its name and labels."""
    text = (house.settings.state / "metrics" / "o7.prom").read_text(encoding="utf-8")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_look_writes_what_is_open_and_how_the_last_night_ended(house):
    house.run(reason="GateError")
    house.pass_()

    told = metrics(house)
    assert {code: told["o7_alarm_open", code] for code in ALARMS} == dict.fromkeys(ALARMS, 0) | {
        "gate_closed": 1
    }
    assert (told["o7_night_state", "failed"], told["o7_night_state", "published"]) == (1, 0)
    assert (told["o7_night_rows", "delivered"], told["o7_night_rows", "quarantined"]) == (1000, 3)
    assert (told["o7_night_rules", "failed"], told["o7_night_rules", "unchecked"]) == (2, 1)
    assert told["o7_warehouse_up",] == 1
    assert told["o7_watch_pass_timestamp_seconds",] == NOON.timestamp()
    assert told["o7_backup_timestamp_seconds",] == NOON.timestamp()
    midnight = dt.datetime(2025, 12, 16, tzinfo=MOSCOW)
    assert told["o7_published_night_end_timestamp_seconds",] == midnight.timestamp()


def test_a_dead_warehouse_is_no_warehouse_of_zeros(house):
    house.pass_()
    house.pass_(1, warehouse_dsn=NOBODY, warehouse_tls="unguarded")

    told = metrics(house)
    assert told["o7_warehouse_up",] == 0
    assert told["o7_alarm_open", "warehouse_silent"] == 1
    assert {name for name, *_ in told} & NIGHTS == set()


def test_the_closing_task_writes_them_without_a_watch(house, monkeypatch):
    monkeypatch.setattr(steps, "_digest", lambda *_: None)  # nothing was loaded, so there is none to write
    run_id = house.run(over=False)

    steps.close_night(house.settings, run_id, unfinished=["load"])

    told = metrics(house)
    assert told["o7_night_state", "failed"] == 1
    assert ("o7_watch_pass_timestamp_seconds",) not in told


def test_metrics_that_cannot_be_written_keep_no_night_from_its_end(house, capsys, monkeypatch):
    monkeypatch.setattr(steps, "_digest", lambda *_: None)
    (house.settings.state / "metrics").write_text("in the way", encoding="utf-8")
    run_id = house.run(over=False)
    try:
        assert steps.close_night(house.settings, run_id, unfinished=[]) is None
        assert "could not be written" in capsys.readouterr().err
    finally:
        (house.settings.state / "metrics").unlink()


def test_what_a_label_may_say_is_known(house):
    house.run(reason="GateError")
    house.pass_()

    labels = {label for _, *rest in metrics(house) for label in rest}
    known = {*ALARMS, "published", "held", "failed", "interrupted", "delivered", "quarantined", "unchecked"}
    assert labels <= known
