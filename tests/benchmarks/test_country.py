"""The night of the country on paper, and how results are told and drawn."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from benchmarks.scale import country
from benchmarks.scale.chart import drawing
from benchmarks.scale.country import ORGANISATIONS, PUPILS, projected
from benchmarks.scale.told import told
from o7_warehouse import walk
from tests.benchmarks.measured import FIXED_BYTES, PER_PUPIL_BYTES, measured, step


def growing(pupils):
    """Five seconds of the client in each step, and of the server a millisecond a pupil."""
    return [
        step(name, client=5.0, server=pupils / 1000)
        for name in ("open_night", "extract", "load", "facts", "a_new_step")
    ]


SIZES = [measured(size, growing) for size in (10_000, 30_000, 100_000)]
SERVER = PUPILS / 1000


def parts(sizes):
    return {part.step: part for part in projected(sizes, "first").parts}


@pytest.mark.parametrize("name", ["load", "facts"])
def test_the_servers_part_of_a_step_by_pupil_is_shared_and_the_clients_is_not(name):
    part = parts(SIZES)[name]

    assert (part.serial, part.parallel) == pytest.approx((5, SERVER))
    assert part.on(4) == pytest.approx(5 + SERVER / 4)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("extract", id="the one source"),
        pytest.param("open_night", id="nothing by pupil"),
        pytest.param("a_new_step", id="a step nobody has listed"),
    ],
)
def test_every_other_step_stays_in_one_place(name):
    part = parts(SIZES)[name]

    assert (part.serial, part.parallel) == pytest.approx((5 + SERVER, 0))


def test_the_night_is_the_sum_of_its_steps_and_the_serial_share_is_what_nodes_do_not_shorten():
    whole = projected(SIZES, "first")
    serial = 2 * 5 + 3 * (5 + SERVER)

    assert whole.seconds(1) == pytest.approx(25 + 5 * SERVER)
    assert whole.seconds(16) == pytest.approx(serial + 2 * SERVER / 16)
    assert whole.serial_share == pytest.approx(serial / (25 + 5 * SERVER))


def test_documents_are_made_for_as_many_more_schools_as_the_country_has():
    sizes = [
        measured(size, lambda _: [step("render", client=26.3, server=0.0)]) for size in (10_000, 100_000)
    ]

    assert parts(sizes)["render"].serial == pytest.approx(26.3 / 263 * ORGANISATIONS)


def test_the_disk_is_told_by_the_line_of_the_largest_sizes():
    assert projected(SIZES, "first").disk_bytes == pytest.approx(FIXED_BYTES + PER_PUPIL_BYTES * PUPILS)


def test_the_disk_of_a_night_is_that_of_the_nights_up_to_it():
    sizes = [measured(size, growing, peak_bytes=9 * size, first_bytes=5 * size) for size in (10_000, 30_000)]

    assert projected(sizes, "first").disk_bytes == pytest.approx(5 * PUPILS)
    assert projected(sizes, "ordinary").disk_bytes == pytest.approx(9 * PUPILS)


def test_every_step_that_is_listed_is_a_step_of_a_night():
    assert {*walk.LINE} >= country.PARALLEL | country.PER_ORGANISATION


def test_the_drawing_is_the_same_bytes_and_holds_every_step_and_size():
    first, again = drawing(SIZES, "first"), drawing(list(SIZES), "first")
    root = ET.fromstring(first)  # noqa: S314 - our own drawing
    found = [element.tag.split("}")[1] for element in root.iter()]

    assert first == again
    assert found.count("circle") == 5 * len(SIZES)
    assert found.count("title") == 5
    assert "load, n^" in first


def test_a_point_stands_where_its_logarithms_say():
    sizes = [
        measured(size, lambda size: [step("load", client=size / 1000, server=0.0)])
        for size in (1_000, 10_000, 100_000, 1_000_000)
    ]
    root = ET.fromstring(drawing(sizes, "first"))  # noqa: S314 - our own drawing

    points = [
        (float(element.get("cx")), float(element.get("cy"))) for element in root.iter() if element.get("cx")
    ]

    assert [x for x, _ in points] == pytest.approx([70 + 620 * part / 3 for part in range(4)], abs=0.06)
    assert [y for _, y in points] == pytest.approx([510 - 470 * part / 3 for part in range(4)], abs=0.06)


def test_what_is_told_names_the_verdict_the_memory_and_the_assumptions():
    said = told(SIZES)

    assert "not enough points" not in said
    assert "ok" in said
    assert "flat" in said
    assert "ON PAPER" in said
    assert "processor seconds grow as between the two largest sizes" in said
    assert "ATTENTION" not in said


def test_one_size_is_told_without_a_verdict_and_without_a_country():
    said = told(SIZES[:1])

    assert "not enough points" in said
    assert "not derived" in said


def test_sizes_of_different_code_are_told_with_a_warning():
    assert "ATTENTION" in told([*SIZES, measured(200_000, growing, revision="b")])


def test_memory_that_grows_is_told():
    sizes = [measured(size, lambda size: [step("load", python_mb=size / 100)]) for size in (10_000, 30_000)]

    assert "GROWS" in told(sizes)
    assert "flat" not in told(sizes)


def test_a_size_that_was_broken_off_is_told_as_far_as_it_came():
    whole, broken = measured(10_000, growing), measured(100_000, growing)
    broken = replace(broken, nights={"first": broken.nights["first"]})

    said = told([whole, broken])

    assert re.search(r"first night, processor s +10000 +100000 +exponent", said)
    assert re.search(r"ordinary night, processor s +10000 +exponent", said)
