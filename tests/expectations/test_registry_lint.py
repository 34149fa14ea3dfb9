"""A rule that no row can break, that says again what another says, or whose result would tell a value, is refused."""

from __future__ import annotations

import great_expectations.expectations as gxe
import pytest
import yaml

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CatalogueError
from o7_warehouse.gx_adapter import expectation_of
from o7_warehouse.gx_lint import leaks, refuse_leaks
from o7_warehouse.rules import parse_entity, read_rules
from o7_warehouse.rules_shadow import parts_of
from o7_warehouse.settings import ROOT

EVERY = yaml.safe_load((ROOT / "expectations" / "every_entity.yml").read_text("utf-8"))
PERSON = read_contract().entity("person")


def body(name, predicate, **change):
    return {
        "name": name,
        "version": "1",
        "columns": ["login"],
        "predicate": predicate,
        "severity": "warning",
        "kind": "row",
        "text": f"Проверка {name}",
        "remedy": "Исправьте",
        "owner": "Школа",
        "legal_basis": "Приказ № 22/1001",
        "source": "domain §1.1",
        "fault": {"login": ""},
    } | change


def refusal_of(*rules):
    """Why the registry refuses an entity with these rules; '' when it does not."""
    content = {"entity": "student", "rules": list(rules)}
    try:
        parse_entity(content, every=EVERY, entity=read_contract().entity("student"))
    except CatalogueError as error:
        return str(error)
    return ""


GIVEN = body("given", "coalesce(btrim(login), '') <> ''")


def test_the_pattern_of_these_tests_is_acceptable():
    assert refusal_of(GIVEN, body("short", "coalesce(login !~ '.{65}', true)")) == ""


@pytest.mark.parametrize(
    ("predicate", "objection"),
    [
        pytest.param("true", "looks at nothing of the row", id="a constant"),
        pytest.param("the_night is not null", "looks at nothing of the row", id="the night alone"),
        pytest.param("login <> '' or true", "holds whatever the row says", id="or true at the end"),
        pytest.param("true or login <> ''", "holds whatever the row says", id="true or at the beginning"),
    ],
)
def test_a_predicate_nothing_can_break_is_refused(predicate, objection):
    assert objection in refusal_of(body("idle", predicate))


def test_a_column_that_is_named_and_never_read_is_refused():
    assert "'student_no' and reads it nowhere" in refusal_of(GIVEN | {"columns": ["login", "student_no"]})


def test_a_fault_the_rule_does_not_look_at_is_refused():
    assert "not looked at by its fault" in refusal_of(GIVEN | {"fault": {"student_no": ""}})


@pytest.mark.parametrize(
    ("predicate", "objection"),
    [
        pytest.param(
            "coalesce(btrim(login),  '')\n<> ''", "has the predicate of student.given", id="the same words"
        ),
        pytest.param(
            "login ~ '^[a-z]' and coalesce(btrim(login), '') <> ''",
            "demands again what student.given",
            id="and more",
        ),
    ],
)
def test_a_rule_that_another_one_shadows_is_refused(predicate, objection):
    assert objection in refusal_of(GIVEN, body("again", predicate))


def test_two_rules_with_one_text_are_refused():
    assert "has the text of student.given" in refusal_of(
        GIVEN, body("short", "coalesce(login !~ '.{65}', true)", text=GIVEN["text"])
    )


@pytest.mark.parametrize(
    ("predicate", "parts"),
    [
        ("a = 1 and b = 2", {"a = 1", "b = 2"}),
        ("b = 2\n  and a = 1", {"a = 1", "b = 2"}),
        ("a between 1 and 2 and b", {"a between 1 and 2", "b"}),
        ("a or b and c", {"a or b and c"}),
        ("(a and b) and case when c and d then e end", {"( a and b )", "case when c and d then e end"}),
        ("a = 'x and y' and b", {"a = 'x and y'", "b"}),
    ],
)
def test_what_a_predicate_demands_at_once_is_parted_at_the_outermost_and(predicate, parts):
    assert parts_of(predicate) == parts


@pytest.mark.parametrize("field", ["owner", "remedy", "legal_basis", "fault", "text", "severity"])
def test_a_rule_nobody_could_act_upon_is_refused(field):
    assert field in refusal_of({key: value for key, value in GIVEN.items() if key != field})
    assert refusal_of(GIVEN | {field: ""}) != ""


@pytest.mark.parametrize("group", read_rules(), ids=lambda group: group.entity)
def test_no_expectation_of_the_registry_tells_a_value(group):
    refuse_leaks([expectation_of(rule) for rule in group.rules], read_contract().entity(group.entity))


@pytest.mark.parametrize(
    "expectation",
    [
        gxe.ExpectColumnMinToBeBetween(column="snils", min_value=0, max_value=1),
        gxe.ExpectColumnMaxToBeBetween(column="birth_date", min_value=0, max_value=1),
        gxe.ExpectColumnMedianToBeBetween(column="inn", min_value=0, max_value=1),
        gxe.ExpectColumnMostCommonValueToBeInSet(column="last_name", value_set=["х"]),
        gxe.ExpectColumnQuantileValuesToBeBetween(
            column="inn", quantile_ranges={"quantiles": [0.5], "value_ranges": [[0, 1]]}
        ),
        gxe.ExpectColumnDistinctValuesToBeInSet(column="sex", value_set=["М"]),
        gxe.ExpectColumnDistinctValuesToContainSet(column="sex", value_set=["М"]),
        gxe.ExpectColumnDistinctValuesToEqualSet(column="sex", value_set=["М"]),
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="select * from {batch}"),
    ],
    ids=lambda one: one.expectation_type,
)
def test_a_type_that_answers_with_values_is_refused_over_personal_columns(expectation):
    assert len(leaks([expectation], PERSON)) == 1
    with pytest.raises(CatalogueError, match=expectation.expectation_type):
        refuse_leaks([expectation], PERSON)


def test_the_same_type_may_count_what_is_nobodys():
    expectation = gxe.ExpectColumnDistinctValuesToBeInSet(
        column="settlement_kind", value_set=["urban", "rural"]
    )

    assert leaks([expectation], read_contract().entity("organization")) == []
