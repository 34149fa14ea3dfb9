"""A rehearsal that was stopped goes on; a world that was killed is made anew; what is told stands in the README."""

from __future__ import annotations

import fcntl
from dataclasses import replace

import pytest

from benchmarks import bench_scale
from benchmarks.scale import page, results
from benchmarks.scale.results import FIRST
from o7_warehouse.revision import code_revision
from o7_warehouse.settings import ROOT
from tests.benchmarks.measured import measured

FOLDER = ROOT / "benchmarks"


@pytest.fixture
def rehearsed(tmp_path, monkeypatch):
    """Runs the command in a folder of its own with worlds of one file; gives the sizes it has walked."""
    begun = []

    def run(*words):
        begun.clear()
        into = tmp_path / "results.json"
        monkeypatch.setattr(
            "sys.argv", ["bench", "--into", str(into), "--state", str(tmp_path / "worlds"), *words]
        )
        bench_scale.main(walk)
        return list(begun)

    def walk(pupils, state, note, *, last):
        begun.append(pupils)
        (state / "world").touch()
        size = measured(pupils, revision=code_revision(ROOT))
        note(replace(size, nights={FIRST: size.nights[FIRST]}))
        if pupils == run.ends_at:
            raise SystemExit("The session has ended.")
        if last != FIRST:
            note(size)

    run.ends_at = None
    return run


def test_what_was_stopped_goes_on_with_the_first_size_that_is_not_whole(rehearsed):
    words = ("--sizes", "3000", "1000", "2000")
    rehearsed.ends_at = 2000
    with pytest.raises(SystemExit, match="session"):
        rehearsed(*words)
    rehearsed.ends_at = None

    assert rehearsed(*words) == [2000, 3000]
    assert rehearsed(*words) == []
    assert rehearsed(*words, "--again") == [1000, 2000, 3000]


def test_a_first_night_alone_is_no_whole_size(rehearsed):
    assert rehearsed("--sizes", "1000", "--first-only") == [1000]
    assert rehearsed("--sizes", "1000", "--first-only") == []
    assert rehearsed("--sizes", "1000") == [1000]


def test_a_world_goes_when_it_is_measured_and_stays_when_it_failed(rehearsed, tmp_path):
    rehearsed.ends_at = 2000
    with pytest.raises(SystemExit, match="session"):
        rehearsed("--sizes", "1000", "2000")

    assert [path.name for path in (tmp_path / "worlds").iterdir()] == ["2000"]


def test_the_room_of_a_killed_world_is_free_before_it_is_asked_for(rehearsed, tmp_path):
    """A petabyte is refused, and what was left of it is gone all the same."""
    results.write(tmp_path / "results.json", [measured(size, peak_bytes=size * 10**12) for size in (10, 20)])
    left = tmp_path / "worlds" / "1000"
    left.mkdir(parents=True)
    (left / bench_scale.MARK).touch()

    with pytest.raises(SystemExit, match="NOT MEASURED"):
        rehearsed("--sizes", "1000")

    assert not left.exists()


def test_a_folder_of_somebody_else_is_left_alone(rehearsed, tmp_path):
    (tmp_path / "worlds" / "1000").mkdir(parents=True)

    with pytest.raises(SystemExit, match="not made by this benchmark"):
        rehearsed("--sizes", "1000")

    assert (tmp_path / "worlds" / "1000").exists()


def test_a_world_in_which_somebody_is_at_work_is_not_thrown_away(rehearsed, tmp_path):
    postgres = tmp_path / "worlds" / "1000" / "postgres"
    postgres.mkdir(parents=True)
    (postgres.parent / bench_scale.MARK).touch()
    with (postgres / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with pytest.raises(SystemExit, match="Somebody is at work"):
            rehearsed("--sizes", "1000")
        assert postgres.exists()

    assert rehearsed("--sizes", "1000") == [1000]


def test_the_page_and_the_charts_are_what_was_measured():
    """No figure between the marks was written by hand."""
    kept = results.read(FOLDER / "scale" / "measured.json")
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert page.placed(text, page.section(kept)) == text
    assert {path.name for path in FOLDER.glob("scale-*.svg")} == set(page.pictures(kept))
    for name, picture in page.pictures(kept).items():
        assert (FOLDER / name).read_text(encoding="utf-8") == picture


def test_what_is_kept_tells_the_newest_and_is_told_again_alike(tmp_path):
    (tmp_path / "README.md").write_text(f"# B\n\n{page.BEGIN}\n{page.END}\n\nrest\n", encoding="utf-8")
    (tmp_path / "scale").mkdir()
    sizes = [measured(size, date="2026-02-01", revision="b") for size in (1_000, 3_000, 10_000)]

    page.keep(tmp_path, [measured(1_000), *sizes])

    kept = results.read(tmp_path / "scale" / "measured.json")
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert kept == sizes
    assert page.placed(text, page.section(kept)) == text
    assert text.endswith("rest\n")
    assert "ON PAPER" in text
    assert "(scale-ordinary.svg)" in text
    assert (tmp_path / "scale-first.svg").exists()


def test_a_page_without_a_place_is_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "README.md").write_text("# B\n", encoding="utf-8")

    with pytest.raises(SystemExit, match="has not one place"):
        page.keep(tmp_path, [measured(1_000)])
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
