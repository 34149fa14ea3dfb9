"""What the models promise in their own sentences: every unit test of the project."""

from __future__ import annotations


def test_every_sentence_of_the_models_is_true(project):
    results = project.dbt("test", "--select", "test_type:unit")

    assert len(results) > 50
    broken = [f"{one['unique_id']}: {one['message']}" for one in results if one["status"] != "pass"]
    assert not broken, "\n\n".join(broken)
