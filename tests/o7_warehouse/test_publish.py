"""Publication: one transaction, a history of profiles that forgets the order of publication, and no leaks."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from o7_warehouse.errors import GateError, StatementError
from o7_warehouse.gate_out import gate_out
from o7_warehouse.persons import FACTS, PROFILES, PUPILS, STAFF
from o7_warehouse.publish import publish
from o7_warehouse.unplaced import keep_unplaced
from o7_warehouse.warehouse import connect, transaction
from tests.o7_warehouse.builds import OTHER_UNIT, REGION, UNIT, Build, Pupil
from tests.o7_warehouse.built_warehouse import deliver_nothing, pass_both, write

MONDAY = dt.date(2025, 12, 15)
NIGHTS = [MONDAY + dt.timedelta(days=days) for days in range(6)]


def published(cursor: Any) -> list[Any]:
    """Everything that publication writes, as it lies there."""
    cursor.execute("select * from published.night order by night")
    nights = cursor.fetchall()
    histories = []
    for history, _ in FACTS:
        cursor.execute(f"select * from {history.table} order by {history.key[0]}, night_from")
        histories.append(cursor.fetchall())
    return [nights, histories]


def test_a_published_figure_carries_its_label_and_unit(settings, house):
    pass_both(settings, house, Build(MONDAY, [Pupil(1), Pupil(2, is_complete=False)]))

    house.execute(
        """
        select indicator_name like 'Доля учащихся%%', unit, org_unit_name, numerator, denominator, value
        from published.indicator_values
        where level = 'region' and education_stage = 'all' and indicator = '4.1'
        """
    )
    assert house.fetchall() == [(True, "%", "name of 83000000", 1, 2, 50)]
    house.execute(
        "select schools_expected, schools_delivered, rows_in, rows_quarantined from published.supply"
    )
    assert house.fetchall() == [(2, 1, 1, 0)]
    house.execute(
        "select label, ordinal, filled from published.leaf_counts"
        " where level = 'region' and leaf_code = 'P13'"
    )
    assert house.fetchall() == [("СНИЛС", 13, 2)]


def test_a_figure_lies_between_the_unplaced_against_it_and_for_it(settings, house):
    build = Build(MONDAY, [Pupil(number, is_complete=number < 60) for number in range(100)])
    write(house, build)
    deliver_nothing(house, MONDAY)
    # One person of school-1 with two bad rows, two rows without a key, one row of a school nobody knows.
    for place, (entity, source_id, copies, org_id) in enumerate(
        [("person", "a", 1, "school-1"), ("student", "a", 1, "school-1"), ("person", "", 2, "school-2"),
         ("student", "b", 1, "unheard of")]
    ):  # fmt: skip
        house.execute(
            "insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids, org_id)"
            " values (%s, %s, %s, %s, %s, '{rule}', %s)",
            (MONDAY, entity, source_id, place, copies, org_id),
        )

    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        keep_unplaced(cursor, night=MONDAY, build_id=build.run_id)

    house.execute(
        "select level, org_unit_code, persons from published.unplaced order by level, org_unit_code"
    )
    assert house.fetchall() == [
        ("municipality", UNIT, 1), ("municipality", OTHER_UNIT, 2), ("region", REGION, 4),
        ("school", "school-1", 1), ("school", "school-2", 2),
    ]  # fmt: skip


def test_publishing_the_same_run_again_changes_nothing(settings, house):
    build = Build(MONDAY, [Pupil(1), Pupil(2)])
    pass_both(settings, house, build)
    before = published(house)

    publish(settings, build.run_id)

    assert published(house) == before


def test_a_rerun_with_the_same_facts_changes_only_the_build(settings, house):
    pass_both(settings, house, Build(MONDAY, [Pupil(1), Pupil(2)]))
    [_, before] = published(house)

    again = Build(MONDAY, [Pupil(1), Pupil(2)])
    pass_both(settings, house, again)

    [[night], after] = published(house)
    assert after == before
    assert night[1] == again.run_id


def test_a_build_the_gate_has_not_seen_is_not_published(settings, house):
    pass_both(settings, house, Build(MONDAY, [Pupil(1)]))
    before = published(house)
    build = Build(NIGHTS[1], [Pupil(1, statuses="e" * 51)])
    write(house, build)

    with pytest.raises(GateError, match="was not run"):
        publish(settings, build.run_id)

    assert published(house) == before


def test_a_build_the_gate_refused_is_not_published(settings, house):
    pass_both(settings, house, Build(MONDAY, [Pupil(1)]))
    before = published(house)
    build = Build(NIGHTS[1], [Pupil(1, statuses="e" * 51)])
    write(house, build)
    house.execute("update indicators.indicator_values set numerator = 7 where night = %s", (build.night,))
    with pytest.raises(GateError):
        gate_out(settings, build.run_id)

    with pytest.raises(GateError, match="did not let the build pass"):
        publish(settings, build.run_id)

    assert published(house) == before


@pytest.mark.parametrize(("fact", "indicator"), [(PROFILES, "4.1"), (PUPILS, "4.2"), (STAFF, "4.3")])
def test_facts_of_another_build_are_not_merged(settings, house, fact, indicator):
    build = Build(MONDAY, [Pupil(1), Pupil(2)])
    write(house, build)
    deliver_nothing(house, MONDAY)
    gate_out(settings, build.run_id)
    [table] = [table for history, table in FACTS if history is fact]
    house.execute(f"delete from {table} where ctid = (select min(ctid) from {table})")

    with pytest.raises(GateError, match=rf"indicator {re.escape(indicator)} count .* different builds"):
        publish(settings, build.run_id)

    assert published(house) == [[], [[], [], []]]


def test_a_publication_that_breaks_off_leaves_the_last_night(settings, house):
    pass_both(settings, house, Build(MONDAY, [Pupil(1)]))
    before = published(house)
    build = Build(NIGHTS[1], [Pupil(1, statuses="e" * 51)])
    write(house, build)
    deliver_nothing(house, build.night)
    gate_out(settings, build.run_id)
    # The switch is the last statement: by then the profiles are merged, in the same transaction.
    house.execute("alter table published.night add constraint no_more check (night < '2025-12-16')")

    try:
        with pytest.raises(StatementError):
            publish(settings, build.run_id)
    finally:
        house.execute("alter table published.night drop constraint no_more")

    assert published(house) == before


def test_the_views_come_back_after_a_catalogue_was_rebuilt(settings, house):
    build = Build(MONDAY, [Pupil(1)])
    pass_both(settings, house, build)
    house.execute("create table catalogue.copy as select * from catalogue.indicators")
    house.execute("drop table catalogue.indicators cascade")
    house.execute("alter table catalogue.copy rename to indicators")
    house.execute("grant select on catalogue.indicators to o7_gate")

    publish(settings, build.run_id)

    house.execute("select count(*) from published.indicator_values where level = 'region'")
    assert house.fetchall()[0][0] > 0


def test_views_of_an_older_revision_are_taken_away_although_one_reads_another(settings, house):
    build = Build(MONDAY, [Pupil(1)])
    pass_both(settings, house, build)
    house.execute("set role o7_gate")
    house.execute("create view published.a_former_one as select 1 as one")
    house.execute("create view published.b_its_reader as select one from published.a_former_one")

    publish(settings, build.run_id)

    house.execute(
        "select count(*) from pg_views where schemaname = 'published' and viewname ~ '_(one|reader)$'"
    )
    assert house.fetchall() == [(0,)]


@pytest.mark.parametrize("history", [history for history, _ in FACTS], ids=lambda history: history.table)
@pytest.mark.parametrize("role", ["o7_reporter", "o7_school", "o7_transformer", "o7_loader"])
def test_single_persons_are_not_readable_by(settings, house, role, history):
    pass_both(settings, house, Build(MONDAY, [Pupil(1)]))

    refused = pytest.raises(psycopg2.errors.InsufficientPrivilege)
    with closing(connect(settings, role)) as connection, connection.cursor() as cursor, refused:
        cursor.execute(f"select 1 from {history.table}")


@pytest.mark.parametrize("history", [history for history, _ in FACTS], ids=lambda history: history.table)
def test_an_auditor_reads_single_persons(settings, house, history):
    pass_both(settings, house, Build(MONDAY, [Pupil(1)]))

    with closing(connect(settings, "o7_auditor")) as connection, connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {history.table}")
        assert cursor.fetchall() == [(10 if history is STAFF else 1,)]
