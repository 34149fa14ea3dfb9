"""A night takes the catalogue as it stands only where building it would change nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import dbt_runner, rebuild, standing_catalogue, walk
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked, opened, small_world, write_drop

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

NODES = "select count(*) from audit.model_timing where run_id = %s"
SAYS = "select message from audit.gate_finding where run_id = %s and check_id = 'catalogue'"
RECORDED = "select outcome from audit.task_record where run_id = %s and task = 'catalogue'"
BODY = "select pg_get_functiondef('dq.full_years(date, date)'::regprocedure)"


@pytest.fixture(scope="module")
def built(warehouse_database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse whose catalogue a night has built."""
    drop = write_drop(tmp_path_factory.mktemp("world") / "drop", small_world())
    settings = replace(warehouse_database, drop=drop)
    run_id = opened(settings)
    walk.build(settings, "catalogue", run_id=run_id)
    assert asked(settings, SAYS, (run_id,)) == []
    return settings


def stands(settings: Settings) -> bool:
    return standing_catalogue.stands(settings, opened(settings))


def change(settings: Settings, statement: str) -> None:
    with transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_next_run_takes_it_and_says_so(built: Settings) -> None:
    run_id = opened(built)
    walk.build(built, "catalogue", run_id=run_id)

    assert asked(built, NODES, (run_id,)) == [(0,)]
    assert asked(built, SAYS, (run_id,)) == [
        ("Справочники и предикаты прежние, построены в ночь 15.12.2025",)
    ]
    assert asked(built, RECORDED, (run_id,)) == [("success",)]


@pytest.mark.parametrize(
    ("done", "undone"),
    [
        pytest.param("update catalogue.leaf_statuses set status = status || ' ' where letter = 'f'",
                     "update catalogue.leaf_statuses set status = btrim(status) where letter = 'f'", id="a value"),
        pytest.param("insert into catalogue.leaf_statuses select * from catalogue.leaf_statuses where letter = 'f'",
                     "delete from catalogue.leaf_statuses where ctid in"
                     " (select max(ctid) from catalogue.leaf_statuses group by letter having count(*) > 1)",
                     id="a row twice"),
        pytest.param("alter table catalogue.leaf_statuses add extra text",
                     "alter table catalogue.leaf_statuses drop extra", id="a column"),
        pytest.param("grant insert on catalogue.leaf_statuses to o7_gate",
                     "revoke insert on catalogue.leaf_statuses from o7_gate", id="who may write into a table"),
        pytest.param("grant execute on function dq.full_years(date, date) to o7_loader",
                     "revoke execute on function dq.full_years(date, date) from o7_loader", id="who may call"),
        pytest.param("alter function dq.full_years(date, date) volatile",
                     "alter function dq.full_years(date, date) immutable", id="a function"),
        pytest.param("update rebuild.built_catalogue set night = night - 7",
                     "update rebuild.built_catalogue set night = night + 7", id="seven nights have passed"),
        pytest.param("update rebuild.built_catalogue set night = night + 1",
                     "update rebuild.built_catalogue set night = night - 1", id="a night before it is played again"),
    ],
)  # fmt: skip
def test_it_is_built_again_after(built: Settings, done: str, undone: str) -> None:
    change(built, done)
    stood = stands(built)
    change(built, undone)

    assert not stood
    assert stands(built)


@pytest.fixture
def of_copy(built: Settings, tmp_path: Path) -> Settings:
    """The same warehouse, and a copy of what the catalogue is built of."""
    for folder in ("dbt_project", "contracts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("target", "logs"))
    (tmp_path / "o7_warehouse").mkdir()
    for module in ("raw_indexes.py", "rebuild.py", "touched.py"):
        shutil.copy(ROOT / "o7_warehouse" / module, tmp_path / "o7_warehouse")
    return replace(built, root=tmp_path)


@pytest.mark.parametrize(
    "place", ["seeds/leaf_statuses.csv", "functions/full_years.sql", "macros/distribution.sql"]
)
def test_it_is_built_again_of_other_files(of_copy: Settings, place: str) -> None:
    assert stands(of_copy)
    with (of_copy.root / "dbt_project" / place).open("a", encoding="utf-8") as file:
        file.write("\n")

    assert not stands(of_copy)


def test_a_catalogue_that_lost_a_parameter_is_left_to_the_tests_that_name_it(of_copy: Settings) -> None:
    seed = of_copy.root / "dbt_project" / "seeds" / "parameters.csv"
    lines = seed.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("whole_examination_days,")]
    seed.write_text("".join(kept), encoding="utf-8")

    assert len(kept) < len(lines)
    assert not stands(of_copy)


@pytest.mark.parametrize("given", [{"warehouse_target": "citus"}], ids=["another target"])
def test_it_is_built_again_for(built: Settings, given: dict[str, Any]) -> None:
    assert not stands(replace(built, **given))


def test_it_is_built_again_by_another_dbt(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "version", lambda name: f"{name} of tomorrow")

    assert not stands(built)


def test_it_stands_nowhere_once_somebody_has_begun_to_build_it(built: Settings) -> None:
    run_id = opened(built)
    dbt_runner.begin(built, run_id=run_id, step="catalogue")
    begun = stands(built)
    standing_catalogue.remember(built, opened(built))

    assert not begun
