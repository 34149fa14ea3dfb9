"""What is told of the quarantine: rows as the account of the night counts them, each with its first night."""

from __future__ import annotations

from tests.o7_warehouse.said import (
    NAMELESS,
    NIGHTS,
    PLACED,
    Said,
    aside,
    evaluated,
    history,
    key,
    name,
    put_aside,
    told,
)


def test_a_row_in_quarantine_keeps_its_first_night_and_all_its_reasons(views):
    stray = key(PLACED, 1)
    Said(NIGHTS[0], *evaluated(stray, key("person.snils", 2))).publish(views)
    Said(NIGHTS[1], *evaluated(stray)).publish(views)
    Said(NIGHTS[2], *evaluated()).publish(views)
    Said(NIGHTS[3], *evaluated(stray)).publish(views)

    whose, nights = "entity, row_key::text, org_id, rule_ids", "first_night::text, last_night::text"
    assert told(views, "quarantine_history", f"{whose}, {nights}, released_on::text, age_nights") == [
        ("person", name(1), "school-1", [PLACED], "2025-12-15", "2025-12-16", "2025-12-17", 2),
        ("person", name(1), "school-1", [PLACED], "2025-12-18", "2025-12-18", None, 1),
    ]
    assert told(views, "quarantine_changes", "night::text, put_aside, released, still_aside") == [
        ("2025-12-15", 2, 0, 0),
        ("2025-12-16", 0, 0, 2),
        ("2025-12-17", 0, 2, 0),
        ("2025-12-18", 2, 0, 0),
    ]


def test_a_row_that_breaks_two_rules_of_placement_is_counted_once_and_its_copies_each(views):
    outcomes, keys = evaluated(key(PLACED, 1), key(NAMELESS, 1), key(PLACED, 2))
    Said(NIGHTS[0], outcomes | {NAMELESS: "fail"}, keys).publish(views)

    assert told(views, "quarantine_history", "row_key::text, row_count, rule_ids") == [
        (name(1), 2, [NAMELESS, PLACED]),
        (name(2), 2, [PLACED]),
    ]
    assert told(views, "quarantine_rows", "night::text, entity, org_id, row_count") == [
        ("2025-12-15", "person", "school-1", 4)
    ]


def test_a_copy_more_is_put_aside_and_the_stay_goes_on(views, monkeypatch):
    stray = key(PLACED, 1)
    Said(NIGHTS[0], *evaluated(stray)).publish(views)
    monkeypatch.setattr("tests.o7_warehouse.said.COPIES", 5)
    Said(NIGHTS[1], *evaluated(stray)).publish(views)
    monkeypatch.setattr("tests.o7_warehouse.said.COPIES", 1)
    Said(NIGHTS[2], *evaluated(stray)).publish(views)

    columns = "night::text, put_aside, released, still_aside, oldest_night::text"
    assert told(views, "quarantine_changes", columns) == [
        ("2025-12-15", 2, 0, 0, "2025-12-15"),
        ("2025-12-16", 3, 0, 2, "2025-12-15"),
        ("2025-12-17", 0, 4, 1, "2025-12-15"),
    ]
    assert told(views, "quarantine_history", "first_night::text, released_on::text, row_count") == [
        ("2025-12-15", None, 1)
    ]


def test_a_memory_from_before_rows_were_counted_counts_them_with_the_next_publication(views):
    nights = {night: Said(night, *evaluated(key(PLACED, 1))) for night in NIGHTS[:2]}
    for said in nights.values():
        said.publish(views)
    remembered = history(views)
    views.execute("truncate published.aside_versions; update published.issue_night set counts_rows = false")

    nights[NIGHTS[2]] = Said(NIGHTS[2], *evaluated())

    assert nights[NIGHTS[2]].publish(views) == NIGHTS[:3]
    assert aside(views) == put_aside(nights)
    assert {row[:5] for row in history(views)} == {row[:5] for row in remembered}


def test_a_rule_of_placement_that_was_not_evaluated_keeps_nobody_aside(views):
    """Its question stays open, and its rows are in staging: the account of the night counts them there."""
    Said(NIGHTS[0], *evaluated(key(PLACED, 1))).publish(views)
    outcomes, _ = evaluated()
    Said(NIGHTS[1], outcomes | {PLACED: "not_evaluated"}).publish(views)

    assert told(views, "issues", "rule_id, mended_on") == [(PLACED, None)]
    assert told(views, "quarantine_changes", "put_aside, released, still_aside", "night = '2025-12-16'") == [
        (0, 2, 0)
    ]
