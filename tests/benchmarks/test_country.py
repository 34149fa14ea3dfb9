"""The night of the country on paper, and how results are told and drawn."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import yaml

from benchmarks.scale import country
from benchmarks.scale.chart import drawing
from benchmarks.scale.country import ORGANISATIONS, PUPILS, READ_OF_RAW, projected, shared_steps
from benchmarks.scale.told import told
from o7_warehouse import steps, walk
from o7_warehouse.settings import ROOT
from tests.benchmarks.measured import FIXED_BYTES, PER_PUPIL_BYTES, measured, step

PROJECT = ROOT / "dbt_project"
STEPS = ("open_night", *walk.LINE, "close_night", "a_new_step")


def growing(pupils):
    """Five seconds of the client in each step, and of the server a millisecond a pupil."""
    return [
        step(name, client=5.0, server=pupils / 1000)
        for name in ("open_night", "extract", "load", "facts", "a_new_step")
    ]


def distributions(models, layer):
    """Model -> where its meta says that its rows lie: by the macro it calls, by its own line, or by its folder's."""
    said = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["models"]["o7"][layer]
    found = {}
    for path in sorted((models / layer).glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        named = "student_key" if "kept_by_pupil(" in text or "key='student'" in text else None
        own = said.get(path.stem, {}).get("+meta", {})
        found[path.stem] = named or own.get("distribution") or said.get("+meta", {}).get("distribution")
    return found


SIZES = [measured(size, growing) for size in (10_000, 30_000, 100_000)]
SERVER = PUPILS / 1000


def parts(sizes):
    return {part.step: part for part in projected(sizes, "first").parts}


def test_nodes_share_what_the_server_does_for_the_facts_but_neither_the_client_nor_the_read_of_raw():
    part = parts(SIZES)["facts"]

    assert (part.serial, part.parallel) == pytest.approx(
        (5 + SERVER * READ_OF_RAW, SERVER * (1 - READ_OF_RAW))
    )
    assert part.on(4) == pytest.approx(part.serial + part.parallel / 4)
    assert 0 < READ_OF_RAW < 1


def test_a_step_is_shared_only_where_every_model_it_builds_lies_on_nodes():
    """What lies on the coordinator is serial, whoever calls it parallel; the models say where they lie."""
    sizes = [
        measured(size, lambda size: [step(name, server=size / 1000) for name in STEPS])
        for size in (10_000, 100_000)
    ]
    on_nodes = {}
    for name in STEPS:
        folders = [word.removeprefix("path:models/") for word in steps.BUILDS.get(name, "").split()]
        layers = [distributions(PROJECT / "models", folder) for folder in folders if "path:" not in folder]
        places = [place for layer in layers for place in layer.values()]
        on_nodes[name] = bool(places) and None not in places and {*places} != {"reference"}

    shared = {name for name, part in parts(sizes).items() if part.parallel}

    assert {name for name, where in on_nodes.items() if where} == shared
    assert len(on_nodes) > len(shared) > 0


def test_the_models_say_of_figures_that_they_lie_on_the_coordinator_and_of_persons_that_they_do_not():
    """So that the comparison above has both kinds to look at."""
    figures, facts = (distributions(PROJECT / "models", layer) for layer in ("indicators", "marts"))

    assert set(figures.values()) == {None}
    assert {"student_key", "staff_key", "reference"} <= set(facts.values())


def test_facts_whose_marts_come_back_to_the_coordinator_are_shared_no_longer(tmp_path):
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    project["models"]["o7"]["marts"] = {"+schema": "marts"}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project), encoding="utf-8")

    assert shared_steps() == {"facts"}
    assert shared_steps(tmp_path / "dbt_project.yml") == frozenset()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("extract", id="the one source"),
        pytest.param("load", id="raw lies on the coordinator"),
        pytest.param("open_night", id="nothing by pupil"),
        pytest.param("a_new_step", id="a step nobody has listed"),
    ],
)
def test_every_other_step_stays_in_one_place(name):
    part = parts(SIZES)[name]

    assert (part.serial, part.parallel) == pytest.approx((5 + SERVER, 0))


def test_the_night_is_the_sum_of_its_steps_and_the_serial_share_is_what_nodes_do_not_shorten():
    whole = projected(SIZES, "first")
    shared = SERVER * (1 - READ_OF_RAW)
    serial = 25 + 5 * SERVER - shared

    assert whole.seconds(1) == pytest.approx(25 + 5 * SERVER)
    assert whole.seconds(16) == pytest.approx(serial + shared / 16)
    assert whole.serial_share == pytest.approx(serial / (25 + 5 * SERVER))


