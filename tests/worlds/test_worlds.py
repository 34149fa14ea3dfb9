"""Random worlds: the warehouse and the oracle agree on every fact about every pupil of fifty worlds a night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import open_folder
from tests.oracle.drop import seed
from tests.oracle.profiles import LEAVES
from tests.oracle.results import Results, judge
from tests.worlds.build import Built, build_night
from tests.worlds.delivery import deliver, throw
from tests.worlds.judged import differences
from tests.worlds.shrink import smallest
from tests.worlds.world import ABSENT, NIGHTS, ORDINARY, night_of, worlds_of

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

MOST_NAMED = 10
# Letters no leaf of the kind can have; whatever else, it has in some world.
NEVER = {
    "P01": "nxds", "P02": "nxds", "P05": "xds", "P13": "nds", "P14": "nxd", "P29": "nxds", "P33": "nxdsep",
    "P34": "nxdsp", "P35": "ndsp", "P36": "nsip", "P37": "np", "P38": "nps", "P39": "nidp", "P44": "nxdsp",
    "P49": "xdsp", "P51": "xdsip",
}  # fmt: skip
NEVER |= dict.fromkeys(("P03", "P04", "P06", "P07", "P08", "P09", "P15", "P16", "P17", "P18", "P19"), "nxds")
NEVER |= dict.fromkeys(("P10", "P11", "P12"), "nxd") | dict.fromkeys(("P20", "P32"), "nxds")
NEVER |= dict.fromkeys(("P21", "P22", "P28", "P30"), "xdsp") | dict.fromkeys(
    ("P40", "P41", "P42", "P43"), "xdip"
)
NEVER |= dict.fromkeys(("P23", "P24", "P25", "P26", "P27", "P31", "P50"), "xds")
NEVER |= dict.fromkeys(("P45", "P46", "P47", "P48"), "xdsip")


def judged(night: dt.date) -> Results:
    """The oracle's judgement of the worlds of a night."""
    with open_folder() as folder:
        deliver(folder / "drop", night, [throw(number, night).rows for number in worlds_of(night)])
        return judge(folder / "drop")


def agreed(built: Built) -> None:
    """Letters of every pupil, outcomes of every item, every reading of every unit, every count of leaves."""
    unequal = differences(built.warehouse, built.oracle)
    numbers = worlds_of(built.night)
    assert not unequal, (
        f"{len(unequal)} of {len(built.oracle)} facts differ in the worlds {numbers[0]}–{numbers[-1]} of"
        f" {built.night}:\n"
        + "\n".join(f"- {one}" for one in unequal[:MOST_NAMED])
        + "\nThe identities name the world (w17: world 17). To see one alone, with as few pupils as differ:"
        " .venv/bin/python -P -m tests.worlds.shrink 17"
    )
    assert len(built.warehouse) > 20_000


@pytest.mark.timeout(600)
def test_the_warehouse_and_the_oracle_agree_on_every_fact(ordinary_worlds: Built) -> None:
    agreed(ordinary_worlds)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("night", [night for night in NIGHTS if night != ORDINARY], ids=str)
def test_they_agree_on_every_other_edge_of_the_calendar(
    settings: Settings, server: Server, night: dt.date
) -> None:
    with open_folder() as folder:
        agreed(build_night(settings, server, night, folder))


def test_every_reading_is_true_of_some_and_not_of_others() -> None:
    """Nothing is proved of a reading that everybody has, or nobody."""
    results = judged(ORDINARY)
    counts = {
        (place.indicator, place.reading): count
        for place, count in results.counts().items()
        if (place.level, place.stage) == ("region", "all")
    }

    # One pupil in so many is enough to tell a wrong sum from a right one.
    one_sided = [name for name, one in counts.items() if not 0 < 50 * one.numerator < 49 * one.denominator]
    assert len(counts) > 15
    assert [name for name in one_sided if counts[name].numerator < 5] == []
    outcomes = set(results.items.values())
    assert outcomes == {"counts", "deleted", "unmapped", "no_attachment", "bad_dates", "no_legal_basis"}


@pytest.mark.full
@pytest.mark.timeout(600)
def test_every_leaf_has_every_letter_in_some_world() -> None:
    seen: dict[str, set[str]] = {leaf: set() for leaf in LEAVES}
    for night in NIGHTS:
        for statuses in judged(night).pupils["statuses"]:
            for leaf, letter in zip(LEAVES, statuses, strict=True):
                seen[leaf].add(letter)

    letters = {row["letter"] for row in seed("leaf_statuses")}
    assert {leaf: letters - seen[leaf] for leaf in LEAVES} == {leaf: set(NEVER[leaf]) for leaf in LEAVES}


def test_a_world_is_the_same_whenever_it_is_thrown() -> None:
    number = worlds_of(ORDINARY)[7]

    assert night_of(number) == ORDINARY
    assert throw(number, ORDINARY).rows == throw(number, ORDINARY).rows
    assert throw(number, ORDINARY).rows != throw(number + 1, ORDINARY).rows


def test_a_world_alone_is_what_it_is_among_others() -> None:
    """Or a world that differs among fifty could not be looked at by itself."""
    first, second = worlds_of(ORDINARY)[:2]

    def facts(*numbers: int) -> dict[str, str]:
        with open_folder() as folder:
            deliver(folder / "drop", ORDINARY, [throw(number, ORDINARY).rows for number in numbers])
            pupils = judge(folder / "drop").pupils
        mine = pupils.filter(pupils["student_id"].str.starts_with(f"w{first}-"))
        return dict(mine.select("student_id", "statuses").iter_rows())

    assert facts(first) == facts(first, second)
    assert len(facts(first)) > 10


def test_what_was_not_delivered_is_absent_on_one_night_only(tmp_path: Path) -> None:
    [night] = ABSENT

    deliver(tmp_path / "drop", night, [])

    names = {path.stem for path in (tmp_path / "drop").iterdir()}
    assert "contact" not in names
    assert "inn" not in (tmp_path / "drop" / "person.csv").read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize("guilty", [{7}, {3, 41}, {0, 1, 2, 49}], ids=len)
def test_a_failing_world_is_shrunk_to_the_pupils_it_takes(guilty: set[int]) -> None:
    pupils = [f"{number:02}" for number in range(50)]
    tries = []

    def differ(kept: list[str]) -> bool:
        tries.append(kept)
        return guilty <= {int(name) for name in kept}

    assert smallest(pupils, differ) == [f"{number:02}" for number in sorted(guilty)]
    assert len(tries) < 60
