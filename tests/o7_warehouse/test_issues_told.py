"""What is told of broken rules: since when, until when, what a night changed; keys for the auditor alone."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from o7_warehouse.warehouse import connect
from tests.o7_warehouse.said import NIGHTS, Said, evaluated, key, told


def test_an_issue_says_since_when_how_long_and_when_it_was_mended(views):
    lasting, mended = key("person.snils", 1), key("person.inn", 2)
    Said(NIGHTS[0], *evaluated(lasting)).publish(views)
    Said(NIGHTS[1], *evaluated(lasting, mended)).publish(views)
    Said(NIGHTS[3], *evaluated(lasting)).publish(views)

    assert told(
        views, "issues", "rule_id, entity, first_night::text, last_night::text, mended_on::text, age_nights"
    ) == [
        ("person.inn", "person", "2025-12-16", "2025-12-16", "2025-12-18", 1),
        ("person.snils", "person", "2025-12-15", "2025-12-18", None, 4),
    ]


def test_an_issue_that_comes_back_is_a_second_one(views):
    again = key("person.snils", 1)
    for night, keys in zip(NIGHTS, ([again], [], [again]), strict=False):
        Said(night, *evaluated(*keys)).publish(views)

    assert told(views, "issues", "first_night::text, mended_on::text") == [
        ("2025-12-15", "2025-12-16"),
        ("2025-12-17", None),
    ]


def test_a_night_says_what_began_what_was_mended_and_what_goes_on(views):
    first, second, third = (key("person.snils", number) for number in (1, 2, 3))
    Said(NIGHTS[0], *evaluated(first, second)).publish(views)
    Said(NIGHTS[1], *evaluated(second, third)).publish(views)

    columns = (
        "night::text, previous_night::text, rule_id, outcome, opened, mended, still_open, oldest_night::text"
    )
    assert told(views, "issue_changes", columns) == [
        ("2025-12-15", None, "person.snils", "fail", 2, 0, 0, "2025-12-15"),
        ("2025-12-16", "2025-12-15", "person.snils", "fail", 1, 1, 1, "2025-12-15"),
    ]


def test_a_rule_that_was_not_evaluated_has_mended_nothing(views):
    one = key("person.snils", 1)
    Said(NIGHTS[0], *evaluated(one)).publish(views)
    outcomes, _ = evaluated()
    Said(NIGHTS[1], outcomes | {"person.snils": "not_evaluated"}).publish(views)

    columns = "outcome, opened, mended, still_open"
    assert told(views, "issue_changes", columns, "night = '2025-12-16'") == [("not_evaluated", 0, 0, 1)]


@pytest.mark.parametrize(
    ("role", "relation", "is_allowed"),
    [
        ("o7_auditor", "issues", True),
        ("o7_auditor", "quarantine_history", True),
        ("o7_auditor", "issue_changes", True),
        ("o7_reporter", "issue_changes", True),
        ("o7_reporter", "quarantine_changes", True),
        ("o7_reporter", "quarantine_rows", True),
        ("o7_reporter", "quarantine_stays", False),
        ("o7_reporter", "aside_versions", False),
        ("o7_reporter", "issues", False),
        ("o7_reporter", "issue_versions", False),
        ("o7_reporter", "quarantine_history", False),
        ("o7_school", "issues", False),
        ("o7_transformer", "issue_versions", False),
        ("o7_loader", "issue_versions", False),
    ],
)
def test_keys_are_for_the_auditor_and_counts_for_reports(settings, views, role, relation, is_allowed):
    assert views.connection.status == psycopg2.extensions.STATUS_READY
    with closing(connect(settings, role)) as connection, connection.cursor() as cursor:
        if is_allowed:
            cursor.execute(f"select 1 from published.{relation}")
        else:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"select 1 from published.{relation}")
