"""A service that is not meant with these settings ends at once, and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.deployment.compose import Machine
from tests.deployment.test_services import SERVICES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "executor", "code", "told"),
    [
        pytest.param(
            "worker-build", "local", 2, "O7_EXECUTOR does not choose it", id="a worker nobody chose"
        ),
        pytest.param("scheduler", "celery", 4, "does not answer", id="workers chosen, and no Redis"),
    ],
)
def test_half_a_choice_of_workers_ends_at_once_and_says_so(
    name: str, executor: str, code: int, told: str, tmp_path: Path
) -> None:
    machine = Machine.on(tmp_path, executor=executor)
    log = tmp_path / f"{name}.log"

    assert machine.start(SERVICES[name], log).wait(120) == code
    assert told in log.read_text(encoding="utf-8")


def test_a_cluster_nobody_chose_ends_at_once_and_says_so(tmp_path: Path) -> None:
    machine = Machine.on(tmp_path)
    log = tmp_path / "cluster.log"

    assert machine.start(SERVICES["cluster"], log).wait(120) == 2
    assert "Set O7_WAREHOUSE_TARGET=citus, or leave the profile out" in log.read_text(encoding="utf-8")


def test_where_a_source_is_named_none_is_made_up(tmp_path: Path) -> None:
    machine = Machine.on(tmp_path)
    log = tmp_path / "source.log"

    assert machine.start(given("source", O7_DROP="/srv/o7/drop"), log).wait(120) == 0
    assert "O7_DROP names a source, so no synthetic О7 is made" in log.read_text(encoding="utf-8")
    assert not (machine.folder / "state" / "synthetic.json").exists()


def test_a_real_source_is_refused_where_made_up_pupils_are(tmp_path: Path) -> None:
    machine = Machine.on(tmp_path)
    log = tmp_path / "init.log"
    (machine.folder / "state" / "synthetic.json").write_text("{}", encoding="utf-8")

    assert machine.start(given("init", O7_SOURCE_DSN="dbname=o7"), log).wait(120) == 2
    assert "O7_SOURCE_DSN names a real О7" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("variables", "pupils", "told"),
    [
        pytest.param({"O7_DROP": "/srv/o7/drop"}, "300", "O7_DROP names a source", id="files of a real О7"),
        pytest.param({"O7_SOURCE_DSN": "dbname=o7"}, "300", "O7_SOURCE_DSN names a source", id="its replica"),
        pytest.param({}, "10001", "10001 pupils, more than 10000", id="a whole republic"),
    ],
)
def test_no_smoke_night_runs_over_anything_but_a_small_synthetic_source(
    variables: dict[str, str], pupils: str, told: str, tmp_path: Path
) -> None:
    machine = Machine.on(tmp_path, pupils=pupils)
    log = tmp_path / "smoke.log"

    assert machine.start(given("smoke", **variables), log).wait(120) == 0
    assert f"No smoke night: {told}" in log.read_text(encoding="utf-8").replace("the synthetic О7 has ", "")


def given(name: str, **variables: str) -> dict[str, Any]:
    """A service as a file .env with these variables makes it."""
    service: dict[str, Any] = SERVICES[name]
    return service | {"environment": service["environment"] | variables}
