"""What a report declares: a misspelt key, a code without words, a reading without text are errors."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from o7_warehouse.errors import ReportError
from o7_warehouse.report import registry
from o7_warehouse.report.letterhead import load_letterhead
from o7_warehouse.report.templates import render_template, typst_string
from o7_warehouse.rules_check import SEVERITIES
from o7_warehouse.sources.manifest import FORMS


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """A registry of its own, with one report and one letterhead, to be spoilt."""
    (tmp_path / "sheet").mkdir()
    (tmp_path / "sheet" / "report.yml").write_text(
        "title: t\nfile_stem: s\naudience: ministry\nformats: [html]\ntables: []\ntext: {}\nlabels: {}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(registry, "REPORTS", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("reports")
def test_a_folder_with_a_declaration_is_a_report():
    """Nothing else has to be touched to add one."""
    assert registry.report_ids() == ("sheet",)
    assert registry.load_report("sheet").title == "t"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("fromats: [pdf]", "unknown key 'fromats'", id="a misspelt key is not ignored"),
        pytest.param("formats: [odt]", "no writer for odt", id="a format nobody writes"),
        pytest.param(
            "formats: [json]", "need a version 'major.minor'", id="a form for programs without version"
        ),
        pytest.param(
            "formats: [csv]\ntwin: 1.0",
            "quoted, not 1.0",
            id="a version that is a number and would lose its end",
        ),
        pytest.param("schedule: weekly", "the schedule is 'weekly'", id="a time nobody keeps"),
        pytest.param(
            "tables: [{id: x, number: 1, title: t, sheet: s, columns: []}]",
            "either rows or a listing",
            id="a table without lines",
        ),
        pytest.param(
            "tables: [{id: x, columns: [{label: l, field: f, format: text, width: 1, align: middle}]}]",
            "aligned 'middle'",
            id="an alignment typst does not know",
        ),
        pytest.param(
            "tables: [{id: x, columns: [{label: l, field: f, format: text, width: 1, only: xlsx}]}]",
            "stands only in 'xlsx'",
            id="a column for a kind of format nobody knows",
        ),
        pytest.param("tables: [{id: x, colums: []}]", "table 'x'", id="a table without its columns"),
    ],
)
def test_a_spoilt_declaration_is_refused(reports, line, said):
    """The message names the file and the key."""
    file = reports / "sheet" / "report.yml"
    key = line.partition(":")[0]
    kept = [one for one in file.read_text(encoding="utf-8").splitlines() if not one.startswith(f"{key}:")]
    file.write_text("\n".join([*kept, line]), encoding="utf-8")

    with pytest.raises(ReportError, match=said):
        registry.load_report("sheet")


def test_a_code_without_a_word_is_refused():
    """A report does not print codes its reader cannot know."""
    with pytest.raises(ReportError, match=r"labels\.severity has no word for 'grave'"):
        registry.load_report("indicator_statement").word("severity", "grave")


@pytest.mark.parametrize("severity", SEVERITIES)
def test_every_severity_of_a_rule_has_its_word(severity):
    """What a rule may be called in expectations/ can be told in table Е."""
    assert registry.load_report("indicator_statement").word("severity", severity)


@pytest.mark.parametrize("report_id", registry.report_ids())
@pytest.mark.parametrize("transport", ["T1", *sorted(set(FORMS.values()))])
def test_every_transport_has_its_word_and_one_by_hand_says_so(report_id, transport):
    word = registry.load_report(report_id).word("transport", transport)

    assert word.startswith("ручная выгрузка") == (transport == "T3")


@pytest.mark.parametrize(
    ("day", "line"),
    [
        pytest.param(
            dt.date(2021, 11, 10), "МИНИСТЕРСТВО ПРОСВЕЩЕНИЯ, НАУКИ И ПО ДЕЛАМ МОЛОДЕЖИ", id="the order"
        ),
        pytest.param(
            dt.date(2025, 3, 8), "МИНИСТЕРСТВО ПРОСВЕЩЕНИЯ, НАУКИ И ПО ДЕЛАМ МОЛОДЕЖИ", id="the last day"
        ),
        pytest.param(dt.date(2025, 3, 9), "МИНИСТЕРСТВО ПРОСВЕЩЕНИЯ И НАУКИ", id="renamed"),
    ],
)
def test_the_letterhead_is_the_one_of_its_day(day, line):
    """A report of an old night keeps the name the ministry had."""
    assert load_letterhead(day).names[-1].lines[0] == line


def test_there_is_no_letterhead_before_the_order():
    """A report of an earlier day would have to invent one."""
    with pytest.raises(ReportError, match="none is in force on 2021-11-09"):
        load_letterhead(dt.date(2021, 11, 9))


def test_the_palochka_is_no_lookalike():
    """The letterhead writes Ӏ as U+04C0, never as the І of other alphabets."""
    text = (registry.REPORTS / "letterhead.yml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]

    assert "\u04c0" in text
    assert "\u0406" not in "".join(lines)


def test_a_value_missing_from_a_template_is_an_error():
    """An official report must never leave the building with a hole."""
    with pytest.raises(ReportError, match="is undefined"):
        render_template("indicator_statement/statement.html.j2", {"faces": "", "style": ""})


def test_a_typst_string_holds_anything():
    """Quotes and backslashes stay characters; control characters are dropped."""
    assert typst_string('a"b\\c\nd\x00') == '"a\\"b\\\\c\\nd"'


LISTED = "[{id: x, number: '1', title: t, sheet: s, columns: [], listing: {view: v, order: [a], %s}}]"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(["scope: city"], "the scope is 'city'", id="a unit nobody knows"),
        pytest.param(["audience: press"], "the audience is 'press'", id="eyes nobody knows"),
        pytest.param(["scope: school"], "file_stem is 's'", id="files of all units with one name"),
        pytest.param(["file_stem: 's_{unit}'"], "file_stem is 's_{unit}'", id="a unit the republic has not"),
        pytest.param(
            ["tables: " + LISTED % "unit: u"],
            "listing.unit 'u'",
            id="rows dealt out where there are no units",
        ),
        pytest.param(
            ["scope: school", "file_stem: 's_{unit}'", "tables: " + LISTED % "bold: b"],
            "listing.unit None",
            id="rows that do not find their unit",
        ),
        pytest.param(
            [
                "scope: municipality",
                "file_stem: 's_{unit}'",
                "tables: [{id: x, number: '1', title: t, sheet: s, columns: [], rows: region}]",
            ],
            "figures of the republic",
            id="figures of the republic in a unit's document",
        ),
        pytest.param(
            ["tables: " + LISTED % "persons: true"], "lists single pupils", id="pupils shown to the ministry"
        ),
        pytest.param(
            [
                "scope: municipality",
                "audience: school",
                "file_stem: 's_{unit}'",
                "tables: " + LISTED % "persons: true",
            ],
            "lists single pupils",
            id="pupils of all schools of a municipality in one document",
        ),
        pytest.param(
            ["tables: [{id: x, columns: [{label: l, field: f, format: text, width: 1, empty: nil}]}]"],
            "is 'nil' where it has no value",
            id="a sign nobody knows",
        ),
    ],
)
def test_a_document_is_of_a_known_unit_and_for_known_eyes(reports, lines, said):
    """Rows of pupils are for their school, rows of units for their unit."""
    file = reports / "sheet" / "report.yml"
    keys = {line.partition(":")[0] for line in ["audience: ministry", *lines]}
    kept = [one for one in file.read_text(encoding="utf-8").splitlines() if one.partition(":")[0] not in keys]
    given = lines if any(line.startswith("audience") for line in lines) else ["audience: ministry", *lines]
    file.write_text("\n".join([*kept, *given]), encoding="utf-8")

    with pytest.raises(ReportError, match=re.escape(said)):
        registry.load_report("sheet")
