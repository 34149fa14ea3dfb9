"""What programs may rely on: data in the form they name, exact figures, codes, and why one is missing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from o7_warehouse.report.cells import cell
from o7_warehouse.report.formats import Absent, Share, share_of
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.twin import CSV_COLUMNS, STATUSES, _cell
from o7_warehouse.report.twin_schema import derive
from o7_warehouse.warehouse import transaction
from tests.reports import printed, republic
from tests.reports.conftest import REPORT
from tests.reports.twins import schemas

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings


def closed(schema: Any) -> Any:
    """A schema that allows nothing it does not name, as no published one does: its readers wait for more."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: closed(part) for key, part in schema.items()}
    return parts | ({"additionalProperties": False} if "required" in schema else {})


@pytest.mark.parametrize("files", ["full", "incomplete"])
def test_the_data_have_the_form_they_name_and_nothing_beside(
    files: str, request: pytest.FixtureRequest
) -> None:
    """Valid against the published schema, also when that allows nothing more."""
    data = printed.json_data(request.getfixturevalue(files)[".json"])
    known = schemas(data["report"]["id"])[tuple(map(int, data["version"].split(".")))]

    for schema in (known, closed(known)):
        jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        ).validate(data)
    assert data["schema"] == known["$id"]


@pytest.mark.parametrize("files", ["full", "incomplete"])
def test_the_twin_holds_the_exact_figures(
    published: Settings, files: str, request: pytest.FixtureRequest
) -> None:
    """Counts, six decimals and codes as they are published, for every unit and stage."""
    night = {"full": republic.NIGHT, "incomplete": republic.INCOMPLETE}[files]
    with transaction(published, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select indicator, org_unit_code, education_stage, numerator, denominator, value"
            " from published.indicator_values where night = %s and level in ('region', 'municipality')",
            (night,),
        )
        wanted = {row[:3]: row[3:] for row in cursor.fetchall()}
    tables = printed.json_data(request.getfixturevalue(files)[".json"])["tables"]
    found = {}
    for row in [row for name in ("units", "stages") for table in tables[name] for row in table["rows"]]:
        share, keys = row["cells"]["share"], row["keys"]
        value = None if share["value"] is None else Decimal(repr(share["value"]))
        code = keys["indicator"], keys.get("unit", republic.REGION), keys.get("stage", "all")
        found[code] = (share["numerator"], share["denominator"], value)

    assert len(found) >= 4 * 15 + 3 * 3
    assert found.items() <= wanted.items()
    # Pupils of an unknown stage are told only where there are some.
    assert all(wanted[code][1] == 0 for code in wanted.keys() - found.keys())


def test_codes_tell_the_rows_of_a_table_apart(full: dict[str, Path]) -> None:
    """The codes of the catalogues; ОКТМО only where a unit is a territory."""
    tables = printed.json_data(full[".json"])["tables"]
    for named in tables.values():
        rows = [json.dumps(row["keys"]) for table in named for row in table["rows"]]
        assert len(rows) == len(set(rows))

    units = [row["keys"] for row in tables["units"][0]["rows"]]
    assert [(unit["unit"], unit["oktmo"]) for unit in (units[0], *units[-2:])] == [
        ("83701000", "83701000"),
        ("STATE", None),
        (republic.REGION, republic.REGION),
    ]
    assert {row["keys"]["leaf"] for row in tables["leaves"][0]["rows"]} == {
        row["leaf_code"] for row in republic.seed("profile_fields")
    }
    # The readings of 4.1 are the rules of the profile.
    readings = {(row["indicator"], row["reading"]) for row in republic.seed("indicator_readings")}
    readings |= {("4.1", row["rule_code"]) for row in republic.seed("profile_rules")}
    assert {tuple(row["keys"].values()) for row in tables["controls"][0]["rows"]} == readings


