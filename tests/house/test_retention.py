"""Everything that is kept has a term: each schema of the warehouse, and no row about what is not there."""

from __future__ import annotations

import re
from datetime import date

from o7_warehouse.contract import read_contract
from o7_warehouse.parameters import seed_rows
from o7_warehouse.schema_version import ddl_files
from o7_warehouse.settings import ROOT
from o7_warehouse.upkeep.sweep import AIRFLOW
from o7_warehouse.upkeep.terms import EVERY, FILES, terms

DDL = "\n".join(path.read_text(encoding="utf-8") for path in ddl_files(ROOT))
SCHEMAS = set(re.findall(r"create schema if not exists (\w+)", DDL))
TABLES = set(re.findall(r"create (?:unlogged )?table if not exists (\w+\.\w+)", DDL))


def test_every_schema_has_a_term() -> None:
    told = {row["place"] for row in seed_rows(ROOT, "retention") if row["part"] == EVERY}

    assert len(SCHEMAS) > 10
    assert SCHEMAS - told == set()
    assert {place for place in told if not place.startswith(FILES)} - SCHEMAS == {AIRFLOW}


def test_a_term_of_a_table_is_of_one_that_is_there() -> None:
    known = TABLES | {f"raw_o7.{entity}" for entity in read_contract().entity_names}
    named = {f"{row['place']}.{row['part']}" for row in seed_rows(ROOT, "retention") if row["part"] != EVERY}

    assert len(named) > 5
    assert named - known == set()


def test_every_term_can_be_read_from_the_day_on_which_it_holds() -> None:
    for row in seed_rows(ROOT, "retention"):
        day = date.fromisoformat(row["valid_from"])
        assert [one for one in terms(ROOT, on=day) if (one.place, one.part) == (row["place"], row["part"])]
        assert row["says"]
        assert row["legal_place"]
