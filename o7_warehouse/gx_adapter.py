"""The only module that knows Great Expectations: it evaluates the rules a second time, by its own queries.

One expectation class takes the predicate of a rule, over a column that is never null, so that Great Expectations
bundles all rules of an entity into one scan. The result format asks for counts and nothing else: BOOLEAN_ONLY
first and counts of the failed ones after it would cost a second scan, and this one holds no value either (vrs A1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

import great_expectations as gx
import sqlalchemy
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core.expect_column_values_to_be_unique import (
    ExpectColumnValuesToBeUnique,
)
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from o7_warehouse.contract import read_contract
from o7_warehouse.gate_pass import Counted
from o7_warehouse.gx_lint import refuse_leaks
from o7_warehouse.warehouse import sqlalchemy_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from o7_warehouse.rules import Rule
    from o7_warehouse.settings import Settings

COUNTS_ONLY: Final = {
    "result_format": "BASIC",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
    "include_unexpected_rows": False,
}
# Every row has it, whatever is missing from the row itself.
ANCHOR: Final = "_row_hash"
ERROR_CLASS: Final = re.compile(r"\b(?:psycopg2\.errors|sqlalchemy\.exc)\.[A-Za-z]+")


class RuleHolds(ColumnMapMetricProvider):  # registers itself by being defined
    """The condition of a rule, as Great Expectations puts it into its own queries."""

    condition_metric_name = "column_values.o7_rule_holds"
    condition_value_keys = ("predicate",)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, _column: Any, predicate: str, **_: Any) -> Any:  # noqa: N805 - a class method by decorator
        # A literal column and no text: in a text, the colon of a regular expression would be a parameter.
        return sqlalchemy.literal_column(f"(({predicate}) is true)", sqlalchemy.Boolean())


class ExpectRuleToHold(ColumnMapExpectation):
    """Every row satisfies the predicate of a rule."""

    map_metric: ClassVar[str] = "column_values.o7_rule_holds"
    success_keys: ClassVar[tuple[str, ...]] = ("predicate", "mostly")
    predicate: str


def evaluate(
    settings: Settings, groups: Iterable[tuple[str, Sequence[Rule]]], *, suffix: str = ""
) -> dict[str, Counted]:
    """Evaluate the rules of each entity over its view ``gate.<entity><suffix>``; the count of each rule by its id.

    A rule that raised has an error class and no count. Nothing else of a result is kept. Raises CatalogueError,
    before anything is evaluated, where a result could hold a personal value.
    """
    contract = read_contract(settings.root)
    expected = {entity: [expectation_of(rule) for rule in rules] for entity, rules in groups if rules}
    for entity, expectations in expected.items():
        refuse_leaks(expectations, contract.entity(entity))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_postgres(
        "gate", connection_string=sqlalchemy_url(settings, "o7_gate"), create_temp_table=False
    )
    try:
        return {
            rule_id: count
            for entity, expectations in expected.items()
            for rule_id, count in _evaluate_view(source, f"{entity}{suffix}", expectations).items()
        }
    finally:
        source.get_engine().dispose()


def _evaluate_view(source: Any, view: str, expectations: list[Any]) -> dict[str, Counted]:
    asset = source.add_table_asset(view, table_name=view, schema_name="gate")
    batch = asset.add_batch_definition_whole_table(view).get_batch()
    suite = gx.ExpectationSuite(name=f"gate.{view}", expectations=expectations)
    validated = batch.validate(suite, result_format=COUNTS_ONLY)
    return {result.expectation_config.meta["rule_id"]: _counted(result) for result in validated.results}


def expectation_of(rule: Rule) -> Any:
    """The rule as an expectation; what an auditor asks about it stands in the audit under its ``rule_id``.

    Great Expectations copies these words some hundred times for each expectation, so that they are few.
    """
    told: dict[str, Any] = {"severity": rule.severity, "meta": {"rule_id": rule.rule_id}}
    if rule.native == "unique":
        return ExpectColumnValuesToBeUnique(column=rule.columns[0], **told)
    return ExpectRuleToHold(column=ANCHOR, predicate=rule.predicate, **told)


def _counted(result: Any) -> Counted:
    raised = _raised(result.exception_info or {})
    if raised is not None:
        return Counted(rows_checked=None, rows_failed=None, error_class=raised)
    rows = int(result.result["element_count"])
    # The sum over no rows is null, and Great Expectations hands it on.
    failed = int(result.result["unexpected_count"]) if rows else 0
    return Counted(rows_checked=rows, rows_failed=failed)


def _raised(info: dict[Any, Any]) -> str | None:
    """The class of what an expectation raised, None when it raised nothing; never its words."""
    places = (
        [info]
        if "raised_exception" in info
        else [place for place in info.values() if isinstance(place, dict)]
    )
    for place in places:
        if place.get("raised_exception"):
            words = f"{place.get('exception_traceback') or ''} {place.get('exception_message') or ''}"
            known = ERROR_CLASS.search(words)
            return known[0] if known else "great_expectations.exceptions.GreatExpectationsError"
    return None
