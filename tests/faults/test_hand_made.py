"""A night made by hand, of which one file is malformed: refused by the steps of the night, and nothing is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.errors import ContractError, DeliveryError
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.deliveries import measured, read_manifest, write_manifest
from tests.faults.conftest import SMALL
from tests.faults.corpus.kinds import OTHERS
from tests.faults.house import SECOND, House, assert_refused
from tests.faults.test_command import night
from tests.journeys.conftest import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "municipality_ref.001.xlsx"
AGAIN = "Ask О7's operator to deliver it again."
LINE = "A file with one unreadable line is not loaded at all."
HEADER = "Columns are matched by name."


@pytest.fixture(scope="module")
def by_hand() -> Iterator[Path]:
    """The nights of the small world, as people would export them."""
    with open_folder() as folder:
        simulate(*SMALL, "--form", "manual", "--to", str(folder / "world"))
        yield folder / "world"


@pytest.fixture
def drop(by_hand: Path, tmp_path: Path) -> Path:
    """The second night, to be broken."""
    return shutil.copytree(by_hand / SECOND, tmp_path / "drop")


def spoil(drop: Path, kind: str) -> None:
    """Put a malformed file in the place of a good one; the manifest describes it as it is."""
    [content] = [one.make() for one in OTHERS if one.name == kind]
    (drop / FILE).write_bytes(content)
    manifest = read_manifest(drop)
    for file in manifest["files"]:
        if file["file"] == FILE:
            file.update(measured(drop / FILE))
    write_manifest(drop, manifest)


@pytest.mark.usefixtures("untouched")
def test_a_night_made_by_hand_is_accepted(house: House, drop: Path) -> None:
    attempt = house.attempt(until="check_delivery", O7_DROP=str(drop))

    assert attempt.failure is None
    assert "«ручная выгрузка»" in attempt.said


@pytest.mark.parametrize(
    ("kind", "error", "found", "why"),
    [
        pytest.param("a bomb", DeliveryError, "would grow to", LINE, id="a bomb"),
        pytest.param("cut off in the middle", DeliveryError, "cut off or damaged", LINE, id="cut off"),
        pytest.param("a formula", DeliveryError, "cell A3 holds a formula", LINE, id="a formula"),
        pytest.param(
            "a name that climbs out", DeliveryError, "leads out of it", LINE, id="a name that climbs out"
        ),
        pytest.param(
            "a row in the place of the header", ContractError, "row 1 is not a header", HEADER, id="no header"
        ),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_a_malformed_file_ends_the_night(
    house: House,
    small_world: Path,
    drop: Path,
    kind: str,
    error: type[DeliveryError | ContractError],
    found: str,
    why: str,
) -> None:
    spoil(drop, kind)

    attempt = house.attempt(O7_DROP=str(drop))

    assert_refused(attempt, small_world, step="open_night", error=error, says=(found, why, AGAIN))


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("untouched")
def test_the_command_ends_with_words_and_without_a_trace(house: House, drop: Path) -> None:
    spoil(drop, "a bomb")

    done = night(house, "--inline", "--drop", str(drop))

    assert done.returncode == 3
    assert f"{FILE}: a part of the package would grow to" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["a bomb", "cut off in the middle", "a formula", "merged cells", "a macro"])
def test_no_manifest_is_written_over_a_malformed_file(tmp_path: Path, kind: str) -> None:
    [content] = [one.make() for one in OTHERS if one.name == kind]
    (tmp_path / "municipality_ref.xlsx").write_bytes(content)

    done = subprocess.run(
        [sys.executable, "-P", "-m", "o7_warehouse", "manifest", str(tmp_path), "--date", SECOND],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 3
    assert done.stderr.startswith("DeliveryError\n")
    assert done.stderr.rstrip().endswith(AGAIN)
    assert [path.name for path in tmp_path.iterdir()] == ["municipality_ref.xlsx"]
