"""Great Expectations by its own expectations, as its guide shows it.

Words: address, rules, file of findings, result format; without words it only imports.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig


def main(address: str, rules: str, out: str, form: str) -> None:
    """Evaluate every rule and write down how many rows break it."""
    told = json.loads(Path(rules).read_text(encoding="utf-8"))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_postgres(
        "peer", connection_string=address.replace("postgresql://", "postgresql+psycopg2://", 1)
    )
    entities: dict[str, list[dict[str, Any]]] = {}
    for rule in told["rules"]:
        entities.setdefault(rule["entity"], []).append(rule)
    found: dict[str, int] = {}
    for entity, of_entity in entities.items():
        asset = source.add_table_asset(entity, table_name=entity, schema_name=told["schema"])
        batch = asset.add_batch_definition_whole_table(entity).get_batch()
        suite = gx.ExpectationSuite(name=entity, expectations=[_expectation(rule) for rule in of_entity])
        for result in batch.validate(suite, result_format=form).results:
            found[result.expectation_config.meta["rule_id"]] = int(result.result["unexpected_count"] or 0)
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def _expectation(rule: dict[str, Any]) -> Any:
    told: dict[str, Any] = {"column": rule["column"], "meta": {"rule_id": rule["rule_id"]}}
    match rule["kind"]:
        case "given":
            return gxe.ExpectColumnValuesToNotBeNull(**told)
        case "single":
            return gxe.ExpectColumnValuesToBeUnique(**told)
        case "listed":
            return gxe.ExpectColumnValuesToBeInSet(value_set=rule["values"], **told)
        case _:
            return gxe.ExpectColumnValuesToNotMatchRegex(regex=rule["values"][0], **told)


if __name__ == "__main__" and sys.argv[1:]:
    main(*sys.argv[1:])