def test_a_figure_that_is_not_there_says_why(incomplete: dict[str, Path]) -> None:
    """No data and not applicable are two statuses, with no value behind either; the legend tells both."""
    data = printed.json_data(incomplete[".json"])
    region = data["tables"]["region"][0]["rows"][0]["cells"]
    units = data["tables"]["units"][1]["rows"]
    legend = {entry["status"]: (entry["sign"], entry["meaning"]) for entry in data["legend"]}

    assert (region["share"]["status"], region["share"]["value"], region["share"]["text"]) == (
        "no_data", None, "–"
    )  # fmt: skip
    assert region["share"]["denominator"] > 0
    assert units[-2]["cells"]["rank"] == {"text": "х", "status": "not_applicable", "value": None}
    assert {status: sign for status, (sign, _) in legend.items()} == {
        "no_data": "–", "not_applicable": "х", "suppressed": "менее 5", "hidden": "скрыто"
    }  # fmt: skip
    for line in printed.csv_lines(incomplete[".csv"]):
        meaning = "" if line["status"] == "value" else legend[line["status"]][1]
        assert line["meaning"] == meaning


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [
        pytest.param(
            share_of(1, 123_000),
            "share",
            {"text": "0,1", "status": "value", "value": 0.000813, "numerator": 1, "denominator": 123_000},
            id="a share that would round to nothing",
        ),
        pytest.param(
            Share(Absent.SUPPRESSED, 40, Absent.SUPPRESSED),
            "share",
            {
                "text": "менее 5",
                "status": "suppressed",
                "value": None,
                "numerator": None,
                "denominator": 40,
            },
            id="a share of too few persons",
        ),
        pytest.param(
            Share(Absent.HIDDEN, Absent.HIDDEN, Absent.HIDDEN),
            "share",
            {"text": "скрыто", "status": "hidden", "value": None, "numerator": None, "denominator": None},
            id="a share of which neither count is told",
        ),
        pytest.param(
            Absent.SUPPRESSED,
            "count",
            {"text": "менее 5", "status": "suppressed", "value": None},
            id="too few persons",
        ),
    ],
)
def test_what_is_guarded_or_hidden_is_told(value: Any, form: str, told: dict[str, Any]) -> None:
    """A guarded share keeps its exact value; a hidden figure leaves none behind."""
    assert _cell(cell(value, form), form) == told


def test_a_csv_is_what_rfc_4180_says(full: dict[str, Path]) -> None:
    """A byte order mark, one header, lines that end in CR LF, as many fields in each."""
    content = full[".csv"].read_bytes()
    lines = content.decode("utf-8-sig").split("\r\n")

    assert content.startswith(b"\xef\xbb\xbf")
    assert lines[0] == ",".join(CSV_COLUMNS)
    assert lines[-1] == ""
    assert "\n" not in content.decode().replace("\r\n", "")
    assert not any(None in line or None in line.values() for line in printed.csv_lines(full[".csv"]))


def test_the_page_for_programmers_names_every_field_and_code() -> None:
    """Fields of the JSON, columns of the CSV, tables and statuses are all told, and so is the version."""
    page = (republic.ROOT / "docs" / "report-data.md").read_text(encoding="utf-8")
    schema = derive(load_report(REPORT))
    names = {*schema["properties"], *schema["properties"]["tables"]["properties"], *CSV_COLUMNS, *STATUSES}

    assert {name for name in names if f"`{name}`" not in page} == set()
    assert f"`{load_report(REPORT).twin}`" in page


def test_a_hostile_name_is_text_for_programs(incomplete: dict[str, Path]) -> None:
    """A name with quotes, commas and markup comes back as it is."""
    names = {line["text"] for line in printed.csv_lines(incomplete[".csv"]) if line["field"] == "name"}
    rows = printed.json_data(incomplete[".json"])["tables"]["units"][0]["rows"]

    assert republic.HOSTILE in names
    assert republic.HOSTILE in {row["cells"]["name"]["text"] for row in rows}
