"""A step leaves its record, and beside it the word of what stopped it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg2
import pytest

from o7_warehouse import failures, steps, synthetic, warehouse
from o7_warehouse.errors import CatalogueError, DeliveryError, StatementError
from o7_warehouse.settings import Settings
from o7_warehouse.sources import SourceChoice

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_has_the_identity_it_was_given() -> None:
    given = str(uuid.uuid4())

    assert steps.run_id_for("manual__x", given, 0) == given


def test_a_retry_finds_the_run_it_opened_before() -> None:
    assert steps.run_id_for("scheduled__x", None, 0) == steps.run_id_for("scheduled__x", None, 0)


def test_a_cleared_run_is_another_run() -> None:
    given = str(uuid.uuid4())

    assert len({steps.run_id_for("manual__x", given, count) for count in range(3)}) == 3


def test_what_is_kept_for_other_runs_is_their_addresses_and_not_the_mark_of_a_filled_source(
    tmp_path: Path,
) -> None:
    settings, own, killed = Settings.load(tmp_path, {}), str(uuid.uuid4()), str(uuid.uuid4())
    for run_id in (own, killed):
        SourceChoice(kind="drop", path=tmp_path).store(settings, run_id)
    synthetic.mark_of(settings).write_text("{}", encoding="utf-8")

    for path in SourceChoice.kept_for_others(settings, own):
        path.unlink()

    assert not SourceChoice.is_stored(settings, killed)
    assert SourceChoice.is_stored(settings, own)
    assert synthetic.mark_of(settings).exists()


def test_a_step_nobody_knows_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="'polish'"):
        steps.perform(Settings.load(tmp_path, {}), "polish", str(uuid.uuid4()))


def test_what_stopped_a_step_is_noted_and_forgotten_when_it_succeeds(warehouse_database: Settings) -> None:
    run_id = str(uuid.uuid4())
    with pytest.raises(DeliveryError), steps.recorded(warehouse_database, "extract", run_id):
        raise DeliveryError("What. Why. How.")

    failure = failures.read_failure(warehouse_database, run_id)
    assert failure == failures.Failure(
        step="extract", error="DeliveryError", exit_code=3, message="What. Why. How."
    )

    with steps.recorded(warehouse_database, "extract", run_id):
        pass
    assert failures.read_failure(warehouse_database, run_id) is None


def test_an_error_of_the_driver_loses_what_it_quotes(warehouse_database: Settings) -> None:
    run_id = str(uuid.uuid4())
    with (
        pytest.raises(StatementError) as refused,
        steps.recorded(warehouse_database, "extract", run_id),
        psycopg2.connect(**warehouse.libpq_params(warehouse_database, "o7_loader")) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select 'Ахмет'::int")
    connection.close()

    assert "Ахмет" not in str(refused.value)
    assert "Ахмет" not in steps.failure_of(warehouse_database, run_id).message


def test_a_step_that_ended_without_a_word_is_told_so(tmp_path: Path) -> None:
    failure = steps.failure_of(Settings.load(tmp_path, {}), str(uuid.uuid4()), "gate_in")

    assert failure.step == "gate_in"
    assert "untouched" in failure.message


def test_a_night_renders_what_is_due_each_night_and_no_other_report(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})

    nightly = ["data_quality", "indicator_statement"]
    on_request = ["business_rules", "data_dictionary", "fgiski_entry", "municipal_sheet", "school_worklist"]
    assert steps.report_ids(settings) == sorted(nightly + on_request)
    assert steps.nightly_report_ids(settings) == nightly
