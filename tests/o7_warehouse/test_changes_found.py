"""What changed at the source is found, whatever its cursor says; a reading that may not be trusted is not made."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import runs
from o7_warehouse.delivery_gate import check_delivery
from o7_warehouse.extract import extract
from o7_warehouse.load import load
from tests.deliveries import (
    NIGHT,
    asked,
    emptied,
    loaded,
    night_of,
    opened,
    rows_of,
    small_world,
    write_drop,
    write_replica,
)  # fmt: skip
from tests.o7_warehouse.raw import SECOND, content_of
from tests.o7_warehouse.replicas import left_by, next_night, read_changes, read_whole, readings, says

if TYPE_CHECKING:
    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

THIRD = SECOND + timedelta(days=1)
TODAY = "modified_at = '2025-12-16 12:00+03'"
CONTACT = "o7_export.v1_contact"
# What a source may do to its rows in a day, honestly or not; and what of it nobody expects.
HONEST = (
    f"update {CONTACT} set value = 'another', {TODAY} where source_id in ('contact-1', 'contact-2')",
    f"delete from {CONTACT} where source_id = 'contact-3'",
    f"update {CONTACT} set source_id = 'another', {TODAY} where source_id = 'contact-4'",
    (
        f'insert into {CONTACT} select (jsonb_populate_record(one, \'{{"source_id": "new"}}\')).* from {CONTACT} as one'
        f" where source_id = 'contact-5'; update {CONTACT} set {TODAY} where source_id = 'new'"
    ),
    f"update {CONTACT} set {TODAY} where source_id = 'contact-6'",
)
DAMAGED = (
    f"insert into {CONTACT} select * from {CONTACT} where source_id = 'contact-7'",
    (
        f"insert into {CONTACT} select * from {CONTACT} where source_id = 'contact-8';"
        f" update {CONTACT} set value = 'one of two', {TODAY} where ctid = (select max(ctid) from {CONTACT})"
    ),
    f"update {CONTACT} set source_id = null, {TODAY} where source_id in ('contact-9', 'contact-10')",
    f"update {CONTACT} set student_id = 'nobody', {TODAY} where source_id = 'contact-11'",
    "delete from o7_export.v1_guardian where source_id = 'guardian-12'",
    (
        "update o7_export.v1_person set last_name = 'И????в', inn = '12345678901', modified_at = '2025-12-16 12:00+03'"
        " where source_id = 'pupil-13'"
    ),
    "delete from o7_export.v1_student where source_id = 'pupil-14'",
    f"update {CONTACT} set modified_at = null where source_id = 'contact-15'",
)
HEALED = (
    f"update {CONTACT} set student_id = 'pupil-1', modified_at = '2025-12-17 12:00+03' where source_id = 'contact-11'",
    f"delete from {CONTACT} where ctid in (select max(ctid) from {CONTACT} where source_id = 'contact-7')",
    (
        'insert into o7_export.v1_student select (jsonb_populate_record(one, \'{"source_id": "pupil-14"}\')).*'
        " from o7_export.v1_student as one where source_id = 'pupil-1'"
    ),
    "update o7_export.v1_person set inn = null, modified_at = '2025-12-17 12:00+03' where source_id = 'pupil-13'",
    (
        "update o7_export.v1_organization set municipality_oktmo = '83703000', modified_at = '2025-12-17 12:00+03'"
        " where source_id = 'organization-0'"
    ),
)
# Both rows of a key, and the one row of another.
GONE = (f"delete from {CONTACT} where source_id in ('contact-8', 'contact-16')",)


@pytest.fixture
def base(server: Server, warehouse_database: Settings) -> Settings:
    """A warehouse with one night of a replica."""
    settings = read_changes(emptied(warehouse_database))
    loaded(settings, write_replica(server, small_world()))
    return settings


def by_both(server: Server, settings: Settings, *nights: tuple[str, ...]) -> tuple[dict, dict]:
    """What the nights leave that are read by changes, and the same nights read whole."""
    left = []
    for chosen in (read_changes(settings), read_whole(settings)):
        source = write_replica(server, small_world())
        loaded(emptied(chosen), source)
        for statements in nights:
            loaded(chosen, next_night(server, *statements))
        left.append(left_by(chosen))
        if chosen.read_changes:
            assert all(base for base, *_ in readings(settings)[1:]), says(settings)
    return left[0], left[1]


def test_what_changed_came_went_or_was_renamed_is_landed_and_nothing_else(server, base):
    loaded(base, next_night(server, *HONEST))

    [_, (found, read, rows)] = readings(base)
    assert (found, read) == (NIGHT, 5)
    assert rows == sum(len(of_entity) for of_entity in small_world().values())
    assert says(base)[1].startswith(f"Прочитаны изменения с ночи 15.12.2025: строк 5 из {rows}")
    assert says(base)[1].endswith("Целиком прочитаны: ни одна; по изменениям: остальные таблицы (39).")
    assert asked(
        base,
        "select rows_new, rows_closed, rows_unchanged from raw_o7.load_record"
        " where night = %s and entity = 'contact'",
        (SECOND,),
    ) == [(5, 5, 25)]


@pytest.mark.parametrize(
    "nights",
    [
        pytest.param((HONEST, ()), id="honest changes, then a quiet night", marks=pytest.mark.full),
        pytest.param(
            (DAMAGED, HEALED, GONE), id="keys twice and none, links to nowhere, damage; mended; many gone"
        ),
    ],
)
def test_every_row_count_and_finding_is_that_of_a_whole_reading(server, warehouse_database, nights):
    by_changes, whole = by_both(server, warehouse_database, *nights)

    assert by_changes == whole


@pytest.mark.parametrize(
    ("statement", "behind"),
    [
        pytest.param("update {} set value = 'x', modified_at = '2025-11-01 10:00+03' where source_id = 'contact-1'", 1,
                     id="a cursor that went back"),
        pytest.param("insert into {} select (jsonb_populate_record(one, '{{\"source_id\": \"late\"}}')).*"
                     " from {} as one where source_id = 'contact-1'", 1, id="a row that came behind the cursor",
                     marks=pytest.mark.full),
    ],
)  # fmt: skip
def test_what_comes_behind_the_cursor_is_found_loaded_and_told(server, base, statement, behind):
    loaded(base, next_night(server, statement.format(CONTACT, CONTACT)))
    by_changes = night_of(base, SECOND)

    assert asked(
        base, "select severity, message like '%%of ' || %s || ' keys%%' from audit.contract_finding"
        " where check_id = 'cursor_backwards'", (behind,),
    ) == [("warning", True)]  # fmt: skip
    loaded(read_whole(emptied(base)), next_night(server))
    assert night_of(base, THIRD) == by_changes


def test_a_change_under_the_same_instant_is_found_by_the_whole_reading_and_trust_is_lost(server, base):
    loaded(base, next_night(server, f"update {CONTACT} set value = 'silent' where source_id = 'contact-1'"))
    assert [row[-1] for row in rows_of(base, "contact", SECOND) if "silent" in row] == []

    loaded(read_whole(base), next_night(server))
    loaded(base, next_night(server))

    assert asked(
        base, "select entity, severity from audit.contract_finding where check_id = 'cursor_broken'"
    ) == [("contact", "warning")]
    assert "Изменены без новой отметки времени: contact 1." in says(base)[2]
    assert len([row for row in rows_of(base, "contact", THIRD) if "silent" in row]) == 1
    assert readings(base)[3][0] is None
    assert "источник менял записи без новой отметки времени" in says(base)[3]


@pytest.mark.full
def test_everything_is_read_when_seven_days_have_gone(server, base):
    for _ in range(7):
        loaded(base, next_night(server))

    assert [bool(found) for found, *_ in readings(base)] == [False, *[True] * 6, False]
    assert "последнее полное чтение 15.12.2025" in says(base)[-1]


@pytest.mark.parametrize(
    ("statements", "snapshot_at", "why"),
    [
        pytest.param(["alter table o7_export.v1_person drop column inn"], None, "поля поставки другие",
                     id="other columns"),
        pytest.param([], "2025-12-16 00:10+03", "снимок источника не новее прежнего", id="a clock that stands"),
    ],
)  # fmt: skip
def test_where_the_base_is_no_ground_everything_is_read_and_it_is_said_why(
    server, base, statements, snapshot_at, why
):
    source = next_night(server, *statements, snapshot_at=snapshot_at)
    settings = replace(base, source_dsn=source, drop=None)
    run_id = opened(settings)
    extract(settings, run_id)

    assert asked(settings, "select base, why from landing._reading") == [(None, why)]


@pytest.mark.full
def test_files_between_two_nights_of_the_replica_are_read_whole_and_then_changes_again(
    server, base, tmp_path
):
    world = small_world()
    world["contact"][0]["value"] = "by files"
    loaded(base, write_drop(tmp_path / "2", world, night=SECOND))
    world["contact"][1] |= {"value": "by the replica", "modified_at": "2025-12-17T10:00:00+03:00"}
    loaded(base, write_replica(server, world, night=THIRD))

    assert [found for found, *_ in readings(base)] == [None, None, SECOND]
    assert readings(base)[2][1] == 1
    whole = copy.deepcopy(content_of(base))
    again = read_whole(emptied(base))
    loaded(again, write_replica(server, small_world()))
    loaded(again, tmp_path / "2")
    loaded(again, write_replica(server, world, night=THIRD))
    assert content_of(again) == whole


@pytest.mark.full
def test_the_newest_night_again_is_read_whole_and_leaves_the_same(server, base):
    source = next_night(server, *HONEST)
    loaded(base, source)
    before = content_of(base)

    loaded(base, source)

    assert content_of(base) == before
    assert readings(base)[1][0] is None
    loaded(base, next_night(server))
    assert readings(base)[2][:2] == (SECOND, 0)


@pytest.mark.full
def test_tasks_that_are_repeated_change_nothing(server, base):
    settings = replace(base, source_dsn=next_night(server, *HONEST), drop=None)
    run_id = opened(settings)
    for step in (extract, extract, check_delivery, check_delivery):
        step(settings, run_id)
    load(settings, run_id)
    before = content_of(settings)

    assert load(settings, run_id) == 0
    runs.close_run(settings, run_id, outcome="success", message="")

    assert content_of(settings) == before
    assert readings(settings)[1][:2] == (NIGHT, 5)


@pytest.mark.full
def test_a_note_of_the_sums_that_is_wrong_or_lost_is_made_again(server, base):
    loaded(base, next_night(server))
    asked(base, "delete from raw_o7.fingerprint where entity = 'person' returning 1")
    asked(base, "update raw_o7.fingerprint set digest = digest + 1 where entity = 'contact' returning 1")

    loaded(base, next_night(server, *HONEST))

    assert readings(base)[2][:2] == (SECOND, 5)
    assert len(rows_of(base, "contact", THIRD)) == 30
