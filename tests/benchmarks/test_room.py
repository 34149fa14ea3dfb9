"""A size the disk cannot hold is not begun, and says so."""

from __future__ import annotations

import shutil
import time

import pytest

from benchmarks import bench_scale
from benchmarks.scale.held import Held, folder_bytes
from benchmarks.scale.results import FIRST, write
from benchmarks.scale.room import (
    MARGIN,
    RESERVE_BYTES,
    bytes_wanted,
    ensure_room,
    free_bytes,
    most_pupils,
    refusal,
)
from tests.benchmarks.measured import FIXED_BYTES, PER_PUPIL_BYTES, measured

MILLION = 1_000_000
PATIENCE_SECONDS = 10


def _wait_for(is_so):
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)


def test_two_smaller_sizes_tell_the_fixed_part_from_a_pupils():
    wanted = bytes_wanted(MILLION, [measured(10_000), measured(100_000)])

    assert wanted == pytest.approx((FIXED_BYTES + PER_PUPIL_BYTES * MILLION) * MARGIN)


def test_one_smaller_size_counts_all_as_a_pupils():
    assert bytes_wanted(MILLION, [measured(100_000, peak_bytes=3_000)]) == pytest.approx(30_000 * MARGIN)


def test_a_line_that_falls_is_not_believed():
    """The log of the server may be larger beside the smaller world."""
    known = [measured(10_000, peak_bytes=5_000), measured(100_000, peak_bytes=4_000)]

    assert bytes_wanted(MILLION, known) == pytest.approx(40_000 * MARGIN)


def test_a_larger_size_tells_nothing_of_a_smaller_one():
    assert bytes_wanted(1_000, [measured(100_000)]) is None
    assert refusal(1_000, [measured(100_000)], free=0) is None


def test_a_disk_that_holds_it_and_the_reserve_is_enough_and_one_byte_less_is_not():
    known = [measured(10_000), measured(100_000)]
    enough = bytes_wanted(MILLION, known) + RESERVE_BYTES

    assert refusal(MILLION, known, free=enough) is None
    assert "NOT MEASURED" in refusal(MILLION, known, free=enough - 1)


def test_the_refusal_says_what_a_pupil_takes_and_what_there_is():
    said = refusal(MILLION, [measured(100_000, peak_bytes=100_000 * 32_768)], free=3 * 2**30)

    assert "1000000 pupils" in said
    assert "35.1 GB" in said
    assert "37 kB a pupil" in said
    assert "3.0 GB" in said
    assert "--state" in said


@pytest.mark.parametrize("free", [3 * 10**9, 10**10, 3 * 10**10])
def test_what_would_find_room_does_and_a_tenth_more_does_not(free):
    known = [measured(1_000), measured(10_000)]
    most = most_pupils(10**9, known, free=free)

    assert f"{most} would find room" in refusal(10**9, known, free=free)
    assert refusal(most, known, free=free) is None
    assert refusal(most + most // 9, known, free=free) is not None


def test_the_first_night_alone_needs_less_and_the_refusal_says_so():
    known = [measured(100_000, peak_bytes=100_000 * 40_960, first_bytes=100_000 * 20_480)]

    assert bytes_wanted(MILLION, known, last=FIRST) == pytest.approx(MILLION * 20_480 * MARGIN)
    assert "--first-only (21.9 GB)" in refusal(MILLION, known, free=0)
    assert "--first-only" not in refusal(MILLION, known, free=0, last=FIRST)


def test_a_night_is_broken_off_before_the_disk_is_full(tmp_path):
    ensure_room(tmp_path, free=RESERVE_BYTES)

    with pytest.raises(SystemExit, match="broken off"):
        ensure_room(tmp_path, free=RESERVE_BYTES - 1)


def test_what_a_folder_held_for_a_while_is_seen_as_well_as_its_end(tmp_path):
    (tmp_path / "stays").write_bytes(b"x" * 100_000)
    (tmp_path / "goes").write_bytes(b"x" * 300_000)

    with Held(tmp_path, every=0.01) as held:
        _wait_for(lambda: held.peak >= 400_000)
        (tmp_path / "goes").unlink()
    with Held(tmp_path, every=60) as end:
        pass

    assert held.peak >= 400_000
    assert 100_000 <= end.peak == folder_bytes(tmp_path) < 300_000


def test_free_is_told_of_a_folder_that_is_not_there_yet(tmp_path):
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)


def test_the_command_leaves_the_size_out_tells_the_others_and_ends_with_an_error(
    tmp_path, monkeypatch, capsys
):
    """A disk as no machine has it: the smaller sizes took a petabyte."""
    into = tmp_path / "results.json"
    write(into, [measured(size, peak_bytes=size * 10**12) for size in (1_000, 2_000, 3_000)])
    words = ["bench", "--sizes", "4000", "--into", str(into), "--state", str(tmp_path / "worlds")]
    monkeypatch.setattr("sys.argv", words)

    with pytest.raises(SystemExit, match="4000 pupils are NOT MEASURED"):
        bench_scale.main()

    assert "3000" in capsys.readouterr().out
    assert not (tmp_path / "worlds").exists()
    assert (tmp_path / "results-first.svg").exists()
