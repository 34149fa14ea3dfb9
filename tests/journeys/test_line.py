"""Whole nights of a small world, from the delivery to the printed report."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import bootstrap, server
from o7_warehouse.audit_pages.material import read_material
from o7_warehouse.digest.read import read_digest
from o7_warehouse.digest.words import as_text
from o7_warehouse.worklist.rows import read_worklists
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, SECOND, arrived, simulate
from tests.journeys.states import Seen, State, Walked
from tests.oracle.answers import answers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(1800)


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Indicators as truth.json has them."""
    return [{name: value for name, value in row.items() if name != "definition_version"} for row in rows]


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_whoever_tells_of_the_quarantine_tells_the_same_number_of_rows(
    journey: State, second_night: Seen, night: str
) -> None:
    """Of the eventful world, in which some rows come twice word for word: two rows with one key."""
    assert second_night.published
    day = dt.date.fromisoformat(night)
    settings = journey.settings()
    with server.running(settings):
        [(counted, keys)] = journey.execute(
            "select rows_quarantined, (select count(*) from published.quarantine_history as stay"
            " where stay.first_night <= supply.night and coalesce(stay.released_on, 'infinity') > supply.night)"
            " from published.supply where night = %s",
            day,
        )
        digest = read_digest(settings, day)
        schools, _ = read_worklists(settings, night=day)
        [(of_no_school,)] = journey.execute(
            "select coalesce(sum(row_count), 0) from published.quarantine_rows where night = %s"
            " and coalesce(org_id, '') <> all(%s)",
            day,
            [one.org_id for one in schools],
        )

    assert counted > keys > 0
    assert f"В карантине строк: {counted}.\n" in as_text(digest)
    assert sum(one.set_aside for one in schools) + of_no_school == counted


def test_the_auditor_s_pages_and_workbook_count_the_quarantine_as_the_statement_does(
    journey: State, second_night: Seen
) -> None:
    assert second_night.published
    settings = journey.settings()
    with server.running(settings):
        [(counted,)] = journey.execute(
            "select rows_quarantined from published.supply where night = %s", SECOND
        )
        shared = read_material(settings, nights=None).shared

    by_school, by_entity = (shared[f"quarantine-{name}"].rows[-1] for name in ("schools", "entities"))
    assert (by_school[2].text, by_entity[1].text) == (str(counted), str(counted))


def in_one_order(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The objects as a sorted list, for an answer whose order is not promised."""
    return sorted((tuple(sorted(row.items())) for row in rows), key=repr)


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_every_figure_of_every_level_is_the_truth(
    second_night: Seen, truth: dict[str, Any], night: str
) -> None:
    assert plain(second_night.figures[night]) == truth[night]["indicators"]
    assert second_night.leaves[night] == truth[night]["leaves"]


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_every_figure_of_every_level_is_the_oracle_s(second_night: Seen, world: Path, night: str) -> None:
    given = answers(world / night)

    assert in_one_order(plain(second_night.figures[night])) == in_one_order(given["indicators"])
    assert in_one_order(second_night.leaves[night]) == in_one_order(given["leaves"])


def test_a_night_run_again_changes_nothing_but_the_run_behind_it(
    first_night: Seen, first_night_again: Seen
) -> None:
    assert first_night_again.published[FIRST] != first_night.published[FIRST]
    assert first_night_again.figures == first_night.figures
    assert first_night_again.leaves == first_night.leaves
    assert first_night_again.facts == first_night.facts
    assert first_night_again.reports == first_night.reports
    assert {name.rsplit(".", 1)[1] for name in first_night.reports} >= {"html", "pdf", "xlsx"}


def test_the_next_night_leaves_the_last_one_as_it_was(first_night_again: Seen, second_night: Seen) -> None:
    assert second_night.published[FIRST] == first_night_again.published[FIRST]
    assert second_night.figures[FIRST] == first_night_again.figures[FIRST]
    assert second_night.leaves[FIRST] == first_night_again.leaves[FIRST]
    assert second_night.reports.items() > first_night_again.reports.items()
    assert second_night.figures[SECOND] != second_night.figures[FIRST]


def test_an_older_night_replayed_from_raw_is_what_it_was(second_night: Seen, replayed: Seen) -> None:
    assert replayed.published[FIRST] != second_night.published[FIRST]
    assert replayed.published[SECOND] == second_night.published[SECOND]
    assert replayed.figures == second_night.figures
    assert replayed.leaves == second_night.leaves
    assert replayed.reports == second_night.reports
    histories = {table for table in second_night.facts if table.startswith("published.")}
    assert len(histories) == 3
    for history in histories:
        assert replayed.facts[history] == second_night.facts[history], history


def test_the_replayed_marts_are_those_of_the_night_itself(first_night: Seen, replayed: Seen) -> None:
    marts = {table: digest for table, digest in first_night.facts.items() if table.startswith("marts.")}

    assert {table: replayed.facts[table] for table in marts} == marts


def test_a_refused_build_leaves_figures_and_reports_of_the_last_good_night(
    replayed: Seen, refused: tuple[Walked, Seen]
) -> None:
    walked, after = refused

    assert walked.code == 3
    assert "GateError" in walked.words
    assert "children_sum_to_parents" in walked.words
    assert after.published == replayed.published
    assert after.figures == replayed.figures
    assert after.leaves == replayed.leaves
    assert after.reports == replayed.reports


@pytest.mark.full
def test_both_transports_give_equal_rows_and_facts(first_night: Seen) -> None:
    """The replica and the drop folder of the same night: raw, quarantine, marts and history, row by row."""
    with open_folder() as folder:
        state = State(folder)
        settings = state.settings()
        with server.running(settings) as running:
            bootstrap.ensure(settings, running)
            simulate("--nights", "1", "--profile", "eventful", "--to", running.dsn("o7", "o7_source"))
            arrived(state.walk(O7_SOURCE_DSN=running.dsn("o7", "o7_export_reader")))
            by_replica = state.see()

    assert by_replica.facts == first_night.facts
    assert by_replica.figures == first_night.figures
    assert by_replica.leaves == first_night.leaves
