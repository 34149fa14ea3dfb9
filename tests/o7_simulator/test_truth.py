"""The truth adds up, and agrees with what a plain reading of the delivered rows shows."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from o7_simulator.truth import percent


def parents(world, k):
    """Unit and school of every class, by reading the rows."""
    schools = {row["source_id"]: row for row in world.rows(k, "organization")}
    units = {
        code: "STATE" if row["founder_code"] == "2" else row["municipality_oktmo"]
        for code, row in schools.items()
    }
    classes = {row["source_id"]: row["org_id"] for row in world.rows(k, "class")}
    return classes, units


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize("indicator", ["4.1", "4.2", "4.3", "4.4"])
def test_children_sum_to_their_parents(eventful, indicator, k):
    classes, units = parents(eventful, k)
    sums = defaultdict(Counter)
    for row in eventful.truth(k)["indicators"]:
        if row["indicator"] != indicator:
            continue
        counts = {"n": row["numerator"], "d": row["denominator"]}
        level, code = row["level"], row["org_unit_code"]
        sums[level, code].update(counts)
        if level == "class":
            sums["classes of", classes[code]].update(counts)
        elif level == "school":
            sums["schools of", units[code]].update(counts)
        elif level == "municipality":
            sums["all", ""].update(counts)

    assert sums["region", "83000000"] == sums["all", ""]
    for unit in {code for level, code in sums if level == "municipality"}:
        assert +sums["municipality", unit] == +sums["schools of", unit]
    if indicator != "4.3":
        for school in {code for level, code in sums if level == "school"}:
            assert +sums["school", school] == +sums["classes of", school]


@pytest.mark.parametrize("k", range(4))
def test_every_leaf_has_one_status_for_each_pupil_of_the_contingent(eventful, k):
    pupils = {
        (row["level"], row["org_unit_code"]): row["denominator"]
        for row in eventful.truth(k)["indicators"]
        if row["indicator"] == "4.1" and row["denominator"]
    }
    counted = Counter()
    for row in eventful.truth(k)["leaves"]:
        counted[row["level"], row["org_unit_code"], row["leaf"]] += row["pupils"]

    assert len(counted) == 51 * len(pupils)
    assert all(count == pupils[level, code] for (level, code, _), count in counted.items())


def test_every_unit_and_functioning_public_school_is_there(realistic):
    shown = {
        (row["level"], row["org_unit_code"])
        for row in realistic.truth(0)["indicators"]
        if row["indicator"] == "4.3"
    }
    public = {row["source_id"] for row in realistic.rows(0, "organization") if row["is_private"] == "false"}

    assert sum(level == "municipality" for level, _ in shown) == 14
    assert {code for level, code in shown if level == "school"} == public


def test_the_truth_is_ordered_by_indicator_level_and_code(realistic):
    levels = ["region", "municipality", "school", "class"]
    keys = [
        (row["indicator"], levels.index(row["level"]), row["org_unit_code"])
        for row in realistic.truth(0)["indicators"]
    ]

    assert keys == sorted(keys)
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [
        pytest.param(1, 3, 33.333333, id="rounded down"),
        pytest.param(2, 3, 66.666667, id="rounded up"),
        pytest.param(1, 16_000_000, 0.000006, id="the sixth decimal"),
        pytest.param(1, 200_000_000, 0.000001, id="half goes up"),
        pytest.param(5, 5, 100.0, id="everybody"),
        pytest.param(0, 0, None, id="nobody to ask"),
    ],
)
def test_a_value_is_a_percentage_rounded_once_half_up(numerator, denominator, value):
    assert percent(numerator, denominator) == value


def test_a_clean_world_has_no_fault(clean):
    numerator, denominator = clean.indicator(0, "4.1")

    assert numerator == denominator == 300
    statuses = {row["status"] for row in clean.truth(0)["leaves"]}
    assert not statuses & {"invalid", "placeholder", "empty"}


def test_the_indicators_of_a_realistic_world_are_believable(realistic):
    bounds = {"4.1": (0.65, 0.85), "4.2": (0.35, 0.60), "4.3": (0.78, 0.95), "4.4": (0.72, 0.90)}
    for indicator, (low, high) in bounds.items():
        numerator, denominator = realistic.indicator(0, indicator)
        assert low < numerator / denominator < high, indicator
