"""What rules share is worked out once, and every rule still means what was written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from o7_warehouse.rule_terms import share_terms
from o7_warehouse.rules import EntityRules, read_rules

ANY_RULE = read_rules()[0].rules[0]


def entity_with(*predicates: str) -> EntityRules:
    """An entity whose rules have these predicates."""
    rules = tuple(
        replace(ANY_RULE, rule_id=f"one.{number}", predicate=predicate)
        for number, predicate in enumerate(predicates)
    )
    return EntityRules(entity="one", helpers=(), rules=rules)


def predicates_of(group: EntityRules) -> list[str]:
    """The predicates in the order of the rules."""
    return [rule.predicate for rule in group.rules]


def written_out(group: EntityRules) -> list[str]:
    """The predicates with every term replaced by what it stands for."""
    terms = sorted(group.terms, key=lambda term: -len(term[0]))
    found = predicates_of(group)
    for name, expression in terms:
        found = [predicate.replace(name, expression) for predicate in found]
    return found


def test_a_call_that_repeats_is_a_term_and_the_rules_name_it():
    shared = share_terms(entity_with("dq.as_date(left_on) is null", "dq.as_date(left_on) > the_night"))

    assert shared.terms == (("as_date__left_on", "dq.as_date(left_on)"),)
    assert predicates_of(shared) == ["as_date__left_on is null", "as_date__left_on > the_night"]


def test_a_call_that_stands_once_stays_where_it_is():
    lone = entity_with("dq.as_date(left_on) is null", "dq.as_date(starts_on) is null")

    assert share_terms(lone) == lone


def test_a_nested_call_is_a_term_over_the_columns_of_the_row():
    call = "dq.full_years(dq.as_date(born_on), the_night)"

    shared = share_terms(entity_with(f"{call} > 5", f"{call} < 18"))

    assert shared.terms[-1] == ("full_years__as_date__born_on_the_night", call)
    assert predicates_of(shared) == [f"{shared.terms[-1][0]} {bound}" for bound in ("> 5", "< 18")]


def test_a_name_too_long_for_the_server_is_shortened_and_stays_single():
    long = "dq.document_status(" + ", ".join(f"a_rather_long_column_{number}" for number in range(4)) + ")"
    longer = long.replace("column_3", "column_4")

    shared = share_terms(entity_with(f"{long} = 'f'", f"{long} = 'e'", f"{longer} = 'f'", f"{longer} = 'e'"))

    names = [name for name, _ in shared.terms]
    assert len(set(names)) == 2
    assert all(len(name) <= 63 for name in names)


@pytest.mark.parametrize("group", read_rules(), ids=lambda group: group.entity)
def test_every_rule_of_the_registry_means_what_was_written(group):
    assert written_out(share_terms(group)) == predicates_of(group)
