"""Each report is an exposure of dbt, and rests on exactly the tables behind the views it reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from o7_warehouse.report import data as figures
from o7_warehouse.report.registry import load_report, report_ids
from o7_warehouse.settings import ROOT

VIEW = re.compile(
    r"^create view (?:published|school)\.(\w+)(?: with \(security_barrier\))? as$(.*?);$",
    flags=re.MULTILINE | re.DOTALL,
)
READ = re.compile(r"\b(?:from|join)\s+(published|catalogue|indicators)\.(\w+)")


def views() -> dict[str, set[tuple[str, str]]]:
    """View of published -> schema and name of everything it reads."""
    text = "\n".join(
        re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "o7_warehouse" / "views").glob("*.sql"))
    )
    return {name: set(READ.findall(body)) for name, body in VIEW.findall(text)}


def tables_behind(name: str, known: dict[str, set[tuple[str, str]]]) -> set[str]:
    """The tables of dbt at the ground of a view; what publication itself writes has none."""
    found = set()
    for schema, read in known.get(name, set()):
        found |= tables_behind(read, known) if schema == "published" else {read}
    return found


def read_by(report_id: str) -> set[str]:
    """The views a report reads: those it lists, and where it tells figures, those of the figures."""
    report = load_report(report_id)
    read = {listing.view for listing in report.listings}
    if report.has_figures:
        read |= {name for _, name in READ.findall(Path(figures.__file__).read_text(encoding="utf-8"))}
    return read


def test_the_views_are_all_read(manifest: dict[str, Any]) -> None:
    """The reader above sees every view that a report may read, and each of them rests on a table of dbt."""
    known = views()
    count = sum(
        len(
            re.findall(r"^create view (?:published|school)\.", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
        for path in (ROOT / "o7_warehouse" / "views").glob("*.sql")
    )
    tables = {node["name"] for node in manifest["nodes"].values()}

    assert len(known) == count
    assert tables >= {table for name in known for table in tables_behind(name, known)}


@pytest.mark.parametrize("report_id", report_ids())
def test_a_report_is_an_exposure_that_rests_on_what_it_reads(
    manifest: dict[str, Any], report_id: str
) -> None:
    exposures = {node["name"]: node for node in manifest["exposures"].values()}
    known = views()
    expected = {table for view in read_by(report_id) for table in tables_behind(view, known)}

    assert report_id in exposures, "add it to dbt_project/models/exposures.yml"
    assert read_by(report_id)
    assert {name.rsplit(".", 1)[1] for name in exposures[report_id]["depends_on"]["nodes"]} == expected
    assert exposures[report_id]["label"] == load_report(report_id).title


def test_no_exposure_is_without_its_report(manifest: dict[str, Any]) -> None:
    assert {node["name"] for node in manifest["exposures"].values()} == set(report_ids())
