"""A school's worklist: its own pupils by the numbers of their cards, in words a school knows, and nothing that acts."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CatalogueError, CommandError, ReportError
from o7_warehouse.issues import NOBODY, rebuild
from o7_warehouse.rule_texts import keep_texts
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import connect
from o7_warehouse.worklist.names import Names, read_names
from o7_warehouse.worklist.rows import OWNER, Worklist, read_worklists
from tests.o7_warehouse.builds import Build, Pupil
from tests.o7_warehouse.built_warehouse import pass_both
from tests.o7_warehouse.said import COPIES, Key, Said, name

NIGHT = dt.date(2025, 12, 16)
RULES = all_rules(read_rules(ROOT))
SNILS, INN, CLASS = "person.snils_check_digits", "person.inn_check_digits", "class.name"
PLACED = "person.org_id_known"
LOGIN = "student.login_unique"  # the operator answers for it


def key(rule_id: str, number: int, org_id: str = "school-1") -> Key:
    """A row of the pupil of this number; number 0: of nobody."""
    return rule_id, name(1000 + number), org_id, name(number) if number else NOBODY


def published(settings: Any, cursor: Any, *keys: Key, night: dt.date = NIGHT) -> None:
    """A published night on which these rows broke their rules."""
    build = Build(night, [Pupil(1)])
    Said(night, dict.fromkeys({*[one[0] for one in keys], SNILS}, "fail"), set(keys)).write(
        cursor, build.run_id
    )
    cursor.execute("update audit.rule_result set entity = split_part(rule_id, '.', 1)")
    pass_both_run(settings, cursor, build)


def pass_both_run(settings: Any, cursor: Any, build: Build) -> None:
    """Publish the build, with the words of every rule."""
    pass_both(settings, cursor, build)
    keep_texts(cursor, RULES.values(), run_id=build.run_id)


def deliver_cards(cursor: Any, *cards: tuple[int, str, str]) -> None:
    """Cards of pupils in raw since long ago: number of the pupil, school, number of the card."""
    for number, org_id, student_no in cards:
        cursor.execute(
            "insert into raw_o7.student (source_id, org_id, student_no, _night_from, _row_hash, _batch_id)"
            " values (%s, %s, %s, '2025-12-01', 1, gen_random_uuid())",
            (f"pupil-{number}", org_id, student_no),
        )
        cursor.execute(
            "insert into raw_o7.student_keys values (%s, %s, 1) on conflict do nothing",
            (f"pupil-{number}", name(number)),
        )


def told(settings: Any, school: str = "school-1") -> Worklist:
    [[found], _] = read_worklists(settings, night=NIGHT, school=school)
    return found


def test_a_pupil_is_told_to_the_school_that_keeps_the_card_and_to_no_other(settings, house):
    published(settings, house, key(SNILS, 1), key(SNILS, 2), key(SNILS, 2, "school-2"))
    deliver_cards(house, (1, "school-1", "1001"), (2, "school-2", "2002"))

    assert [one.student_no for one in told(settings).of_pupils] == ["1001", None]
    assert [one.student_no for one in told(settings, "school-2").of_pupils] == ["2002"]


def test_a_line_says_field_requirement_remedy_and_since_when(settings, house):
    published(settings, house, key(SNILS, 1), night=NIGHT - dt.timedelta(days=1))
    published(settings, house, key(SNILS, 1), key(INN, 1))
    deliver_cards(house, (1, "school-1", "1001"))

    [inn, snils] = sorted(told(settings).of_pupils, key=lambda one: one.first_night, reverse=True)

    assert (inn.first_night, snils.first_night) == (NIGHT, NIGHT - dt.timedelta(days=1))
    assert (snils.requirement.section, snils.requirement.field) == ("Основные сведения", "СНИЛС")
    assert (snils.requirement.text, snils.requirement.remedy) == (RULES[SNILS].text, RULES[SNILS].remedy)


def test_rows_of_one_pupil_that_break_one_rule_are_one_line(settings, house):
    published(settings, house, key(SNILS, 1), (SNILS, name(77), "school-1", name(1)))
    # A card that was delivered twice is one card.
    deliver_cards(house, (1, "school-1", "1001"), (1, "school-1", "1001"))

    assert [(one.student_no, one.row_count) for one in told(settings).of_pupils] == [("1001", 2)]


def test_what_others_answer_for_is_counted_and_not_listed(settings, house):
    published(settings, house, key(LOGIN, 1), key(CLASS, 0), key(PLACED, 1), key(SNILS, 3, "closed"))
    # The gate out would miss the rows of this entry in raw: it comes once the night is published.
    house.execute(
        "insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids, org_id)"
        " values (%s, 'person', 'x', 1, %s, %s, 'school-1')",
        (NIGHT, COPIES, [PLACED]),
    )
    rebuild(house)

    found = told(settings)

    assert found.of_pupils == ()
    assert [one.requirement.rule_id for one in found.of_school] == [CLASS]
    assert (found.left_to_others, found.set_aside) == (2, COPIES)
    assert read_worklists(settings, night=NIGHT)[1] == 1


def test_a_night_or_school_nobody_knows_is_refused(settings, house):
    published(settings, house)

    with pytest.raises(CommandError, match="knows no school 'school-9'"):
        told(settings, "school-9")
    with pytest.raises(CommandError, match="is not published"):
        read_worklists(settings, night=NIGHT + dt.timedelta(days=1))


def test_an_open_rule_without_words_is_refused(settings, house):
    published(settings, house, key(SNILS, 1))
    house.execute("delete from audit.rule_result where rule_id = %s", (SNILS,))

    with pytest.raises(ReportError, match=f"rule {SNILS} is open on {NIGHT} and left no words"):
        told(settings)


@pytest.mark.parametrize("role", ["o7_auditor", "o7_reporter", "o7_transformer", "o7_loader"])
def test_numbers_of_cards_are_not_readable_by(settings, house, role):
    published(settings, house, key(SNILS, 1))

    refused = pytest.raises(psycopg2.errors.InsufficientPrivilege)
    with closing(connect(settings, role)) as connection, connection.cursor() as cursor, refused:
        cursor.execute("select 1 from school.worklist")


@pytest.mark.parametrize("relation", ["raw_o7.student", "published.issues", "audit.failing_key", "staging"])
def test_the_role_of_schools_reads_nothing_else(settings, house, relation):
    if relation == "staging":
        relation = "staging.stg_o7__organizations"
    published(settings, house)

    refused = pytest.raises(psycopg2.errors.InsufficientPrivilege)
    with closing(connect(settings, "o7_school")) as connection, connection.cursor() as cursor, refused:
        cursor.execute(f"select 1 from {relation}")


def test_a_function_that_tells_what_it_sees_sees_no_other_school(settings, house):
    published(settings, house, key(SNILS, 1), key(SNILS, 2, "school-2"))
    deliver_cards(house, (1, "school-1", "1001"), (2, "school-2", "2002"))

    # Its role may make no function; this one stands for any that may ever be there.
    house.execute(
        "create function public.leak(text) returns boolean language plpgsql immutable cost 0.0001 as"
        " $$ begin raise notice 'seen %', $1; return true; end $$;"
        " grant usage on schema public to o7_school"
    )

    with closing(connect(settings, "o7_school")) as connection, connection.cursor() as cursor:
        # Whoever wants to look at other rows chooses the plan that shows them.
        cursor.execute("set enable_indexscan = off; set enable_bitmapscan = off")
        cursor.execute("select 1 from school.worklist where org_id = 'school-1' and public.leak(org_id)")
        seen = connection.notices
    house.execute("drop function public.leak; revoke usage on schema public from o7_school")

    assert [notice.strip() for notice in seen] == ["NOTICE:  seen school-1"]


def test_every_entity_has_a_name_and_every_field_a_school_answers_for():
    names = read_names(ROOT)
    without_leaf = [rule for rule in RULES.values() if rule.owner == OWNER and rule.leaf is None]

    assert set(names.entities) == set(read_contract().entity_names)
    assert {f"{rule.entity}.{column}" for rule in without_leaf for column in rule.columns} == set(
        names.fields
    )
    assert len(set(names.entities.values())) == len(names.entities)


def test_a_field_nobody_has_named_is_an_error():
    with pytest.raises(CatalogueError, match=r"no name for 'person\.nickname'"):
        Names(entities={}, fields={}).field("person", ["nickname"])


def test_a_key_of_nobody_is_no_pupil():
    assert uuid.UUID(NOBODY).int == 0
