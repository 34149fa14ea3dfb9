"""Everything dbt knows is described: models, seeds, sources, functions, and every column that is named."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = frozenset({"model", "seed", "source", "function", "exposure"})


def undescribed(manifest: dict[str, Any]) -> Iterator[str]:
    """The name of each node, and of each of its columns, that nobody has described."""
    for group in ("nodes", "sources", "functions", "exposures"):
        for name, node in manifest[group].items():
            if node["resource_type"] not in KINDS:
                continue
            if not node["description"].strip():
                yield name
            for column in node.get("columns", {}).values():
                if not column["description"].strip():
                    yield f"{name}.{column['name']}"


def test_everything_is_described(manifest: dict[str, Any]) -> None:
    kinds = {
        node["resource_type"]
        for group in ("nodes", "sources", "functions")
        for node in manifest[group].values()
    }

    assert kinds >= KINDS - {"exposure"}
    assert next(undescribed(manifest), None) is None


def test_a_column_without_a_description_is_named() -> None:
    node = {
        "resource_type": "model",
        "description": "One row.",
        "columns": {"a": {"name": "a", "description": " "}},
    }
    manifest = {"nodes": {"model.o7.x": node}, "sources": {}, "functions": {}, "exposures": {}}

    assert list(undescribed(manifest)) == ["model.o7.x.a"]


def test_every_column_of_a_seed_is_described(manifest: dict[str, Any]) -> None:
    """The first line of the file and the columns of its description are the same, in the same order."""
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]

    assert len(seeds) > 20
    for seed in seeds:
        header = (
            (ROOT / "dbt_project" / seed["original_file_path"]).read_text(encoding="utf-8").partition("\n")[0]
        )
        assert header.split(",") == list(seed["columns"]), seed["name"]


def test_every_excuse_the_model_knows_is_told_in_words_and_no_other() -> None:
    """`int_contexts__excused` decides who owes a leaf; the catalogue tells it to the reader of the data dictionary."""
    project = ROOT / "dbt_project"
    model = (project / "models" / "intermediate" / "int_contexts__excused.sql").read_text(encoding="utf-8")
    decided = set(re.findall(r"leaf_code = '(P\d\d)'[^\n]* then '(\w)'", model))
    with (project / "seeds" / "leaf_excuses.csv").open(encoding="utf-8", newline="") as file:
        told = {(row["leaf_code"], row["letter"]) for row in csv.DictReader(file)}

    assert len(decided) > 5
    assert told == decided
