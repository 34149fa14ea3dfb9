"""Every leaf of the catalogue has a unit test of its own, whose pupils take every branch the leaf can take."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = ROOT / "dbt_project" / "seeds"
# docs/leaf-rules.md: of these О7 holds only days, lengths and counts, and there is no wrong one.
NEVER_INVALID = frozenset(["P36", "P39", "P40", "P41", "P42", "P43", "P45", "P46", "P47", "P48", "P51"])
# All of block A is typed by somebody and may be typed as «-»; outside it only these words and names, and P29, whose
# «нет» is no health group.
PLACEHOLDERS_OUTSIDE_A = frozenset(["P23", "P24", "P25", "P26", "P27", "P29", "P31", "P32", "P50"])


def rows_of(seed: str) -> list[dict[str, str]]:
    """The rows of a seed as they stand in its file."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def possible(leaf: dict[str, str], excuses: list[dict[str, str]]) -> set[str]:
    """The letters a leaf can have: what the catalogue says of it, and what the rules of values say."""
    code = leaf["leaf_code"]
    letters = {"f", "e", "s"} | {row["letter"] for row in excuses if row["leaf_code"] == code}
    if leaf["declared_none_allowed"] == "true":
        letters.add("n")
    if code not in NEVER_INVALID:
        letters.add("i")
    if leaf["block"] == "A" or code in PLACEHOLDERS_OUTSIDE_A:
        letters.add("p")
    return letters


def untested(
    manifest: dict[str, Any], leaves: list[dict[str, str]], excuses: list[dict[str, str]]
) -> Iterator[str]:
    """A sentence for each leaf without a unit test named for it, or whose test expects too little or too much."""
    for leaf in leaves:
        column = leaf["leaf_code"].lower()
        model = f"int_profiles__block_{leaf['block'].lower()}"
        rows = [
            row
            for one in manifest["unit_tests"].values()
            if one["model"] == model and one["name"].startswith(f"{column}_{leaf['machine_name']}_")
            for row in one["expect"]["rows"]
        ]
        if not rows:
            yield f"No unit test of {model} is named {column}_{leaf['machine_name']}_…"
            continue
        expected, can_be = {row[column] for row in rows}, possible(leaf, excuses)
        if expected != can_be:
            missing, foreign = sorted(can_be - expected), sorted(expected - can_be)
            yield f"The unit tests of {column} never expect {missing}, and expect {foreign}, which it cannot be."


def test_every_leaf_is_sent_through_every_branch_it_can_take(manifest: dict[str, Any]) -> None:
    leaves = rows_of("profile_fields")

    assert len(leaves) == 51
    assert list(untested(manifest, leaves, rows_of("leaf_excuses"))) == []


@pytest.mark.parametrize(
    ("name", "letters", "words"),
    [
        pytest.param("p13_snils_is_asked", "fipexs", [], id="each branch"),
        pytest.param("p13_snils_is_asked", "fipes", ["never expect ['x']"], id="an excuse is left out"),
        pytest.param("p13_snils_is_asked", "fipexsd", ["expect ['d']"], id="a letter it cannot have"),
        pytest.param("p14_inn_is_asked", "fipexs", ["is named p13_snils_"], id="the test of another leaf"),
    ],
)
def test_a_branch_without_a_row_is_named(name: str, letters: str, words: list[str]) -> None:
    leaf = {"leaf_code": "P13", "machine_name": "snils", "block": "A", "declared_none_allowed": "false"}
    unit_test = {
        "name": name,
        "model": "int_profiles__block_a",
        "expect": {"rows": [{"p13": letter} for letter in letters]},
    }

    sentences = list(
        untested({"unit_tests": {"one": unit_test}}, [leaf], [{"leaf_code": "P13", "letter": "x"}])
    )

    assert len(sentences) == len(words)
    assert all(word in sentence for word, sentence in zip(words, sentences, strict=True))