def test_the_longest_serial_step_is_named_with_what_would_have_to_be_distributed_next():
    sizes = [
        measured(size, lambda size: [step("facts", server=size / 10), step("gate_in", server=size / 20)])
        for size in (10_000, 100_000)
    ]

    assert projected(sizes, "first").longest.step == "gate_in"
    assert "to be distributed next: raw and gate" in told(sizes)


def test_documents_are_made_for_as_many_more_schools_as_the_country_has():
    sizes = [
        measured(size, lambda _: [step("render", client=26.3, server=0.0)]) for size in (10_000, 100_000)
    ]

    assert parts(sizes)["render"].serial == pytest.approx(26.3 / 263 * ORGANISATIONS)


def test_the_disk_is_told_by_the_line_of_the_largest_sizes():
    assert projected(SIZES, "first").disk_bytes == pytest.approx(FIXED_BYTES + PER_PUPIL_BYTES * PUPILS)


def test_the_disk_that_is_shared_out_is_that_of_the_layers_the_models_distribute():
    """Raw is half of the disk here, and not among them."""
    whole = projected(SIZES, "first")

    assert country.spread_layers() == {"staging", "intermediate", "marts"}
    assert whole.spread_bytes == pytest.approx(whole.disk_bytes / 5)


def test_the_disk_of_a_night_is_that_of_the_nights_up_to_it():
    sizes = [measured(size, growing, peak_bytes=9 * size, first_bytes=5 * size) for size in (10_000, 30_000)]

    assert projected(sizes, "first").disk_bytes == pytest.approx(5 * PUPILS)
    assert projected(sizes, "ordinary").disk_bytes == pytest.approx(9 * PUPILS)


def test_every_step_that_is_listed_is_a_step_of_a_night():
    assert {*walk.LINE} >= {*country.HELD_BY} | country.PER_ORGANISATION


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


@pytest.mark.parametrize(
    ("law", "says"),
    [
        pytest.param(lambda size: size, "met", id="a line"),
        pytest.param(lambda size: size**1.2, "not met: load (OVER)", id="a power"),
    ],
)
def test_the_goal_of_growth_is_told_as_met_or_not(law, says):
    sizes = [
        measured(size, lambda size: [step("load", server=law(size)), step("facts", server=float(size))])
        for size in (1_000, 10_000, 100_000)
    ]

    assert f"every step by n^1.05 at most: {says}\n" in told(sizes)


@pytest.mark.parametrize(
    ("pupils", "ordinary", "says"),
    [
        pytest.param(1_000_000, 0.10, "met", id="at its size"),
        pytest.param(1_000_000, 0.20, "not met at 1000000", id="missed at its size"),
        pytest.param(300_000, 0.10, "not shown; 1000000 not measured", id="a smaller size proves nothing"),
        pytest.param(300_000, 0.20, "not met at 300000; 1000000 not measured", id="missed before its size"),
    ],
)
def test_what_an_ordinary_night_takes_of_a_full_one_is_told_as_met_or_not(pupils, ordinary, says):
    one = measured(pupils, lambda _: [step("load", client=0.0, server=100.0)])
    changed = replace(one.nights["first"], steps=[step("load", client=0.0, server=100 * ordinary)])
    sizes = [replace(one, nights={"first": one.nights["first"], "ordinary": changed})]

    assert f"goal <= 0.15 at 1000000 pupils: {says}\n" in told(sizes)


def test_one_size_is_told_without_a_verdict_and_without_a_country():
    said = told(SIZES[:1])

    assert "n^1.05 at most: not shown: not enough points" in said
    assert "from size to size: not shown: one size only" in said
    assert "not derived" in said


def test_sizes_of_different_code_are_told_with_a_warning():
    assert "ATTENTION" in told([*SIZES, measured(200_000, growing, revision="b")])


def test_memory_that_grows_is_told():
    sizes = [measured(size, lambda size: [step("load", python_mb=size / 100)]) for size in (10_000, 30_000)]

    assert "flat (± 10%) from size to size: not met: load (GROWS)" in told(sizes)
    assert "flat (± 10%) from size to size: met" not in told(sizes)


def test_a_size_that_was_broken_off_is_told_as_far_as_it_came():
    whole, broken = measured(10_000, growing), measured(100_000, growing)
    broken = replace(broken, nights={"first": broken.nights["first"]})

    said = told([whole, broken])

    assert re.search(r"first night, processor s +10000 +100000 +exponent", said)
    assert re.search(r"ordinary night, processor s +10000 +exponent", said)
