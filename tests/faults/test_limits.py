"""A disk that is full and a memory that is too small end a night cleanly; what was published stays.

The disk of the server is a small one of its own, which only root may make; without that right the test says so.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import steps
from o7_warehouse.errors import MemoryShortError, WarehouseUnavailableError
from o7_warehouse.settings import ROOT
from tests.deliveries import rewrite
from tests.faults.house import FIRST, SECOND, House, assert_refused, told_of_persons
from tests.faults.planting import lines_of
from tests.faults.test_replicas import execute
from tests.journeys.states import KEY, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENOUGH = 32 * 2**20
SMALL_DISK = "size=1m"
# Less than the stack of one thread.
TOO_LITTLE = 2 * 2**20
# What a process may take beyond what it holds when all its modules are there.
LIMITED = """
import resource, sys
from pathlib import Path
from o7_warehouse import steps
from o7_warehouse.errors import O7Error
from o7_warehouse.settings import Settings
{modules}
beyond = int(sys.argv.pop(1))
held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + beyond, held + beyond))
{act}
"""
EXTRACT = LIMITED.format(
    modules="from o7_warehouse import extract, landing\nfrom o7_warehouse.sources import csv_file, drop",
    act="""
try:
    steps.perform(Settings.load(Path(sys.argv[1])), "extract", sys.argv[2])
except O7Error as error:
    sys.stderr.write(f"{type(error).__name__}: {error}")
    sys.exit(error.exit_code)
""",
)


def grown(small_world: Path, folder: Path) -> Path:
    """The second night with each person so often that the file is larger than the memory that may be taken."""
    drop = shutil.copytree(small_world / SECOND, folder / "drop")
    header, *lines = lines_of(drop, "person")
    often = ENOUGH // sum(map(len, lines)) + 1
    rewrite(drop, "person", b"".join([header, *lines * often]), rows=len(lines) * often)
    return drop


@contextmanager
def small_disk(house: House, folder: Path) -> Iterator[None]:
    """The landing table of the persons on a disk that is too small for them."""
    place = folder / "disk"
    place.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", SMALL_DISK, "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounting.returncode:
        pytest.skip("NO RIGHT TO MOUNT: nobody tried a full disk of the server. Run the tests as root.")
    data = house.state.folder / "postgres" / "data"
    os.chown(place, data.stat().st_uid, data.stat().st_gid)
    back = "truncate landing.person; alter table landing.person set tablespace pg_default"
    try:
        execute(house.server, "warehouse", f"{back}; create tablespace small location '{place}'")
        try:
            execute(house.server, "warehouse", "alter table landing.person set tablespace small")
            yield
        finally:
            # A disk that is gone while its tables are not would keep the server from starting.
            execute(house.server, "warehouse", f"{back}; drop tablespace small; checkpoint")
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.usefixtures("untouched")
def test_a_full_disk_of_the_server_is_told_and_the_night_can_be_begun_again(
    house: House, small_world: Path, state: Path
) -> None:
    with small_disk(house, state):
        attempt = house.attempt(O7_DROP=str(grown(small_world, state)))

    assert_refused(
        attempt, small_world, step="extract", error=WarehouseUnavailableError,
        says=("disk full (53100", "Nothing of this step was kept", "Run it again"),
    )  # fmt: skip
    assert house.attempt(until="check_delivery", O7_DROP=str(small_world / SECOND)).failure is None


@pytest.mark.usefixtures("untouched")
def test_a_full_disk_of_the_reports_leaves_the_last_good_files(house: House) -> None:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))

    done = started(house.state, "-m", "o7_warehouse", "report", "--night", FIRST, before=no_room)

    assert done.returncode == 3, done.stderr
    assert "could not be written: File too large" in done.stderr.replace("\n", " ")
    assert "The last good files" in done.stderr
    assert list((house.state.folder / "reports" / FIRST / ".sets").glob("unfinished-*")) == []


@pytest.mark.usefixtures("untouched")
def test_the_loader_needs_less_memory_than_the_file_holds(
    house: House, small_world: Path, tmp_path: Path
) -> None:
    settings, run_id = house.settings(O7_DROP=str(grown(small_world, tmp_path))), str(uuid.uuid4())
    steps.open_night(settings, run_id=run_id, night=None, trigger="test")

    short = started(house.state, "-c", EXTRACT, str(TOO_LITTLE), str(house.state.folder), run_id)
    done = started(house.state, "-c", EXTRACT, str(ENOUGH), str(house.state.folder), run_id)

    failure = steps.close_night(settings, run_id, unfinished=["check_delivery"])
    assert_too_little(short, "extract", small_world)
    assert done.returncode == 0, done.stderr
    # What stopped the step before is no outcome of the night: the step was done after all.
    assert failure is not None
    assert (failure.step, failure.error) == ("check_delivery", "unknown")


def assert_too_little(done: subprocess.CompletedProcess[str], step: str, world: Path) -> None:
    """It ended with the exit code for a person who must act, in words that help and name nobody."""
    said = f"{done.stdout}{done.stderr}"
    assert done.returncode == MemoryShortError.exit_code, said
    assert f"MemoryShortError: The step {step} needs more memory" in said
    assert "Give the process more" in said
    assert told_of_persons(said, world) == []


def started(
    state: State, *words: str, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program in the state directory of the house, limited by ``before``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    return subprocess.run(
        [sys.executable, "-P", *words],
        env=environment | {"PYTHONPATH": str(ROOT), "O7_PSEUDONYM_KEY": KEY, "O7_STATE": str(state.folder)},
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=before,
    )  # fmt: skip
