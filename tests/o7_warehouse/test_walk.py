"""A walk takes what dbt built for a layer only if dbt came to its end."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult

from o7_warehouse import dbt_runner, walk
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import connect
from tests.deliveries import opened, small_world, write_drop

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings


def test_what_dbt_had_built_until_it_was_interrupted_is_no_layer(
    warehouse_database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption comes back from dbt as a result like others, beside the results of what it had done by then."""
    settings = replace(warehouse_database, drop=write_drop(tmp_path / "drop", small_world()))
    run_id = opened(settings)

    def interrupted(_self: dbtRunner, _words: list[str]) -> dbtRunnerResult:
        done = {
            "unique_id": "seed.o7.leaf_statuses",
            "status": "success",
            "execution_time": 0.1,
            "message": "",
            "timing": [],
        }
        target = dbt_runner.target_path(settings)
        target.mkdir(parents=True, exist_ok=True)
        (target / "run_results.json").write_text(json.dumps({"results": [done]}), encoding="utf-8")
        return dbtRunnerResult(success=False, exception=KeyboardInterrupt())

    monkeypatch.setattr(dbtRunner, "invoke", interrupted)

    with pytest.raises(KeyboardInterrupt):
        walk.build(settings, "catalogue", run_id=run_id)

    with closing(connect(settings, ADMIN)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from audit.task_record where run_id = %s and task = 'catalogue'", (run_id,)
        )
        assert cursor.fetchall() == [(0,)]
