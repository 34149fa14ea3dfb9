"""Next nights change what they must and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest

ENTITIES = ("person", "student", "enrollment_event", "guardian", "contact", "address", "achievement", "class")


def by_id(world, k, entity):
    rows = {row["source_id"]: row for row in world.rows(k, entity) if row["source_id"]}
    assert rows
    return rows


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_row_changes_only_with_a_new_modified_at(eventful, entity):
    for k in (1, 2, 3):
        before, after = by_id(eventful, k - 1, entity), by_id(eventful, k, entity)
        for key in before.keys() & after.keys():
            if before[key] != after[key]:
                assert after[key]["modified_at"].startswith(eventful.night(k)), f"{entity}, night {k}"
            else:
                assert not after[key]["modified_at"].startswith(eventful.night(k))


def test_new_changed_and_removed_rows_meet_every_night(eventful):
    seen = Counter()
    for k in (1, 2, 3):
        for entity in ("person", "achievement", "contact", "enrollment_event"):
            before, after = by_id(eventful, k - 1, entity), by_id(eventful, k, entity)
            seen["new"] += len(after.keys() - before.keys())
            seen["removed"] += len(before.keys() - after.keys())
            seen["changed"] += sum(before[key] != after[key] for key in before.keys() & after.keys())

    assert min(seen["new"], seen["removed"], seen["changed"]) > 3


def test_a_realistic_night_changes_about_one_row_in_a_hundred_or_less(make_world):
    world = make_world("drop", pupils=2000, nights=2)
    changed = total = 0
    for entity in ("person", "student", "additional_info", "individual_plan", "address", "guardian"):
        before, after = by_id(world, 0, entity), by_id(world, 1, entity)
        total += len(after)
        changed += sum(before.get(key) != row for key, row in after.items())

    assert 0 < changed < 0.01 * total


def test_a_merged_school_hands_its_pupils_and_staff_over(eventful):
    (event,) = eventful.rows(1, "organization_event")
    gone, heir = event["from_org_id"], event["to_org_id"]
    schools = {
        k: {
            r["org_unit_code"]: r["denominator"]
            for r in eventful.truth(k)["indicators"]
            if r["indicator"] == code
        }
        for k, code in ((0, "4.1"), (1, "4.1"), (2, "4.3"))
    }

    assert eventful.rows(0, "organization_event") == []
    assert by_id(eventful, 1, "organization")[gone]["org_status_code"] == "9"
    assert schools[0][gone] > 0
    assert gone not in schools[1]
    assert gone not in schools[2]
    assert schools[1][heir] > schools[0][heir]


def test_who_moves_school_keeps_his_identity_and_gets_a_new_owner(eventful):
    before, after = by_id(eventful, 0, "person"), by_id(eventful, 1, "person")
    moved = [key for key in before.keys() & after.keys() if before[key]["org_id"] != after[key]["org_id"]]
    stays = {row["student_id"]: row for row in eventful.rows(1, "enrollment_event") if not row["left_on"]}

    assert moved
    for key in moved:
        assert stays[key]["starts_on"] == eventful.night(1)
        assert stays[key]["org_id"] == after[key]["org_id"]


def test_no_entity_shrinks_by_a_tenth_in_a_night(eventful):
    """The delivery gate stops a night with less than 90 % of the rows of the one before."""
    for k in (1, 2, 3):
        for file, earlier in zip(
            eventful.manifest(k)["files"], eventful.manifest(k - 1)["files"], strict=True
        ):
            assert file["rows"] >= 0.9 * earlier["rows"], file["entity"]


def test_evidence_that_ends_takes_access_away_without_a_changed_row(eventful):
    before, after = eventful.indicator(0, "4.4"), eventful.indicator(1, "4.4")

    assert after[0] / after[1] < before[0] / before[1]
    assert eventful.rows(0, "content_verification") == eventful.rows(1, "content_verification")
