"""Every fault that is put into the dbt project is seen by some test: a rule nobody guards is a rule nobody has."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.settings import ROOT
from tests.mutants.fault import PROJECT, SAMPLE, Mutant, mutants, sample
from tests.worlds.build import restore

if TYPE_CHECKING:
    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings
    from tests.worlds.build import Built

TRIAL = Path(__file__).with_name("trial.py")
ALL = mutants()
TODAY = sample(ALL, dt.datetime.now(dt.UTC).date())
EACH = [pytest.param(one, id=one.name, marks=() if one.name in TODAY else pytest.mark.full) for one in ALL]


@pytest.fixture(scope="module")
def workshop(ordinary_worlds: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the dbt project, where faults are put in and taken out again, and the facts of the oracle."""
    folder = tmp_path_factory.mktemp("mutants")
    shutil.copytree(PROJECT, folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    (folder / "facts").write_bytes(pickle.dumps(ordinary_worlds.oracle))
    return folder


def tried(workshop: Path, settings: Settings, built: Built, mutant: Mutant) -> str:
    """Who saw the fault; empty when nobody did."""
    copy = workshop / "dbt_project" / mutant.file
    copy.write_text(mutant.mutated(), encoding="utf-8")
    try:
        done = subprocess.run(
            [
                sys.executable, "-P", str(TRIAL), str(settings.state), str(workshop / "dbt_project"),
                str(workshop / "facts"), str(built.night), mutant.unit_tests or "", *mutant.builds,
            ],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        shutil.copyfile(PROJECT / mutant.file, copy)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("mutant", EACH)
def test_a_fault_is_seen(
    workshop: Path, settings: Settings, server: Server, ordinary_worlds: Built, mutant: Mutant,
) -> None:  # fmt: skip
    restore(server)

    seen = tried(workshop, settings, ordinary_worlds, mutant)

    # Told with -rP; the figures of the whole list are read from there.
    sys.stdout.write(f"seen by {seen}\n")
    assert seen, (
        f"{mutant.file} with {mutant.new!r} for {mutant.old!r} passes every test, although {mutant.breaks}."
        " Write the unit test of the model that says so, or let the worlds draw the case."
    )


def test_every_fault_can_be_put_in() -> None:
    """The old text of each occurs exactly once; whoever moves it brings the mutant along."""
    assert all(mutant.mutated() for mutant in ALL)


def test_there_are_enough_different_faults() -> None:
    assert len(ALL) >= 40
    assert len({mutant.name for mutant in ALL}) == len(ALL)
    assert {mutant.file.split("/")[0] for mutant in ALL} == {"models", "macros", "functions", "seeds"}


def test_a_fault_that_is_not_where_it_was_is_an_error() -> None:
    mutant = Mutant(name="gone", file=ALL[0].file, old="no such text", new="", breaks="nothing")

    with pytest.raises(ValueError, match="0 times"):
        mutant.mutated()


def test_every_fault_has_its_turn() -> None:
    first = dt.date(2026, 1, 1)
    drawn = {name for day in range(120) for name in sample(ALL, first + dt.timedelta(days=day))}

    assert len(sample(ALL, first)) == SAMPLE
    assert drawn == {mutant.name for mutant in ALL}
