"""No layer reads above itself, and nothing personal is read where only pseudonyms may be (design §2)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from o7_warehouse.settings import ROOT

# layer -> what its models may read
MAY_READ = {
    "staging": {"raw_o7", "quarantine", "rebuild", "staging", "catalogue", "dq"},
    "intermediate": {"staging", "intermediate", "catalogue", "dq"},
    "marts": {"staging", "intermediate", "marts", "catalogue", "dq"},
    "indicators": {"marts", "indicators", "catalogue", "dq"},
    "catalogue": {"catalogue"},
    "dq": {"dq"},
}
LAYERS = frozenset(MAY_READ)


def node_of(manifest: dict[str, Any], unique_id: str) -> dict[str, Any]:
    """A node by its name, whatever kind of node it is."""
    for kind in ("nodes", "sources", "functions"):
        if unique_id in manifest.get(kind, {}):
            found: dict[str, Any] = manifest[kind][unique_id]
            return found
    raise AssertionError(f"The manifest has no {unique_id}.")


def edges(manifest: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Every child with its layer beside every parent with its own."""
    children = [
        node
        for kind in ("nodes", "functions")
        for node in manifest.get(kind, {}).values()
        if node["resource_type"] in {"model", "seed", "function"}
    ]
    return [
        (child["name"], child["schema"], parent["name"], parent["schema"])
        for child in children
        for parent in (node_of(manifest, name) for name in child.get("depends_on", {}).get("nodes", []))
    ]


def offences(found: list[tuple[str, str, str, str]]) -> list[str]:
    """A sentence for each edge the house forbids."""
    return [
        f"{child} ({layer}) reads {parent} ({parent_layer}); {layer} may read: {', '.join(MAY_READ[layer])}."
        for child, layer, parent, parent_layer in found
        if parent_layer not in MAY_READ[layer]
    ]


def test_a_model_reads_only_what_its_layer_may(manifest: dict[str, Any]) -> None:
    found = edges(manifest)

    assert len(found) > 100, "the manifest is emptier than the project"
    assert offences(found) == []


@pytest.mark.parametrize(
    ("layer", "parent_layer"),
    [("indicators", "staging"), ("intermediate", "raw_o7"), ("staging", "marts"), ("marts", "indicators")],
)
def test_a_forbidden_edge_is_named_with_both_its_ends(layer: str, parent_layer: str) -> None:
    [sentence] = offences([("child", layer, "parent", parent_layer)])

    assert "child" in sentence
    assert "parent" in sentence


def test_every_model_lies_in_the_schema_of_its_folder(manifest: dict[str, Any]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]

    assert {(one["schema"], one["original_file_path"].split("/")[1]) for one in models} <= {
        (layer, layer) for layer in LAYERS
    }


def test_the_contract_and_the_sources_of_dbt_name_the_same_tables(manifest: dict[str, Any]) -> None:
    contract = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text(encoding="utf-8"))
    own_tables = {"night", "load_record", "absent_column", "student_keys", "staff_keys"}
    sources = {
        one["name"]
        for one in manifest["sources"].values()
        if one["schema"] == "raw_o7" and one["name"] not in own_tables
    }

    assert sources == set(contract["entities"])


def test_every_entity_of_the_contract_has_its_staging_model(manifest: dict[str, Any]) -> None:
    contract = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    read = {
        node_of(manifest, parent)["name"]
        for one in models
        if one["schema"] == "staging"
        for parent in one["depends_on"]["nodes"]
        if parent.startswith("source.")
    }

    assert set(contract["entities"]) <= read
