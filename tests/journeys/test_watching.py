"""What a real night leaves for who watches it: its outcome, its metrics, and the way of its figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from o7_warehouse import server
from o7_warehouse.lineage.graph import origins, path, read_lineage
from tests.journeys.conftest import FIRST

if TYPE_CHECKING:
    from tests.journeys.states import Seen, State

pytestmark = pytest.mark.timeout(1800)


def test_a_published_night_leaves_its_outcome_and_its_metrics(journey: State, first_night: Seen) -> None:
    with server.running(journey.settings()):
        [(state, reason, rows, rules)] = journey.execute(
            "select state, reason, rows_in, rules_failed from audit.night_outcome where run_id = %s",
            first_night.published[FIRST],
        )
        [(landed,)] = journey.execute(
            "select sum(rows_in)::bigint from audit.batch where run_id = %s", first_night.published[FIRST]
        )

    assert (state, reason) == ("published", "")
    assert rows == landed > 1000
    assert rules > 0
    text = (journey.folder / "metrics" / "o7.prom").read_text(encoding="utf-8")
    families = {family.name: family.samples for family in text_string_to_metric_families(text)}
    # Other journeys may have ended in this folder since.
    assert {"extract", "facts"} <= {one.labels["step"] for one in families["o7_step_duration_seconds"]}


def test_a_printed_figure_leads_back_to_the_columns_of_the_source_it_is_computed_from(
    journey: State, first_night: Seen
) -> None:
    assert first_night.published
    settings = journey.settings()
    with server.running(settings):
        lineage = read_lineage(settings)

    way = path(lineage, ("raw_o7.person", "snils"), "4.1")
    assert [".".join(one) for one in way] == [
        "raw_o7.person.snils",
        "staging.stg_o7__persons.snils_status",
        "intermediate.int_persons__judged.p13",
        "intermediate.int_profiles__block_a.p13",
        "marts.fct_profile_completeness.rules_met",
        "marts.fct_pupil_reading.rules_met",
        "indicators.ind_class_counts.numerator",
        "indicators.ind_counts.numerator",
        "indicators.ind_quotients.numerator",
        "indicators.indicator_values.numerator",
        "published.indicator_values.numerator",
        "reports.indicator_statement.4.1",
    ]
    assert {column for table, column in origins(lineage, "4.1") if table == "raw_o7.person"} >= {
        "snils", "birth_date", "last_name", "sex",
    }  # fmt: skip
    # Teachers' access to content is computed from no card of a pupil.
    assert {table for table, _ in origins(lineage, "4.3")} & {"raw_o7.person", "raw_o7.student"} == set()
    assert path(lineage, ("raw_o7.person", "snils"), "4.3") == []


def test_the_events_of_a_night_tell_every_step_of_that_way(journey: State, first_night: Seen) -> None:
    file = journey.folder / "lineage" / f"{first_night.published[FIRST]}.jsonl"
    told = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        for output in json.loads(line).get("outputs", []):
            for column, made in output["facets"]["columnLineage"]["fields"].items():
                told |= {
                    (part["name"], part["field"], output["name"], column) for part in made["inputFields"]
                }

    assert ("warehouse.raw_o7.person", "snils", "warehouse.staging.stg_o7__persons", "snils_status") in told
    assert (
        "warehouse.marts.fct_profile_completeness", "rules_met", "warehouse.marts.fct_pupil_reading", "rules_met",
    ) in told  # fmt: skip
    assert ("warehouse.published.indicator_values", "numerator", "indicator_statement", "4.1") in told
