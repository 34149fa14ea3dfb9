"""What the models promise in their own sentences, and catalogues that contradict themselves or the models.

One file, so that the project is built once for both.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from dataclasses import replace

import pytest

from o7_warehouse import dbt_docs
from o7_warehouse.errors import StatementError
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.dbt_project.conftest import PROJECT
from tests.dbt_project.detours import DETOURS, KNOWN_DETOURS, SOUND

PERSONS = {"student_key", "staff_key", "holder_key"}
SECOND_OFFICIAL = "LATER,6,Другое правило,true,R1,,false,,school_year,2025-09-01,,A1,Приложение № 1\n"


def test_every_sentence_of_the_models_is_true(project):
    results = project.dbt("test", "--select", "test_type:unit")

    assert len(results) > 50
    broken = [f"{one['unique_id']}: {one['message']}" for one in results if one["status"] != "pass"]
    assert not broken, "\n\n".join(broken)


def test_every_column_that_is_built_is_described_and_no_other(project, warehouse_database):
    """What dbt made of the project and what its descriptions name are the same columns."""
    manifest = json.loads((project.folder / "manifest.json").read_text(encoding="utf-8"))
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select table_schema, table_name, column_name from information_schema.columns
            where table_schema in ('catalogue', 'staging', 'intermediate', 'marts', 'indicators')
            """
        )
        built = set(cursor.fetchall())
    described = {
        (node["schema"], node["name"], column["name"])
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed"}
        for column in node["columns"].values()
        if column["description"]
    }

    assert len(built) > 900
    assert min(built - described, default=None) is None
    assert min(described - built, default=None) is None


@pytest.mark.full
@pytest.mark.usefixtures("project")
def test_the_pages_about_the_project_hold_no_row_of_it(warehouse_database):
    """Only names and types of columns are read; a value that stands in one is on no page."""
    value = "Абдурахманов-Тест"
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute("insert into staging.stg_o7__classes (class_id) values (%s)", (value,))
        cursor.execute("analyze staging.stg_o7__classes")

    page = dbt_docs.write_docs(warehouse_database, night=dt.date(2025, 12, 15), build_id=uuid.uuid4())

    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute("delete from staging.stg_o7__classes where class_id = %s", (value,))
    text = page.read_text(encoding="utf-8")
    assert page == warehouse_database.state / "docs" / "index.html"
    assert [path.name for path in page.parent.iterdir()] == [page.name]
    assert "fct_profile_completeness" in text
    assert "indicator_statement" in text
    assert value not in text
    assert json.dumps(value)[1:-1] not in text


@pytest.mark.full
@pytest.mark.usefixtures("project")
def test_pages_that_cannot_be_made_leave_the_last_ones(warehouse_database, copy):
    """A project that does not parse stops with what to do; the pages of before stay."""
    page = warehouse_database.state / "docs" / "index.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text("before", encoding="utf-8")
    broken = copy.parent / "broken" / "dbt_project"
    shutil.copytree(copy, broken)
    (broken / "models" / "staging" / "broken.sql").write_text("{{ ref('nobody') }}", encoding="utf-8")
    settings = replace(warehouse_database, root=broken.parent)

    with pytest.raises(StatementError, match="could not describe the project"):
        dbt_docs.write_docs(settings, night=dt.date(2025, 12, 15), build_id=uuid.uuid4())

    assert page.read_text(encoding="utf-8") == "before"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project whose seeds may be spoilt."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    return shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))


@pytest.mark.parametrize(
    ("seed", "old", "new", "test"),
    [
        pytest.param(
            "profile_fields", "P51,", "P52,", "assert_every_leaf_has_its_column", id="a leaf without a model"
        ),
        pytest.param(
            "profile_rules", "SHARE_90,4,", "SHARE_90,6,", "assert_profile_rules_are_lawful",
            id="a rule that leaves a gap among the letters",
        ),
        pytest.param(
            "profile_rules", "FULL_PERIOD,5,", SECOND_OFFICIAL + "FULL_PERIOD,5,", "assert_profile_rules_are_lawful",
            id="two official rules on one night",
        ),
        pytest.param(
            "profile_rules", ",0.90,", ",90,", "share_or_nothing", id="a share of percents"
        ),
        pytest.param(
            "parameters", "volume_floor,0.90,share,2021-11-10,", "volume_floor,0.80,share,2021-01-01,2021-11-10,,\n"
            "volume_floor,0.90,share,2021-11-10,", "periods_apart", id="two values on one night",
        ),
        pytest.param(
            "indicator_readings", "4.4,ever_used,", "4.4,never_used,", "assert_every_reading_is_counted",
            id="a reading nobody counts",
        ),
        pytest.param(
            "calendar_days", "2025-05-02,false", "2025-05-01,false", "unique_calendar_days_day",
            id="a day entered twice",
        ),
        pytest.param(
            "reporting_deadlines", "month,3,,next_working_day", "month,3,,some_day", "accepted_values",
            id="a due day that moves nobody knows where",
        ),
    ],
)  # fmt: skip
def test_a_broken_catalogue_is_named_by_the_test_that_guards_it(project, copy, seed, old, new, test):
    path = copy / "seeds" / f"{seed}.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")

    results = project.dbt(
        "build", "--select", seed, "dim_reading", "--exclude-resource-type", "unit_test", project=copy
    )

    path.write_text(text, encoding="utf-8")
    failed = [one["unique_id"] for one in results if one["status"] == "fail"]
    assert failed
    assert any(test in name for name in failed), failed


def test_a_distributed_warehouse_builds_the_models_on_its_nodes(distribution):
    """What Citus cannot give to its nodes is found without Citus, in the queries PostgreSQL makes of the models."""
    found = {
        name: distribution.offences(model["compiled_code"]) for name, model in distribution.models.items()
    }

    assert len(found) > 100
    assert {name: offences for name, offences in found.items() if offences} == KNOWN_DETOURS


@pytest.mark.parametrize(("query", "offence"), DETOURS)
def test_a_query_its_nodes_cannot_do_is_named(distribution, query, offence):
    assert distribution.offences(query) == [offence]


@pytest.mark.parametrize("query", SOUND)
def test_a_query_its_nodes_can_do_is_let_pass(distribution, query):
    assert distribution.offences(query) == []


def test_every_table_of_persons_is_distributed_by_the_pseudonym(distribution):
    """A new model is not forgotten: whoever has the key of a person is distributed by it."""
    tables = distribution.models.values()
    of_persons = {
        one["name"]: sorted(PERSONS & set(one["columns"]))
        for one in tables
        if one["schema"] in {"intermediate", "marts"} and one["config"]["materialized"] != "view"
        if PERSONS & set(one["columns"])
    }

    assert len(of_persons) > 20
    assert {
        name: [distribution.models[name]["config"]["meta"].get("distribution")] for name in of_persons
    } == of_persons
