"""The list of recipients: what stands there is meant, and what cannot be meant is refused with the way out."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from o7_warehouse.editions.contents import reports_of, template_hashes
from o7_warehouse.editions.folders import Listed
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.errors import CatalogueError
from o7_warehouse.outbox.mail import TYPES
from o7_warehouse.outbox.recipients import Channel, Recipient, read_recipients
from o7_warehouse.outbox.sharing import Sharable, set_for, sharable
from o7_warehouse.report.registry import FORMATS, Report, load_report
from o7_warehouse.settings import Settings

MAIL = {"id": "office", "audience": "ministry", "channel": "smtp", "address": "office@ministry.example"}
SHARE = {"id": "archive", "audience": "ministry", "channel": "folder", "address": "/mnt/archive"}


@pytest.fixture
def listed(tmp_path):
    """What is read of a list."""
    settings = replace(Settings.load(tmp_path, {}), recipients=tmp_path / "recipients.yml")

    def read(*entries, text=None):
        content = yaml.safe_dump(list(entries), allow_unicode=True) if text is None else text
        settings.recipients.write_text(content, encoding="utf-8")
        return read_recipients(settings)

    return read


@pytest.fixture
def made_for_units(monkeypatch):
    """Reports for municipalities and schools, as far as their audience goes."""
    audiences = {"data_quality": "ministry", "data_dictionary": "school"}

    def load(report_id: str) -> Report:
        report = load_report(report_id)
        return replace(report, audience=audiences.get(report_id, report.audience))

    monkeypatch.setattr("o7_warehouse.outbox.recipients.load_report", load)


def test_a_school_gets_its_worklist_from_the_ministry_and_no_edition(listed):
    with pytest.raises(CatalogueError, match="no report of an edition is made for the audience 'school'"):
        listed(MAIL | {"audience": "school", "unit": "1042"})


def test_the_list_that_is_delivered_can_be_read_and_has_no_real_address():
    entries = read_recipients(Settings.load(environment={}))

    assert entries
    assert all(one.channel is Channel.folder or one.address.endswith(".example") for one in entries)


@pytest.mark.usefixtures("made_for_units")
def test_entries_are_read_in_their_order(listed):
    school = MAIL | {"id": "school_1", "audience": "school", "unit": "83701000-1"}

    assert [one.id for one in listed(MAIL, SHARE, school)] == ["office", "archive", "school_1"]
    assert listed(school) == [
        Recipient(
            id="school_1", audience="school", channel=Channel.smtp, address=MAIL["address"], unit="83701000-1"
        )
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        pytest.param(MAIL | {"adress": "x"}, "entry 1: unknown key adress", id="a misspelt key"),
        pytest.param({"id": "a"}, "address, audience, channel is missing", id="hardly anything"),
        pytest.param(MAIL | {"unit": 83701000}, "unit is missing or no text", id="a code without quotes"),
        pytest.param(MAIL | {"channel": "sftp"}, "no channel 'sftp'", id="an unknown channel"),
        pytest.param(MAIL | {"audience": "public"}, "is made for the audience 'public'", id="everybody"),
        pytest.param(MAIL | {"audience": "auditors"}, "no report of an edition is made for", id="no report"),
        pytest.param(MAIL | {"audience": "school"}, "has no unit", id="a school without its code"),
        pytest.param(MAIL | {"unit": "83701000"}, "has a unit", id="the ministry as a municipality"),
        pytest.param(MAIL | {"address": "office"}, "not one mailbox", id="no address"),
        pytest.param(MAIL | {"address": "a@b.example, c@d.example"}, "not one mailbox", id="two addresses"),
        pytest.param(MAIL | {"address": "a@b.example\nBcc: c@d.example"}, "not one mailbox", id="a second header"),
        pytest.param(SHARE | {"address": "../../etc"}, "leads upwards", id="a folder above ours"),
        pytest.param(SHARE | {"address": " "}, "empty or leads", id="no folder"),
        pytest.param(MAIL | {"id": "Office 1"}, "small Latin letters", id="an id with a space"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("made_for_units")
def test_an_entry_that_cannot_hold_is_refused(listed, entry, told):
    with pytest.raises(CatalogueError, match=told):
        listed(entry)


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        pytest.param([MAIL, MAIL | {"address": "b@b.example"}], "office stands there more", id="an id"),
        pytest.param([MAIL, MAIL | {"id": "b", "address": "OFFICE@MINISTRY.example"}], "office, b have", id="mailbox"),
        pytest.param(
            [SHARE, SHARE | {"id": "b", "audience": "school", "unit": "1"}], "archive, b have the same", id="a folder"
        ),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("made_for_units")
def test_nobody_is_listed_twice(listed, entries, told):
    with pytest.raises(CatalogueError, match=told):
        listed(*entries)


@pytest.mark.usefixtures("made_for_units")
def test_one_mailbox_may_serve_two_schools(listed):
    schools = [MAIL | {"id": f"s{unit}", "audience": "school", "unit": unit} for unit in ("1", "2")]

    assert len(listed(*schools)) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("- id: [", "cannot be read: ParserError", id="no YAML"),
        pytest.param("id: a", "no list of recipients", id="a single entry"),
        pytest.param("", "no list of recipients", id="nothing"),
    ],
)
def test_a_file_that_is_no_list_is_refused(listed, text, told):
    with pytest.raises(CatalogueError, match=told):
        listed(text=text)


def test_who_gets_an_edition_shapes_no_page_of_it():
    hashes = template_hashes(("indicator_statement",))

    assert "recipients.yml" not in hashes
    assert "letterhead.yml" in hashes


EDITION = EditionId.parse("2025-Q4-01")
FILES = [
    Listed(name, 1, "0" * 64)
    for name in (
        "data_indicator_values.jsonl.gz", "manifest.json", "КБР_ЦЗ_образование_2025-Q4_рев01.pdf",
        "КБР_ЦЗ_образование_2025-Q4_рев01.html", "КБР_ЦЗ_образование_2025-Q4_рев02.pdf",
        "КБР_ЦЗ_образование_2025-Q4_рев01.pdf.bak", "КБР_ЦЗ_образование_2025-Q4_рев01.sqlite",
    )
]  # fmt: skip


def test_nothing_leaves_but_documents_of_the_editions_reports_in_their_formats():
    leaving = list(sharable(EDITION, ["indicator_statement"], FILES))

    assert {one.file.path for one in leaving} == {
        "КБР_ЦЗ_образование_2025-Q4_рев01.html", "КБР_ЦЗ_образование_2025-Q4_рев01.pdf",
    }  # fmt: skip
    assert {one.audience for one in leaving} == {"ministry"}
    assert list(sharable(EDITION, ["business_rules"], FILES)) == []


def test_a_list_of_pupils_that_lies_in_a_set_does_not_leave():
    worklist = load_report("school_worklist")
    stem = worklist.file_stem.format(unit="1042", night="2025-Q4_рев01")

    assert worklist.holds_persons
    assert list(sharable(EDITION, ["school_worklist"], [Listed(f"{stem}.pdf", 1, "0" * 64)])) == []


@pytest.mark.parametrize("edition", ["2026-Q1-01", "2026-Y-02"])
def test_the_documents_of_an_edition_are_known_by_the_names_it_gives_them(edition):
    asked = EditionId.parse(edition)
    reports = reports_of(asked.period, asked.revision)
    mark = f"{asked.period}_рев{asked.revision:02}"
    names = [load_report(name).file_stem.format(unit="83701000", night=mark) + ".pdf" for name in reports]

    leaving = list(sharable(asked, reports, [Listed(name, 1, "0" * 64) for name in names]))

    assert [one.file.path for one in leaving] == names
    assert {one.audience for one in leaving} == {"ministry", "municipality", "auditors"}


def test_the_sheet_of_a_municipality_leaves_for_it_alone():
    stem = load_report("municipal_sheet").file_stem.format(unit="83701000", night="2025-Q4_рев01")

    [leaving] = sharable(EDITION, ["municipal_sheet"], [Listed(f"{stem}.pdf", 1, "0" * 64)])

    assert (leaving.audience, leaving.unit) == ("municipality", "83701000")


def test_every_format_of_a_report_can_be_attached():
    assert set(FORMATS) == set(TYPES)


@pytest.mark.parametrize(
    ("audience", "unit", "gets"),
    [
        pytest.param("ministry", None, ["republic"], id="the ministry"),
        pytest.param("municipality", "1", ["one"], id="a municipality gets its own"),
        pytest.param("municipality", "3", [], id="and nothing of its neighbours"),
        pytest.param("school", "1", [], id="nor a school what is a municipality's"),
        pytest.param("auditors", None, [], id="nor an auditor what is the ministry's"),
    ],
)
def test_a_set_is_what_is_made_for_this_audience_and_unit(audience, unit, gets):
    files = [
        Sharable(file=Listed(name, 1, "0" * 64), report="x", audience=whose, unit=of)
        for name, whose, of in (
            ("republic", "ministry", None), ("one", "municipality", "1"), ("two", "municipality", "2")
        )
    ]  # fmt: skip
    recipient = Recipient(id="x", audience=audience, channel=Channel.folder, address="x", unit=unit)

    assert [one.path for one in set_for(recipient, files)] == gets
