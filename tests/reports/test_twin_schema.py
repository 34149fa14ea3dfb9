"""The schemas programs rely on: published once, and a version that moves with every change."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from o7_warehouse.report.registry import load_report
from o7_warehouse.report.twin_schema import derive, published_versions, step_between, text_of
from tests.reports import republic
from tests.reports.conftest import REPORT
from tests.reports.twins import REPORTS, schemas

if TYPE_CHECKING:
    from collections.abc import Callable


STEPS = {
    "minor": lambda old, new: new == (old[0], old[1] + 1),
    "major": lambda old, new: new == (old[0] + 1, 0),
}


@pytest.mark.parametrize("report_id", REPORTS)
def test_the_form_is_the_one_published_under_its_version(report_id: str) -> None:
    """Whoever changes what the twin looks like gives it a new version and publishes its schema."""
    report = load_report(report_id)
    path = published_versions(report_id)[tuple(map(int, report.twin.split(".")))]

    assert path.read_text(encoding="utf-8") == text_of(derive(report)), (
        f"the form of {report_id} changed; write a new version under 'twin' and publish its schema by "
        f"python -m o7_warehouse.report.twin_schema {report_id} > reports/{report_id}/twin/<version>.json"
    )
    assert max(published_versions(report_id)) == tuple(map(int, report.twin.split(".")))


@pytest.mark.parametrize("report_id", REPORTS)
def test_a_published_schema_stays_as_it_was(report_id: str) -> None:
    """CHANGELOG.md names each with its digest, so none is changed under a version that programs know."""
    told = (republic.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for (major, minor), path in published_versions(report_id).items():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]

        assert f"Twin {report_id} {major}.{minor}, schema {digest}" in told


@pytest.mark.parametrize("report_id", REPORTS)
def test_versions_follow_one_another_by_what_changed(report_id: str) -> None:
    """Added to: the next minor version. Anything taken away or changed: the next major one."""
    known = schemas(report_id)
    versions = list(known)

    assert versions[0] == (1, 0)
    for old, new in pairwise(versions):
        assert STEPS[step_between(known[old], known[new])](old, new), f"{old} -> {new}"


def _without(path: str) -> Callable[[dict[str, Any]], None]:
    def change(schema: dict[str, Any]) -> None:
        part = schema
        *steps, last = path.split("/")
        for step in steps:
            part = part[step]
        del part[last]

    return change


ROW = "properties/tables/properties/units/items/properties/rows/items/properties/cells"


@pytest.mark.parametrize(
    ("change", "step"),
    [
        pytest.param(lambda _: None, "none", id="nothing"),
        pytest.param(lambda schema: schema.update(title="other words"), "minor", id="words for people"),
        pytest.param(
            lambda schema: schema["properties"].update(edition={"type": "integer"}), "minor", id="a new field"
        ),
        pytest.param(
            lambda schema: schema["x-csv-columns"].append("edition"), "minor", id="a new column at the end"
        ),
        pytest.param(
            lambda schema: schema["x-csv-columns"].insert(0, "edition"),
            "major",
            id="a new column before others",
        ),
        pytest.param(_without(f"{ROW}/properties/share"), "major", id="a column of a table that goes"),
        pytest.param(
            lambda schema: schema["required"].remove("legend"), "major", id="what may be missing now"
        ),
        pytest.param(
            lambda schema: schema["$defs"]["count"]["properties"]["status"]["enum"].append("hidden"),
            "major",
            id="a status no program knows",
        ),
        pytest.param(
            lambda schema: schema["$defs"]["share"]["properties"]["value"].update(type="string"),
            "major",
            id="another type",
        ),
    ],
)
def test_a_change_asks_for_its_step(change: Callable[[dict[str, Any]], None], step: str) -> None:
    """What counts as added to, and what programs could have relied on."""
    old = derive(load_report(REPORT))
    new = deepcopy(old)
    change(new)

    assert step_between(old, new) == step


@pytest.mark.parametrize("report_id", REPORTS)
def test_every_published_schema_is_a_schema(report_id: str) -> None:
    for schema in schemas(report_id).values():
        jsonschema.Draft202012Validator.check_schema(schema)
