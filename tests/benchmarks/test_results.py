"""Results of several days in one file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.scale.results import FIRST, ORDINARY, is_measured, joined, newest, read, step_names, write
from tests.benchmarks.measured import measured, step


def test_what_is_written_is_read_back(tmp_path):
    sizes = [measured(1_000), measured(2_000)]

    write(tmp_path / "deep" / "results.json", sizes)

    assert read(tmp_path / "deep" / "results.json") == sizes
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["results.json"]


def test_a_file_that_is_not_there_holds_nothing(tmp_path):
    assert read(tmp_path / "results.json") == []


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"form": 0, "sizes": []}'], ids=["a list", "nothing", "another form"]
)
def test_a_file_of_something_else_is_refused_and_kept(tmp_path, text):
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SystemExit, match="--into"):
        read(path)
    assert path.read_text(encoding="utf-8") == text


def test_the_same_size_code_and_day_takes_the_place_of_the_first():
    again = measured(1_000, peak_bytes=7)

    assert joined([measured(1_000), measured(2_000)], [again]) == [again, measured(2_000)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"revision": "b"}, id="other code"),
        pytest.param({"date": "2026-01-02"}, id="another day"),
    ],
)
def test_what_differs_in_code_or_day_stands_beside(other):
    sizes = joined([measured(1_000)], [measured(1_000, **other)])

    assert sizes == [measured(1_000), measured(1_000, **other)]


def test_the_newest_of_each_size_is_told():
    old, new, other = measured(1_000), measured(1_000, date="2026-02-01", revision="b"), measured(500)

    assert newest([new, old, other]) == [other, new]


@pytest.mark.parametrize(
    ("pupils", "revision", "nights", "last", "measured_already"),
    [
        pytest.param(1_000, "a", (FIRST, ORDINARY), ORDINARY, True, id="to its last night"),
        pytest.param(1_000, "a", (FIRST,), ORDINARY, False, id="broken off behind its first night"),
        pytest.param(1_000, "a", (FIRST,), FIRST, True, id="more was not wanted"),
        pytest.param(1_000, "b", (FIRST, ORDINARY), ORDINARY, False, id="other code"),
        pytest.param(2_000, "a", (FIRST, ORDINARY), ORDINARY, False, id="another size"),
    ],
)
def test_only_what_this_code_has_walked_to_the_last_night_is_not_measured_again(
    pupils, revision, nights, last, measured_already
):
    size = measured(1_000)
    known = [replace(size, nights={name: size.nights[name] for name in nights})]

    assert is_measured(known, pupils, revision=revision, last=last) is measured_already


def test_a_step_only_a_newer_code_has_is_listed_too():
    older = measured(1_000)
    newer = measured(2_000, lambda _: [step("load"), step("portal")])

    assert step_names([older, newer], "first") == ["load", "portal"]


def test_the_newest_that_has_a_night_is_told_of_that_night():
    whole, broken = measured(1_000), measured(1_000, date="2026-02-01")
    broken = replace(broken, nights={"first": broken.nights["first"]})

    assert newest([whole, broken], "first") == [broken]
    assert newest([whole, broken], "ordinary") == [whole]
