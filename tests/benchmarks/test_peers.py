"""What is told of peers: figures of those who did the work, reasons of those who did not. Nothing is timed here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench_peers import FOLDER
from benchmarks.peers import environment, table
from benchmarks.peers.drawing import draw
from benchmarks.peers.examination import plain, plain_rules
from benchmarks.peers.process import LAUNCH, Command, NotRunError, last_words
from benchmarks.peers.side import Plan, Side, Told, measure
from o7_warehouse.rules import read_rules

FAMILY, PUPILS = "extract", 10
TWICE = Plan(turns=2)


def side(name, *words, check=lambda: None, is_ours=False):
    return Side(name=name, version="1.0", command=lambda: Command(list(words)), check=check, is_ours=is_ours)


def told_of(*sides, work, plan=TWICE):
    # This very process stands in for a server: its own time is read the same way.
    return measure(sides, family=FAMILY, pupils=PUPILS, plan=plan, postmaster=os.getpid(), work=work)


def row(name, *cpu, beside=(1.0, 1.0, 1.0), is_ours=False, **more):
    return Told(
        family=FAMILY, pupils=PUPILS, name=name, version="1.0", is_ours=is_ours, client=list(cpu),
        server=[0.0] * len(cpu), wall=list(cpu), beside=list(beside), **more,
    )  # fmt: skip


OURS = row("ours", 1.0, 1.0, 1.0, is_ours=True, start=0.5)


def test_a_side_that_ends_with_an_error_is_told_with_its_words_and_has_no_figures(tmp_path):
    [ours, peer] = told_of(
        side("ours", "true", is_ours=True),
        side("peer", "sh", "-c", "echo 'LoadError: no such table' >&2; exit 3"),
        work=tmp_path,
    )

    assert len(ours.client) == 2
    assert peer.not_run == "it ended with 3: LoadError: no such table"
    assert peer.client == []


def test_without_turns_the_first_one_counts(tmp_path):
    [ours] = told_of(side("ours", "true", is_ours=True), work=tmp_path, plan=Plan(turns=0))

    assert len(ours.cpu) == len(ours.ratios) == 1


def test_a_side_has_one_figure_though_the_time_is_over(tmp_path):
    [ours] = told_of(side("ours", "true", is_ours=True), work=tmp_path, plan=Plan(turns=3, minutes=0))

    assert len(ours.client) == 1


def test_a_program_that_is_not_there_is_told(tmp_path):
    [peer] = told_of(side("peer", str(tmp_path / "absent")), work=tmp_path)

    assert peer.not_run is not None
    assert peer.not_run.startswith("it could not be started")


def test_a_side_that_did_other_work_has_no_figures(tmp_path):
    """It ends without an error, and quickly: exactly what must never count."""

    def refuses():
        raise NotRunError("it landed other values")

    [peer] = told_of(side("peer", "true", check=refuses), work=tmp_path)

    assert peer.not_run == "it landed other values"
    assert (peer.client, peer.server, peer.wall) == ([], [], [])


def test_nothing_is_worked_out_from_a_side_without_figures():
    peer = row("peer", not_run="it could not be installed")

    with pytest.raises(NotRunError, match="peer was not run: it could not be installed"):
        _ = peer.median
    with pytest.raises(NotRunError):
        _ = peer.ratios


def test_a_side_that_was_not_run_has_a_line_at_the_end_and_is_not_dropped():
    page = table.tables([row("tap | target", not_run="no wheel | none"), row("slow", 9.0), OURS])
    lines = [line for line in page.splitlines() if line.startswith(("| tap", "| slow", "| **ours"))]

    assert lines[-1] == "| tap \\| target | 1.0 | – | not run: no wheel \\| none | | | | | |"
    assert lines[0].startswith("| **ours**")
    assert len(lines) == 3


def test_a_side_that_was_not_run_is_drawn_without_a_bar():
    svg = draw([OURS, row("peer", not_run="no wheel")])

    assert "not run" in svg
    assert svg.count("<rect") == 1  # the ground


@pytest.mark.parametrize(
    ("peers", "says"),
    [
        pytest.param([row("ingestr", not_run="no wheel")], "not measured: no wheel", id="not run is not won"),
        pytest.param([], "not measured: it was not among the sides", id="absent is not won"),
        pytest.param([row("ingestr", 1.5, 1.5, 1.5)], "**not met**: 1.50 (1.50–1.50)", id="too near"),
        pytest.param([row("ingestr", 2.0, 3.0, 4.0)], "met: 3.00 (2.00–4.00)", id="far enough"),
        pytest.param(
            [row("ingestr, fast", 1.2, 1.2, 1.2), row("ingestr, slow", 9.0, 9.0, 9.0)],
            "**not met**: 1.20",
            id="the best of them counts",
        ),
        pytest.param(
            [row("ingestr, fast", not_run="no wheel"), row("ingestr, slow", 9.0, 9.0, 9.0)],
            "**not shown**: not run: ingestr, fast; of the others the best 9.00",
            id="the best may be the one that was not run",
        ),
        pytest.param(
            [row("ingestr, fast", not_run="no wheel"), row("ingestr, slow", 1.2, 1.2, 1.2)],
            "**not met**: 1.20",
            id="too near already without the one that was not run",
        ),
    ],
)
def test_a_goal_is_told_as_it_came_out(peers, says):
    [line] = [line for line in table.goals([OURS, *peers]).splitlines() if line.startswith("| ingestr")]

    assert line.split("| ")[3].startswith(says)


def test_a_goal_is_not_met_where_ours_was_not_run():
    rows = [row("ours", not_run="no server", is_ours=True), row("ingestr", 9.0, beside=())]

    assert "| not measured: ours was not run |" in table.goals(rows)


def test_what_processes_take_to_start_is_left_out_on_both_sides():
    assert table.work_ratio(row("peer", 3.0, start=2.0), OURS) == pytest.approx(2.0)


def test_ours_is_measured_whatever_words_are_given_and_others_only_by_them(tmp_path):
    sides = [side("ours", "true", is_ours=True), side("dlt, csv", "true"), side("sling", "true")]

    told = told_of(*sides, work=tmp_path, plan=Plan(turns=0, only=["dlt"]))

    assert [one.name for one in told] == ["ours", "dlt, csv"]


def test_a_newer_row_takes_the_place_of_the_same_side(tmp_path):
    table.write(tmp_path / "rows.json", [OURS, row("peer", 2.0)])

    rows = table.merged(table.read(tmp_path / "rows.json"), [row("peer", 3.0)])

    assert [(one.name, one.client) for one in rows] == [("ours", [1.0, 1.0, 1.0]), ("peer", [3.0])]


def test_the_page_and_the_drawing_are_what_was_measured():
    """No figure of the page was written by hand."""
    rows = table.read(FOLDER / "peers" / "measured.json")
    page = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert rows
    assert table.placed(page, table.tables(rows)) == page
    assert draw(rows) == (FOLDER / "peers.svg").read_text(encoding="utf-8")


def test_a_page_without_a_place_for_the_tables_is_refused():
    with pytest.raises(SystemExit, match="has not one place"):
        table.placed("# Benchmarks\n", "tables")


def launched(tmp_path, *words, seconds="30"):
    result = tmp_path / "used.json"
    subprocess.run([sys.executable, "-I", str(LAUNCH), str(result), seconds, *words], check=True)
    return json.loads(result.read_text(encoding="utf-8"))


def test_what_a_command_leaves_behind_is_counted_too(tmp_path):
    """A browser's helpers are nobody's children when it has gone."""
    burn = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while time.process_time() < 0.2: pass\n"

    assert launched(tmp_path, sys.executable, "-I", "-c", burn)["cpu"] > 0.2


def test_a_command_that_takes_too_long_is_ended_with_all_its_children(tmp_path):
    used = launched(tmp_path, "sh", "-c", "sleep 299 & sleep 299", seconds="0.5")

    assert used["is_late"] is True
    assert used["code"] == -signal.SIGKILL


def test_a_launcher_that_is_ended_ends_what_it_launched(tmp_path):
    words = [
        sys.executable,
        "-I",
        str(LAUNCH),
        str(tmp_path / "used.json"),
        "300",
        "sh",
        "-c",
        "echo $$; exec sleep 299",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as launcher:
        sleeper = int(launcher.stdout.readline())
        launcher.terminate()

    assert not Path(f"/proc/{sleeper}").exists()


def test_last_words_tell_neither_address_nor_place(tmp_path):
    log = tmp_path / "said.log"
    log.write_text(
        "SomeError: postgresql://me:secret@host/db at /srv/state/x.json | end\nbye\n", encoding="utf-8"
    )

    assert last_words(log) == "SomeError: postgresql://… at …/x.json / end"


@pytest.mark.parametrize("listed", sorted(environment.REQUIREMENTS.glob("*.txt")), ids=lambda path: path.stem)
def test_every_package_of_a_peer_has_its_version(listed: Path):
    packages = [line for line in listed.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert packages
    assert [line for line in packages if "==" not in line] == []


def test_a_peer_that_cannot_be_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path)
    (tmp_path / "odd.txt").write_text("this is no requirement\n", encoding="utf-8")

    with pytest.raises(NotRunError, match="odd could not be installed"):
        environment.installed("odd", tmp_path / "environments")


def test_the_rules_that_all_sides_can_say_are_of_every_kind_and_of_every_entity():
    rules = plain_rules()

    assert {rule.kind for rule in rules} == {"given", "single", "listed", "unlike"}
    assert {rule.entity for rule in rules} == {group.entity for group in read_rules()}


def test_a_rule_that_needs_a_predicate_of_ours_is_left_to_us():
    by_id = {rule.rule_id: rule for group in read_rules() for rule in group.rules}

    assert plain(by_id["person.snils_placeholder"]) is None
    assert plain(by_id["organization.founder"]) is None
