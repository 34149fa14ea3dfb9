"""A closed period moves only with a line of the changelog that names it."""

from __future__ import annotations

import pytest

from o7_warehouse.compare.movements import movements
from tests.closed_periods.record import (
    FOLDER,
    NIGHTS,
    as_text,
    changelog_lines,
    digest_of,
    on_record,
    worked_out,
)

FARTHEST = 10
LAST = NIGHTS[-1]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "night", [pytest.param(night, marks=[] if night == LAST else [pytest.mark.full]) for night in NIGHTS]
)
def test_no_figure_of_a_closed_period_moves_unsaid(night: str) -> None:
    found = worked_out(night)

    moved = [one for one in movements(on_record(night), found) if one.is_moved]
    told = "\n".join(
        f"{one.indicator} {one.level} {one.org_unit_code}: {one.old_numerator} of {one.old_denominator} -> "
        f"{one.new_numerator} of {one.new_denominator}"
        for one in moved[:FARTHEST]
    )
    assert moved == [], (
        f"{len(moved)} figures of the closed period {night} move, the farthest first:\n{told}\n"
        f"If they must: say in CHANGELOG.md which definition changed, in a line with {night} and the digest "
        f"{digest_of(as_text(found))}, and write them down: .venv/bin/python -m tests.closed_periods.record {night}"
    )


@pytest.mark.parametrize("night", NIGHTS)
def test_the_changelog_names_the_figures_on_record(night: str) -> None:
    digest = digest_of((FOLDER / night / "figures.csv").read_text(encoding="utf-8"))

    assert changelog_lines(night, digest), (
        f"tests/closed_periods/{night}/figures.csv is not the one the changelog names. A closed period moves only "
        f"with a line that says why: add one with {night} and {digest} to CHANGELOG.md."
    )


def test_figures_that_differ_in_one_pupil_have_another_digest() -> None:
    rows = on_record(LAST)
    others = [rows[0] | {"numerator": rows[0]["numerator"] + 1}, *rows[1:]]

    assert digest_of(as_text(rows)) != digest_of(as_text(others))
    assert len([one for one in movements(rows, others) if one.is_moved]) == 1
