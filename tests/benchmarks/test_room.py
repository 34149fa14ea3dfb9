"""A size the disk cannot hold is not begun, and says so."""

from __future__ import annotations

import shutil

import pytest

from benchmarks import bench_scale
from benchmarks.scale.results import write
from benchmarks.scale.room import MARGIN, RESERVE_BYTES, bytes_wanted, free_bytes, refusal
from tests.benchmarks.measured import FIXED_BYTES, PER_PUPIL_BYTES, measured

MILLION = 1_000_000


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
    assert "38.1 GB" in said
    assert "40 kB a pupil" in said
    assert "3.0 GB" in said
    assert "--state" in said


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
