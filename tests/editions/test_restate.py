"""The restatement ledger: what is published for the period of an issued edition later is told, and changes nothing."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict

import pytest
from typer.testing import CliRunner

from o7_warehouse.commands_edition import app
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.editions.pending import moved_figures, pending
from o7_warehouse.editions.restate import note, restate
from o7_warehouse.errors import StatementError
from o7_warehouse.warehouse import transaction
from tests.editions.desk import EARLY, FIRST, LAST, Q3, Q4, REGION, run_of

SECOND = EditionId(Q4, 2)
BATCH = """
    insert into audit.batch (run_id, night, entity, rows_in, rows_landed, rows_new, rows_closed, rows_unchanged)
    values (%s, %s, 'student', %s, %s, %s, 0, 0)
"""


def compared(desk, period=Q4):
    """Let the ledger look at a period, and tell what waits."""
    with transaction(desk.settings, "o7_reporter") as connection, connection.cursor() as cursor:
        note(cursor, period)
    return pending(desk.settings)


def figure(desk, build, change, *, level="region", code=REGION):
    """Change what a build says of 4.1."""
    desk.cursor.execute(
        f"update indicators.indicator_values set {change} where build_id = %s and indicator = '4.1' and level = %s"
        " and org_unit_code = %s and education_stage = 'all'",
        (build, level, code),
    )
    assert desk.cursor.rowcount == 1


def test_nothing_waits_while_the_frozen_build_stands(issued):
    assert compared(issued) == []


def test_a_late_row_gives_exactly_its_own_change_and_touches_no_byte_of_the_edition(issued):
    before, build = issued.files(), issued.publish_anew()
    issued.cursor.execute(BATCH, (run_of(LAST), LAST, 100, 100, 5))
    issued.cursor.execute(BATCH, (build, LAST, 101, 101, 6))

    [waits] = compared(issued)
    [moved] = moved_figures(issued.settings, waits)

    assert (waits.edition, waits.night, waits.run_id, waits.figures) == (FIRST, LAST, build, 1)
    assert waits.causes == ("redelivered",)
    assert waits.deliveries == {
        "student": {
            "rows_before": 100, "rows_now": 101, "new_before": 5, "new_now": 6, "closed_before": 0, "closed_now": 0,
        }
    }  # fmt: skip
    assert (moved.indicator, moved.level, moved.org_unit_code) == ("4.1", "region", REGION)
    assert (moved.new_numerator - moved.old_numerator, moved.new_denominator) == (1, moved.old_denominator)
    assert moved.causes == ["redelivered"]
    assert (issued.files(), issued.findings()) == (before, [])


def test_a_figure_that_moves_for_no_known_reason_says_so(issued):
    issued.publish_anew()

    [waits] = compared(issued)

    assert waits.causes == ()
    assert [one.causes for one in moved_figures(issued.settings, waits)] == [["unknown"]]


def test_other_code_and_another_definition_are_causes(issued):
    build, code = issued.publish_anew(), issued.municipality()
    issued.cursor.execute("update audit.run set code_revision = 'another' where run_id = %s", (build,))
    figure(
        issued, build, "numerator = 0, value = 0, definition_version = '9'", level="municipality", code=code
    )

    [waits] = compared(issued)

    assert waits.causes == ("recounted", "redefined")
    assert {one.org_unit_code: one.causes for one in moved_figures(issued.settings, waits)} == {
        REGION: ["recounted"], code: ["recounted", "redefined"],
    }  # fmt: skip


def test_a_school_that_moves_explains_the_figures_of_both_municipalities(issued):
    build, code = issued.publish_anew(), issued.municipality()
    for one in (run_of(LAST), build):
        issued.cursor.execute(
            "insert into indicators.org_units (night, build_id, level, org_unit_code, parent_code)"
            " values (%s, %s, 'school', 'moving', %s)",
            (LAST, one, code if one == build else "elsewhere"),
        )
    figure(issued, build, "numerator = 0, value = 0", level="municipality", code=code)

    [waits] = compared(issued)

    assert waits.causes == ("reorganised",)
    assert [one.causes for one in moved_figures(issued.settings, waits)] == [["reorganised"], ["reorganised"]]
    issued.cursor.execute("delete from indicators.org_units where org_unit_code = 'moving'")


def test_a_night_of_the_period_published_later_is_a_cause(desk):
    desk.cursor.execute("delete from published.night where night = %s", (LAST,))
    desk.draft()
    desk.submit()
    desk.approve()
    desk.issue()
    desk.cursor.execute(
        "insert into published.night (night, build_id, run_id, snapshot_at, transport, contract_version, code_revision)"
        " select %s, %s, %s, now(), 'T1', '1.0', 'x'",
        (LAST, run_of(LAST), run_of(LAST)),
    )

    [waits] = compared(desk)

    assert (waits.night, waits.causes) == (LAST, ("later_night",))
    assert {one.level for one in moved_figures(desk.settings, waits)} == {"region", "municipality"}
    assert desk.events()[-1] == "issued"
    desk.cursor.execute("select night from audit.edition_event order by recorded_at limit 1")
    assert desk.cursor.fetchall() == [(EARLY,)]


def test_a_unit_only_one_side_has_has_no_counts_on_the_other(issued):
    build, code = issued.publish_anew(), issued.municipality()
    issued.cursor.execute(
        "delete from indicators.indicator_values where build_id = %s and indicator = '4.1' and org_unit_code = %s",
        (build, code),
    )

    [gone] = [one for one in moved_figures(issued.settings, compared(issued)[0]) if one.org_unit_code == code]

    assert None not in (gone.old_numerator, gone.old_denominator)
    assert (gone.new_numerator, gone.new_denominator, gone.new_value) == (None, None, None)


def test_a_build_is_compared_once_and_never_rewritten(issued):
    build = issued.publish_anew()
    first = compared(issued)
    figure(issued, build, "numerator = 0, value = 0")

    assert compared(issued) == first
    with (
        pytest.raises(StatementError, match="insufficient privilege"),
        transaction(issued.settings, "o7_reporter") as connection,
    ):
        connection.cursor().execute("update audit.restatement set figures = 0")


def test_the_next_revision_settles_what_was_pending(issued):
    issued.publish_anew()
    assert compared(issued)

    issued.draft(reason="Поступили уточнённые сведения")
    issued.submit(SECOND)
    issued.approve(SECOND)
    assert pending(issued.settings)
    issued.issue(SECOND)

    assert pending(issued.settings) == []
    issued.cursor.execute("select edition_id, figures from audit.restatement")
    assert issued.cursor.fetchall() == [("2025-Q4-01", 1)]


def test_an_edition_issued_over_a_night_published_anew_is_restated_at_once(desk):
    desk.at("approved")
    desk.publish_anew()

    desk.issue()

    assert [one.edition for one in pending(desk.settings)] == [FIRST]


def test_the_step_of_the_night_looks_at_every_period_of_its_night(issued):
    build = issued.publish_anew()
    # The run is still at work when the step comes.
    for table in ("seal", "run_outcome"):
        issued.cursor.execute(f"delete from audit.{table} where run_id = %s", (build,))

    restate(issued.settings, build)
    restate(issued.settings, build)

    assert [one.edition for one in pending(issued.settings)] == [FIRST]


def test_an_edition_of_another_period_is_left_alone(issued):
    issued.publish_anew()

    assert compared(issued, Q3) == []


def test_the_command_names_edition_cause_and_figures_and_gives_them_to_programs(issued):
    before = CliRunner().invoke(app, ["pending", "--state", str(issued.settings.state)])
    build = issued.publish_anew()
    issued.cursor.execute(BATCH, (run_of(LAST), LAST, 1000, 1000, 5))
    issued.cursor.execute(BATCH, (build, LAST, 1001, 1001, 6))
    [waits] = compared(issued)
    [moved] = moved_figures(issued.settings, waits)

    told = CliRunner().invoke(app, ["pending", "--state", str(issued.settings.state)]).stdout
    given = CliRunner().invoke(app, ["pending", "--format", "json", "--state", str(issued.settings.state)])

    assert before.stdout == "Выпущенные редакции не расходятся с опубликованными сборками.\n"
    words = " ".join(told.split())
    assert (
        f"Редакция 2025-Q4-01 расходится с ночью 31.12.2025 (запуск {build}): данные О7 поступили заново."
        in words
    )
    assert "student: строк было 1 000, стало 1 001" in words
    assert "4.1 республика 83000000: " in words
    [answer] = json.loads(given.stdout)
    assert (answer["edition"], uuid.UUID(answer["run_id"])) == ("2025-Q4-01", uuid.UUID(build))
    assert answer["moved"] == [
        asdict(moved) | {"old_value": float(moved.old_value), "new_value": float(moved.new_value)}
    ]
