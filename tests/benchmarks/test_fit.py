"""Exponents and extrapolations, against laws that are known."""

from __future__ import annotations

import pytest

from benchmarks.scale.fit import extrapolated, growth, is_flat, per_million

SIZES = (10_000, 30_000, 100_000, 300_000)


def power(exponent):
    """Seconds of a step that grows by this power."""
    return [(pupils, 0.001 * pupils**exponent) for pupils in SIZES]


@pytest.mark.parametrize(
    ("exponent", "verdict"),
    [
        pytest.param(0.6, "ok", id="slower than the pupils"),
        pytest.param(1.0, "ok", id="with the pupils"),
        pytest.param(1.04, "ok", id="just within the goal"),
        pytest.param(1.06, "OVER", id="just beyond the goal"),
        pytest.param(2.0, "OVER", id="with their square"),
    ],
)
def test_the_exponent_of_a_power_is_found_and_held_against_the_goal(exponent, verdict):
    found = growth(power(exponent))

    assert found.exponent == pytest.approx(exponent)
    assert found.last == pytest.approx(exponent)
    assert found.verdict == verdict


def test_the_exponent_is_the_least_squares_of_the_logarithms():
    """By hand: logarithms to the base of ten 0, 1, 2 and 0, 2, 1 have the slope 1/2."""
    assert growth([(1, 1.0), (10, 100.0), (100, 10.0)]).exponent == pytest.approx(0.5)


def test_the_error_of_an_exponent_is_that_of_the_slope():
    """By hand: the line of the points before misses them by -1/2, 1 and -1/2; √(3/2 / 1 / 2)."""
    assert growth([(1, 1.0), (10, 100.0), (100, 10.0)]).error == pytest.approx(0.75**0.5)
    assert growth(power(1.3)).error == pytest.approx(0, abs=1e-9)


def test_two_sizes_give_no_verdict():
    found = growth(power(2.0)[:2])

    assert found.exponent is None
    assert found.error is None
    assert found.last == pytest.approx(2.0)
    assert found.verdict == "not enough points"


def test_one_size_gives_nothing_at_all():
    assert growth(power(1.0)[:1]) == growth([])


def test_a_fixed_part_that_hides_growth_is_seen_between_the_last_two():
    """Ten seconds to begin, and a square behind them."""
    found = growth([(pupils, 10 + 1e-9 * pupils**2) for pupils in SIZES])

    assert found.exponent < 1.05 < found.last
    assert found.verdict == "BENDS UP"


@pytest.mark.parametrize(
    "points", [[(0, 1.0)], [(10, 0.0)], [(10, -1.0)]], ids=["no pupils", "no time", "less"]
)
def test_what_has_no_logarithm_is_refused(points):
    with pytest.raises(ValueError, match="no logarithm"):
        growth(points)


def test_one_size_with_two_times_is_refused():
    with pytest.raises(ValueError, match="two times"):
        growth([(10, 1.0), (10, 2.0), (20, 3.0)])


def test_a_larger_size_is_told_by_a_line_where_a_part_is_fixed():
    assert extrapolated([(pupils, 10 + 0.001 * pupils) for pupils in SIZES], 1_000_000) == pytest.approx(1010)


def test_a_larger_size_is_told_by_the_power_where_times_bend_upwards():
    assert extrapolated(power(1.5), 1_000_000) == pytest.approx(0.001 * 1_000_000**1.5)


def test_line_and_power_meet_where_times_grow_with_the_pupils():
    assert extrapolated(power(1.0), 17_700_000) == pytest.approx(17_700)
    assert extrapolated(power(1.0001), 17_700_000) == pytest.approx(17_700, rel=0.01)


def test_what_shrinks_from_size_to_size_stays_as_it_is():
    assert extrapolated([(10, 3.0), (20, 2.0)], 1_000) == 2.0


def test_one_size_tells_nothing_of_a_larger_one():
    with pytest.raises(ValueError, match="one size alone"):
        extrapolated([(10, 3.0)], 1_000)


def test_a_million_more_is_the_slope_of_the_line():
    assert per_million([(10_000, 100.0), (20_000, 110.0), (30_000, 120.0)]) == pytest.approx(1000)
    assert per_million([(10_000, 100.0)]) is None


@pytest.mark.parametrize(
    ("values", "flat"),
    [
        pytest.param([91.0, 100.0, 109.0], True, id="within a tenth of the middle"),
        pytest.param([100.0, 100.0, 111.0], False, id="the largest beyond"),
        pytest.param([89.0, 100.0, 100.0], False, id="the smallest beyond"),
    ],
)
def test_memory_is_flat_within_a_tenth(values, flat):
    assert is_flat(values) is flat
