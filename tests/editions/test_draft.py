"""A draft freezes a night: its set tells one build, whole, and the ledger knows every byte of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import pytest

from o7_warehouse.editions import draft as drafting
from o7_warehouse.editions.contents import reports_of
from o7_warehouse.editions.folders import drafted_files, editions_folder, listed
from o7_warehouse.editions.ledger import EditionId, last_event
from o7_warehouse.editions.manifest import own_hash
from o7_warehouse.editions.periods import Period
from o7_warehouse.errors import CatalogueError, CommandError, EditionError
from o7_warehouse.report import render, sets
from o7_warehouse.report.registry import load_report
from tests.editions.desk import EARLY, FIRST, LAST, Q4, TODAY, run_of


def test_a_draft_holds_every_format_of_its_reports_the_rows_of_its_build_and_the_manifest(desk):
    desk.draft()

    stem = "КБР_ЦЗ_образование_2025-Q4_рев01"
    documents = {f"{stem}.{form}" for form in load_report("indicator_statement").formats}
    names = set(desk.files())
    assert (
        documents | {"manifest.json", "data_indicator_values.jsonl.gz", "data_leaf_counts.jsonl.gz"} <= names
    )
    assert drafted_files(desk.cursor, FIRST) == listed(desk.files())
    event = last_event(desk.cursor, FIRST)
    assert (event.night, event.run_id) == (LAST, run_of(LAST))


def test_the_manifest_says_what_the_set_was_made_of(desk):
    desk.draft()

    manifest = json.loads(desk.files()["manifest.json"])
    assert manifest["build"]["run_id"] == run_of(LAST)
    assert manifest["build"]["code_revision"] == "3f9c2ab"
    assert manifest["definitions"]["indicators"] == dict.fromkeys(("4.1", "4.2", "4.3", "4.4"), "1.0")
    assert manifest["definitions"]["readings"]["4.1"] == "CORE"
    assert len(manifest["definitions"]["rules"]) > 200
    assert {"indicator_statement/report.yml", "_style.css", "legend.yml", "_docx/styles.xml"} <= set(
        manifest["templates"]
    )
    desk.cursor.execute(
        "select count(*) from indicators.indicator_values where build_id = %s", (run_of(LAST),)
    )
    assert manifest["data"]["indicator_values"]["rows"] == desk.cursor.fetchone()[0]
    for name, content in desk.files().items():
        if name != "manifest.json":
            assert manifest["files"][name]["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["sha256"] == own_hash(manifest) == last_event(desk.cursor, FIRST).manifest_sha256


def test_the_manifest_names_the_load_that_brought_the_rows(desk):
    batch = "00000000-0000-0000-0000-00000000ba7c"
    desk.cursor.execute(
        "insert into raw_o7.night (night, snapshot_at, contract_version, transport, batch_id, run_id)"
        " values (%s, now(), '1.0', 'T1', %s, %s)",
        (LAST, batch, run_of(LAST)),
    )

    desk.draft()

    desk.cursor.execute("truncate raw_o7.night")
    manifest = json.loads(desk.files()["manifest.json"])
    assert manifest["build"]["batches"] == [batch]


def test_the_same_build_drafted_again_is_the_same_bytes(desk):
    desk.draft()
    before = desk.files()

    desk.draft()

    assert desk.files() == before
    assert desk.events() == ["draft", "draft"]


def test_a_draft_after_a_new_publication_tells_the_new_build(desk):
    desk.draft()
    other = desk.publish_anew()

    desk.draft()

    assert json.loads(desk.files()["manifest.json"])["build"]["run_id"] == other
    assert desk.findings() == []


def test_a_night_published_anew_while_it_is_rendered_is_refused_and_leaves_nothing(desk, monkeypatch):
    written = render.written

    def switched(*words, **named):
        desk.publish_anew()
        return written(*words, **named)

    monkeypatch.setattr(drafting, "written", switched)

    with pytest.raises(EditionError, match="published anew while the edition 2025-Q4-01 was being made"):
        desk.draft()
    assert desk.events() == []
    assert not desk.folder().exists()


def test_a_night_published_anew_before_it_is_rendered_is_refused(desk, monkeypatch):
    gather = render.gather

    def switched(*words, **named):
        desk.publish_anew()
        return gather(*words, **named)

    monkeypatch.setattr(drafting, "gather", switched)

    with pytest.raises(EditionError, match="published anew"):
        desk.draft()
    assert desk.events() == []


def test_a_draft_that_is_submitted_while_another_is_rendered_stays_as_it_was_submitted(desk, monkeypatch):
    desk.draft()
    before, gather = desk.files(), render.gather

    def submitted(*words, **named):
        desk.submit()
        return gather(*words, **named)

    monkeypatch.setattr(drafting, "gather", submitted)

    with pytest.raises(EditionError, match="is submitted, so it cannot become draft"):
        desk.draft()
    assert desk.files() == before
    assert desk.events() == ["draft", "submitted"]


def test_a_crash_between_two_files_leaves_the_draft_before(desk, monkeypatch):
    desk.draft()
    before = desk.files()
    desk.publish_anew()
    opened = []

    def failing(descriptor):
        opened.append(descriptor)
        if len(opened) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sets.os, "fsync", failing)

    with pytest.raises(EditionError, match="No space left on device"):
        desk.draft()
    assert len(opened) == 3
    assert desk.files() == before
    assert desk.events() == ["draft"]
    assert desk.findings() == []


def test_a_ledger_that_refuses_leaves_the_draft_before(desk):
    """The event and the exchange of the set come together: what nobody wrote down does not lie on the shelf."""
    desk.draft()
    before = desk.files()
    desk.publish_anew()
    desk.cursor.execute("alter table audit.edition_file add constraint broken check (bytes < 0) not valid")

    try:
        with pytest.raises(Exception, match="broken"):
            desk.draft()
    finally:
        desk.cursor.execute("alter table audit.edition_file drop constraint broken")
    assert desk.files() == before
    assert desk.findings() == []


@pytest.mark.parametrize(
    ("code", "today", "error", "said"),
    [
        pytest.param("2025-12", TODAY, CommandError, "no night was frozen in those days", id="a month"),
        pytest.param(
            "2025-Q4", LAST, CommandError, "figures can still change", id="its last day is not over"
        ),
        pytest.param("2026-Q1", TODAY, CommandError, "figures can still change", id="a period under way"),
        pytest.param("2025-Q2", TODAY, EditionError, "No night of 2025-Q2 is published", id="no night"),
    ],
)
def test_a_period_that_cannot_be_reported_is_refused(desk, code, today, error, said):
    with pytest.raises(error, match=said):
        desk.draft(Period.parse(code), today=today)


def test_an_edition_before_the_last_day_is_published_freezes_the_last_night_there_is(desk):
    desk.cursor.execute("delete from published.night where night = %s", (LAST,))

    checklist = desk.draft()

    assert last_event(desk.cursor, FIRST).night == EARLY
    [told] = [one.found for one in checklist.warnings if one.check == "last_day"]
    assert "на 16\N{NO-BREAK SPACE}дней раньше" in told


def test_each_kind_of_period_has_the_reports_declared_for_it():
    assert reports_of(Q4) == ("indicator_statement",)
    assert reports_of(Period.parse("2025")) == ("indicator_statement", "business_rules", "data_dictionary")
    for code in ("2025-11", "2021-Q3"):
        with pytest.raises(CatalogueError, match=r"editions\.yml: nothing is declared"):
            reports_of(Period.parse(code))


@pytest.mark.parametrize("code", ["2025-Q4-01", "2025-Y-02", "2025-Q1-117", "2026-01-01"])
def test_an_edition_is_named_by_its_period_and_revision(code):
    assert str(EditionId.parse(code)) == code


@pytest.mark.parametrize(
    "code", ["2025-01", "2025-Q4", "2025-Q4-00", "2025-Q4-Y-01", "2025-Q4-001", "2025-13-01", "2025-01-Y-01"]
)
def test_any_other_name_is_no_edition(code):
    with pytest.raises(CommandError, match="names no edition"):
        EditionId.parse(code)


def test_a_year_is_reported_by_its_last_night_together_with_its_definitions(desk):
    desk.draft(Period.parse("2025"))

    edition = EditionId(Period.parse("2025"), 1)
    stems = [name.rpartition(".")[0] for name in desk.files(edition) if "рев" in name]
    reports = [load_report(one) for one in reports_of(edition.period)]
    assert sorted(stems) == sorted(
        report.file_stem.format(night="2025_рев01") for report in reports for _ in report.formats
    )
    assert last_event(desk.cursor, edition).night == LAST
    assert desk.findings(edition) == []


def test_the_checklist_of_a_draft_is_kept_in_the_ledger(desk):
    checklist = desk.draft()

    kept = last_event(desk.cursor, FIRST).detail["checklist"]
    assert kept == [asdict(one) for one in checklist.outcomes]
    assert not list(editions_folder(desk.settings).glob(".sets/unfinished-*"))
