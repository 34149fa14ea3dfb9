"""What the models promise in their own sentences, and catalogues that contradict themselves or the models.

One file, so that the project is built once for both.
"""

from __future__ import annotations

import shutil

import pytest

from tests.dbt_project.conftest import PROJECT

SECOND_OFFICIAL = "LATER,6,Другое правило,true,R1,,false,,school_year,2025-09-01,,A1,Приложение № 1\n"


def test_every_sentence_of_the_models_is_true(project):
    results = project.dbt("test", "--select", "test_type:unit")

    assert len(results) > 50
    broken = [f"{one['unique_id']}: {one['message']}" for one in results if one["status"] != "pass"]
    assert not broken, "\n\n".join(broken)


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
