"""A function of one expression costs what the expression costs, or the gate takes minutes (performance §5)."""

from __future__ import annotations

import pytest
import yaml

from o7_warehouse.settings import ROOT

FUNCTIONS = ROOT / "dbt_project" / "functions"


def declared():
    """Every function with its arguments, as the project declares them."""
    for path in sorted(FUNCTIONS.glob("*.yml")):
        [function] = yaml.safe_load(path.read_text("utf-8"))["functions"]
        yield function


def is_one_expression(function):
    return function["config"].get("meta", {}).get("language") is None


ONE_EXPRESSION = [function for function in declared() if is_one_expression(function)]


@pytest.mark.parametrize("function", ONE_EXPRESSION, ids=lambda function: function["name"])
def test_a_function_of_one_expression_is_inlined(cursor, function):
    arguments = [(one["name"], one["data_type"]) for one in function["arguments"]]
    columns = ", ".join(f"null::{kind} as {name}" for name, kind in arguments)
    call = f"dq.{function['name']}({', '.join(name for name, _ in arguments)})"

    cursor.execute(
        f"explain (verbose) select {call} from (select {columns} from generate_series(1, 2) offset 0) as rows"
    )

    assert f"dq.{function['name']}(" not in str(cursor.fetchall())


@pytest.mark.parametrize("function", list(declared()), ids=lambda function: function["name"])
def test_a_function_is_immutable_parallel_and_answers_null(ask, function):
    found = ask(
        "array_agg(array[provolatile::text, proparallel::text, proisstrict::text])"
        " from pg_proc where pronamespace = 'dq'::regnamespace and proname = %s",
        function["name"],
    )
    nulls = ", ".join(f"null::{one['data_type']}" for one in function["arguments"])

    assert found == [["i", "s", "false"]]
    ask(f"dq.{function['name']}({nulls})")


@pytest.mark.parametrize(
    "text", ["", " ", "'", "\\", "𝄞", "\u0301", "а" * 5000, "9" * 5000, "-" * 300, "%s{}", "2025-02-30"]
)
def test_no_text_makes_a_function_fail(ask, text):
    for function in declared():
        values = [text if one["data_type"] == "text" else None for one in function["arguments"]]
        placeholders = ", ".join(f"%s::{one['data_type']}" for one in function["arguments"])
        ask(f"dq.{function['name']}({placeholders})", *values)
