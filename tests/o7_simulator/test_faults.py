"""Each planted fault is there, at its rate, and two people are alike only on purpose."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from o7_simulator import rate_table, rates
from o7_simulator.identifiers import document_number, organisation_inn, person_inn, snils, with_snils_check
from o7_simulator.people import Scene
from o7_simulator.plan import Request, build_plan
from o7_simulator.pupils import draw_kinds, make_pupils
from o7_simulator.randomness import Chance, shares
from tests.o7_simulator.worlds import FIRST, Clock


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("11223344595", id="sum below 100"),
        pytest.param("06001931000", id="sum 100"),
        pytest.param("10392110000", id="sum 101"),
        pytest.param("16661691800", id="remainder 100"),
        pytest.param("08765430300", id="remainder 0"),
        pytest.param("28870146006", id="check digits with a zero in front"),
        pytest.param("17485839023", id="sum above 101"),
        pytest.param("98582241260", id="synthetic range"),
    ],
)
def test_check_digits_of_a_snils_are_those_of_the_domain(number):
    assert with_snils_check(number[:9]) == number


def test_the_number_of_a_document_is_never_one_digit_repeated():
    numbers = [document_number(drawn) for drawn in range(100_001, 999_999)]

    assert {len(number) for number in numbers} == {6}
    assert min(len(set(number[:5])) for number in numbers) == 2


def test_numbers_of_different_people_differ_and_keep_their_form():
    ordinals = [*range(20_000), *range(99_000_000, 99_020_000)]

    assert len({snils(n) for n in ordinals}) == len({person_inn(n) for n in ordinals}) == len(ordinals)
    assert all(re.fullmatch(r"9\d{10}", snils(n)) for n in ordinals)
    assert all(re.fullmatch(r"07\d{10}", person_inn(n)) for n in ordinals)
    assert organisation_inn(1234)[:4] == "0711"


def table_of(leaf):
    profile = rates.profile("realistic")
    return next(table for table in profile.leaf_rates if table.leaf == leaf)


@pytest.mark.parametrize("leaf", sorted(rate_table.LEAVES))
def test_each_kind_is_drawn_at_its_rate(leaf):
    """Thirty thousand draws at factor 1; the bounds are five standard deviations wide."""
    plan = build_plan(Request(50, 1, Clock(FIRST, 1), rates.profile("realistic")))
    one_leaf = rates.Profile("one", True, (table_of(leaf),), 1.0, False)
    plan.request = Request(50, 1, plan.request.clock, one_leaf)
    scene = Scene(plan, plan.schools[0], 0, Chance(1, "rates", leaf))
    draws = 30_000

    seen = Counter(draw_kinds(scene, 1.0).get(leaf, "usual") for _ in range(draws))

    for _, kind in (*table_of(leaf).faults, *table_of(leaf).others):
        expected = kind.rate * draws
        assert abs(seen[kind.name] - expected) <= 5 * expected**0.5 + 1, kind.name


def test_every_kind_of_fault_is_delivered_somewhere(realistic):
    """The statuses a leaf can get by the table are those that the truth of a world knows."""
    for leaf, table in ((table.leaf, table) for table in rates.profile("realistic").leaf_rates):
        expected = Counter()
        for _, kind in table.faults:
            expected[kind.status] += kind.rate
        names = {"i": "invalid", "p": "placeholder", "e": "empty"}
        for letter, rate in expected.items():
            if rate > 0.004 and leaf not in ("P35", "P37", "P38"):
                assert realistic.leaf(0, leaf)[names[letter]] > 0, f"{leaf}: no {names[letter]}"


def active_schools(world, k):
    """School of each person's active enrolment with the latest order."""
    night = world.night(k)
    active = defaultdict(list)
    for row in world.rows(k, "enrollment_event"):
        if row["starts_on"] <= night and (not row["left_on"] or row["left_on"] > night):
            active[row["student_id"]].append((row["order_date"], row["source_id"], row["org_id"]))
    return {student: max(stays)[2] for student, stays in active.items()}


def test_a_birth_date_with_its_patronymic_belongs_to_one_school():
    """By construction: the number they form has the school's own remainder; none occurs twice in a school."""
    plan = build_plan(Request(300, 3, Clock(FIRST, 1), rates.profile("clean")))

    for school in plan.schools[:6]:
        taken = set()
        pupils = make_pupils(plan, school, taken)
        assert len(taken) == len(pupils)
        assert {code % len(plan.schools) for *_, code in taken} == {school.index}


@pytest.mark.parametrize("k", range(4))
def test_nobody_is_alike_in_two_schools_except_where_planted(eventful, k):
    schools = active_schools(eventful, k)
    alike = defaultdict(list)
    for row in eventful.rows(k, "person"):
        key = tuple(row[c].strip() for c in ("last_name", "first_name", "middle_name", "birth_date", "sex"))
        if row["source_id"] in schools and all(key):
            alike[key].append(row["source_id"])
    pairs = [people for people in alike.values() if len({schools[person] for person in people}) > 1]

    # 1 500 pupils have one planted pair; the kinds are dealt in turn and the first one shares a СНИЛС only.
    assert pairs == []


def test_a_snils_is_shared_only_by_planted_pairs(realistic):
    numbers = Counter(re.sub(r"\D", "", row["snils"]) for row in realistic.rows(0, "person"))
    shared = [
        count for number, count in numbers.items() if len(number) == 11 and number[0] == "9" and count > 1
    ]

    assert shared
    assert set(shared) == {2}


def test_duplicates_stay_a_small_part(realistic):
    logins = Counter(row["login"].lower() for row in realistic.rows(0, "student") if "." in row["login"])

    assert 0 < sum(count > 1 for count in logins.values()) < 30


def test_rows_that_cannot_be_placed_are_few_and_of_every_kind(realistic):
    students = {row["source_id"] for row in realistic.rows(0, "student")}
    orphans = [row for row in realistic.rows(0, "portfolio_item") if row["student_id"] not in students]
    nameless = [row for row in realistic.rows(0, "person") if not row["source_id"]]
    twice = [n for n in Counter(row["source_id"] for row in realistic.rows(0, "student")).values() if n > 1]

    assert 0 < len(orphans) <= 0.001 * len(realistic.rows(0, "portfolio_item"))
    assert 0 < len(nameless) <= 0.001 * len(students)
    assert twice == [2]


def test_shares_add_up_and_keep_the_least():
    assert shares(10, [1, 1, 1], least=1) == [4, 3, 3]
    assert sum(shares(123_000, [0.3, 0.2, 0.5])) == 123_000
    assert shares(2, [0.9, 0.1], least=1) == [1, 1]
