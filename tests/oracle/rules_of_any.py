"""Twins of the rules every entity has, made from its place in the contract."""

from __future__ import annotations

from typing import Any

import polars as pl
import yaml

from tests.oracle.drop import ROOT
from tests.oracle.rule_words import Delivered, blank, c, code, day, given, moscow_day, surely

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text(encoding="utf-8"))
# A link that may be blank, and when.
MAY_BE_BLANK = {
    "contact.guardian_id": pl.lit(value=True),
    "organization_event.to_org_id": pl.lit(value=True),
    "portfolio_item.legal_basis_id": pl.lit(value=True),
    "organization.municipality_oktmo": surely(code("founder_code") == "2"),
}
READABLE = {
    "boolean": lambda column: c(column).is_in(["true", "false"]),
    "integer": lambda column: c(column).str.contains(r"^-?[0-9]{1,18}$"),
    "decimal": lambda column: c(column).str.contains(r"^-?[0-9]{1,100}(?:\.[0-9]{1,100})?$"),
    "date": lambda column: day(column).is_not_null(),
    "instant": lambda column: moscow_day(column).is_not_null(),
}


def links_of(entity: str) -> dict[str, str]:
    """Column -> the entity it points to."""
    promise = CONTRACT["entities"][entity]
    owner = {"org_id": "organization"} if promise.get("owner") == "org_id" else {}
    pointing = {name: column["parent"] for name, column in promise["columns"].items() if "parent" in column}
    return owner | promise.get("parents", {}) | pointing


def twins_of(entity: str, night: Delivered) -> dict[str, pl.Expr]:
    """Rule -> whether a row is good, for the rules of identity, links and forms."""
    key = c("source_id")
    found = {
        "key_given": given("source_id"),
        "key_single": key.is_null() | (key.count().over("source_id") == 1),
    }
    for column, parent in links_of(entity).items():
        leads = given(column) & surely(c(column).is_in(list(night.keys[parent])))
        allowed = MAY_BE_BLANK.get(f"{entity}.{column}", pl.lit(value=False))
        found[f"{column}_known"] = leads | (blank(column) & allowed)
    typed = {
        name: READABLE[column["type"]](name)
        for name, column in CONTRACT["entities"][entity]["columns"].items()
        if column["type"] in READABLE
    }
    if typed:
        found["readable"] = pl.all_horizontal(
            surely(is_readable) | (c(name).fill_null("") == "") for name, is_readable in typed.items()
        )
    return found
