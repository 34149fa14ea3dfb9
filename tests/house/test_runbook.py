"""Whoever gets an alarm finds its page, and no page is of an alarm that is not there."""

from __future__ import annotations

import re

import pytest

from o7_warehouse.parameters import seed_rows
from o7_warehouse.settings import ROOT
from o7_warehouse.watch.alarms import ALARMS, RUNBOOK, runbook_of

HEADINGS = ["## Что это значит", "## Что посмотреть", "## Повторить или очистить"]


def page(code: str) -> str:
    """The page of an alarm."""
    return (ROOT / runbook_of(code)).read_text(encoding="utf-8")


def test_every_alarm_has_a_page_and_every_page_an_alarm() -> None:
    pages = {path.stem for path in (ROOT / RUNBOOK).glob("*.md")}

    assert len(pages) > 10
    assert pages == set(ALARMS)


@pytest.mark.parametrize("code", sorted(ALARMS))
def test_a_page_says_what_it_means_where_to_look_and_whether_to_run_again_or_clear(code: str) -> None:
    text = page(code)
    parts = re.split(r"^## .*$", text, flags=re.MULTILINE)

    assert f"`{code}`" in parts[0]
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert min(len(part.split()) for part in parts[1:]) > 8
    assert "овтор" in parts[-1]
    assert "clear" in parts[-1].lower() or "очист" in parts[-1]


@pytest.mark.parametrize("code", sorted(ALARMS))
def test_a_page_names_parameters_and_pages_that_are_there(code: str) -> None:
    known = {row["parameter"].partition(".")[0] for row in seed_rows(ROOT, "parameters")}
    told = set(re.findall(r"`(alarm_\w+|volume_\w+|jump_\w+)[^`]*`", page(code))) - {"alarm_event"}

    assert told - known == set()
    for target in re.findall(r"\]\(([^)#]+\.md)\)", page(code)):
        assert (ROOT / RUNBOOK / target).resolve().is_file(), target
