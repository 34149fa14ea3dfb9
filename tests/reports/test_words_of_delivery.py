"""The report on the quality of data has a word for everything a delivery may have and still be published."""

from __future__ import annotations

import pytest

from o7_warehouse.contract import read_contract
from o7_warehouse.delivery_findings import BEARABLE, Finding
from o7_warehouse.report.registry import load_report
from o7_warehouse.settings import ROOT


def test_every_finding_that_lets_a_night_pass_has_a_word():
    labels = load_report("data_quality").labels

    assert set(labels["check"]) >= BEARABLE


def test_every_table_of_the_contract_has_a_word_and_so_has_one_it_does_not_know():
    labels = load_report("data_quality").labels

    assert {"delivery", "unknown", *read_contract(ROOT).entity_names} <= set(labels["entity"])


def test_a_finding_no_report_has_a_word_for_is_refused_where_it_is_made():
    made = {"entity": "person", "message": "x", "check": "something_new"}

    assert Finding(severity="critical", **made).check == "something_new"
    for severity in ("warning", "notice"):
        with pytest.raises(ValueError, match="BEARABLE"):
            Finding(severity=severity, **made)
