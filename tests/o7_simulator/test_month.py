"""A month of deliveries: everything that can go wrong goes wrong once, and what is not spoilt on purpose stays true."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest

from o7_simulator import cli, mishaps
from o7_simulator.clock import Clock
from o7_simulator.errors import RequestError
from o7_simulator.plan import Request
from o7_simulator.rates import profile

FIRST, NIGHTS = dt.date(2025, 12, 15), 20


def request(seed=22, nights=NIGHTS):
    return Request(150, seed, Clock(FIRST, nights), profile("eventful"))


def made(folder, seed=22):
    cli.run(request(seed), str(folder), truth_file=None, processes=1, is_month=True)
    return folder


def script(folder):
    return json.loads((folder / "deliveries.json").read_text("utf-8"))


def header(folder, night, entity):
    return (folder / night / f"{entity}.csv").read_text("utf-8").split("\n", 1)[0].split(";")


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    return made(tmp_path_factory.mktemp("month") / "drops")


def test_everything_happens_once_and_the_replica_for_three_nights_on_end(month):
    deliveries = script(month)
    said = [one["says"] for one in deliveries if one["says"]]
    replica = [one["night"] for one in deliveries if one["transport"] == "replica"]
    first = dt.date.fromisoformat(replica[0])

    assert {one.says for one in (*mishaps.LASTING.values(), *mishaps.SPOILT.values())} <= set(said)
    assert {"источник не отвечает", "та же ночь поставлена второй раз"} <= set(said)
    assert len(set(said)) == len(said) - 2
    assert replica == [(first + dt.timedelta(days=day)).isoformat() for day in range(3)]


def test_one_night_never_comes_and_every_other_is_published_in_the_end(month):
    ended = {one["night"]: one["ends"] for one in script(month)}

    assert len(ended) == NIGHTS - 1
    assert set(ended.values()) == {"published"}


def test_what_is_refused_lies_beside_the_night_that_comes_right_afterwards(month):
    deliveries = script(month)
    refused = [place for place, one in enumerate(deliveries) if one["ends"] == "refused"]

    assert len(refused) == len(mishaps.SPOILT)
    for place in refused:
        spoilt, mended = deliveries[place : place + 2]
        assert spoilt["folder"] != mended["folder"] == mended["night"] == spoilt["night"]
        assert (month / spoilt["folder"]).is_dir()


def test_every_manifest_tells_what_its_files_hold_but_for_the_file_that_was_cut(month):
    wrong = {
        manifest.parent.name: file["entity"]
        for manifest in month.glob("*/manifest.json")
        for file in json.loads(manifest.read_text("utf-8"))["files"]
        if hashlib.sha256((manifest.parent / file["file"]).read_bytes()).hexdigest() != file["sha256"]
    }

    assert [name.rpartition(".")[2] for name in wrong] == ["cut"]
    assert set(wrong.values()) == {"person"}


def test_what_changes_for_good_is_so_on_every_later_night(month):
    [since] = [one["night"] for one in script(month) if one["says"] == mishaps.LASTING["new_column"].says]
    nights = [path.name for path in month.iterdir() if path.is_dir()]

    assert {night for night in nights if "locker_no" in header(month, night, "student")} == {
        night for night in nights if night >= since
    }


def test_rows_that_come_late_claim_to_be_old(month):
    [night] = [one["night"] for one in script(month) if "прошлым месяцем" in one["says"]]
    old = f"{dt.date.fromisoformat(night) - dt.timedelta(days=40)}T12:00:00+03:00"

    assert any(old in path.read_text("utf-8") for path in (month / night).glob("*.csv"))
    assert not any(old in path.read_text("utf-8") for path in (month / FIRST.isoformat()).glob("*.csv"))


def test_the_same_seed_makes_the_same_month_and_another_seed_another(month, tmp_path):
    again, other = made(tmp_path / "again"), made(tmp_path / "other", seed=23)

    def content(folder):
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert content(again) == content(month)
    assert [one["says"] for one in script(other)] != [one["says"] for one in script(month)]


def test_a_month_that_is_too_short_is_refused(tmp_path):
    with pytest.raises(RequestError, match="needs 20 nights at least"):
        cli.run(request(nights=19), str(tmp_path / "short"), truth_file=None, processes=1, is_month=True)


@pytest.mark.parametrize(("target", "form"), [("dbname=o7", "contract"), ("folder", "manual")])
def test_a_month_needs_files_that_can_be_spoilt(tmp_path, target, form):
    to = target if "=" in target else str(tmp_path / target)

    with pytest.raises(RequestError, match="--month spoils the CSV files"):
        cli.run(request(), to, truth_file=None, processes=1, form=form, is_month=True)
