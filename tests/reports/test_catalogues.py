"""The data dictionary and the business rules: every row of the catalogues in force, in every format, and no other."""

from __future__ import annotations

import ctypes
import datetime as dt
import re
from collections import Counter
from typing import TYPE_CHECKING

import pypdfium2
import pypdfium2.raw
import pytest

from o7_warehouse.report.formats import bind, date_digits, legal_place, number_text, plain_yo
from o7_warehouse.report.registry import load_report
from o7_warehouse.rules import all_rules, read_rules
from tests.reports import readback, readback_docx, republic
from tests.reports.conftest import copied
from tests.reports.republic import ROOT, seed

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

REPORTS = ("data_dictionary", "business_rules")
RULE = "person.snils_unique"
HEADING_FILL = (0xE8, 0xED, 0xF3)
GROUP_FILL = (0xF4, 0xF6, 0xF9)
NOTE_INK = (0x44, 0x51, 0x5E)


@pytest.fixture
def catalogues(dictionary: dict[str, Path], rules: dict[str, Path]) -> dict[str, dict[str, Path]]:
    """The files of both reports of the full night by report and ending."""
    return {"data_dictionary": dictionary, "business_rules": rules}


def said(text: str) -> str:
    """A text of a catalogue as a cell of any format holds it, but for white space."""
    # A hyphen at the end of a line is read back from a PDF as if the line had been broken there.
    return re.sub(r"[\s\x02\ufffe\u200b-]", "", plain_yo(legal_place(text)))


def wanted_rows() -> list[tuple[str, str, tuple[str, ...]]]:
    """Report, number of the table and the texts of one row, for every row of the catalogues."""
    rows = [
        ("data_dictionary", "1", (row["leaf_code"], row["label"][1:], row["req_class"], row["legal_place"]))
        for row in seed("profile_fields")
    ]
    rows += [("data_dictionary", "1", (row["leaf_code"], row["says"])) for row in seed("leaf_excuses")]
    rows += [("data_dictionary", "3", (row["letter"], row["label"][1:])) for row in seed("leaf_statuses")]
    rows += [
        ("data_dictionary", "5", (row["code"], row["name"][1:]))
        for name in ("citizenship_kinds", "document_types", "study_forms", "org_types", "program_levels")
        for row in seed(name)
    ]
    for name, number, fields in (
        ("indicators", "1", ("indicator", "name", "unit", "decimals", "legal_place", "definition_version")),
        ("profile_rules", "2", ("rule_code", "label", "legal_place")),
        ("order_wordings", "3", ("ordinal", "wording", "legal_place")),
        ("interpretations", "4", ("code", "question", "reading", "legal_place")),
        ("indicator_readings", "5", ("ordinal",)),
        ("populations", "7", ("label", "legal_place")),
        ("indicator_targets", "8", ("indicator", "year", "source")),
        ("loss_reasons", "9", ("label", "remedy", "legal_place")),
        ("parameters", "10", ("says", "legal_place")),
    ):
        rows += [
            ("business_rules", number, (*(row[field] for field in fields), _day(row["valid_from"])))
            for row in seed(name)
            # A threshold of another season is not in force on the night.
            if name != "parameters" or _is_in_force(row)
        ]
    rows += [
        ("business_rules", "5", (row["label"][1:], row["answers"].replace("|", ", ")))
        for row in seed("indicator_readings")
    ]
    rows += [
        ("business_rules", "6", (row["category_code"], row["label"][1:]))
        for row in seed("portfolio_categories")
    ]
    rows += [
        ("business_rules", "11", (rule.text, rule.remedy, rule.owner, rule.legal_basis))
        for rule in all_rules(read_rules(ROOT)).values()
    ]
    return rows


def _is_in_force(row: dict[str, str]) -> bool:
    night = republic.NIGHT.isoformat()
    return row["valid_from"] <= night and (not row["valid_to"] or night <= row["valid_to"])


def _day(text: str) -> str:
    return date_digits(dt.date.fromisoformat(text))


@pytest.mark.parametrize("ending", [".html", ".pdf", ".docx", ".xlsx"])
def test_every_row_of_the_catalogues_is_told(catalogues: dict[str, dict[str, Path]], ending: str) -> None:
    """Each row stands in its table, whole; the PDF has its longest text on some page."""
    tables = {report: _texts(files[ending]) for report, files in catalogues.items()}
    wanted = wanted_rows()

    assert len(wanted) > 500
    for report, number, texts in wanted:
        lines = tables[report][number if ending != ".pdf" else ""]
        needed = [said(text) for text in (texts if ending != ".pdf" else [max(texts, key=len)])]
        assert any(all(text in line for text in needed) for line in lines), (report, number, texts)


def _texts(path: Path) -> dict[str, list[str]]:
    """Number of a table -> each row of it as one text; of a PDF, all pages as one."""
    if path.suffix == ".pdf":
        return {"": [said("".join(readback.pdf_text(path)))]}
    readers = {".html": readback.html_tables, ".docx": readback_docx.tables, ".xlsx": readback.sheets}
    found = readers[path.suffix](path)
    return {number: [said("|".join(map(str, row))) for row in rows] for number, rows in found.items()}


def test_the_sheets_name_what_the_pages_leave_out(catalogues: dict[str, dict[str, Path]]) -> None:
    """A workbook holds machine names, sources and whole codes of rules beside the words."""
    leaves = readback.sheets(catalogues["data_dictionary"][".xlsx"])["1"]
    rules = readback.sheets(catalogues["business_rules"][".xlsx"])["11"]

    assert [row[-2] for row in leaves] == [row["machine_name"] for row in seed("profile_fields")]
    assert [row[1] for row in rules] == list(all_rules(read_rules(ROOT)))


def test_the_counts_of_classifiers_are_those_of_the_seeds(catalogues: dict[str, dict[str, Path]]) -> None:
    """Table 4 counts codes; of the languages, which have many synonyms, each code once."""
    rows = readback.html_tables(catalogues["data_dictionary"][".html"])["4"]

    assert {row[1]: int(row[2]) for row in rows} == {
        bind(word): len({row.get("code") or row["oktmo"] for row in seed(name)})
        for name, word in load_report("data_dictionary").labels["classifier"].items()
    }


def test_a_classifier_names_the_source_of_most_of_its_codes(catalogues: dict[str, dict[str, Path]]) -> None:
    """Positions outside the nomenclature have a source of their own; it is not that of the classifier."""
    rows = readback.html_tables(catalogues["data_dictionary"][".html"])["4"]
    places = Counter(legal_place(row["legal_place"]) for row in seed("staff_positions"))

    assert len(places) > 1
    assert [said(row[3]) for row in rows if row[1] == "Должности работников"] == [
        said(places.most_common(1)[0][0])
    ]


@pytest.mark.parametrize(
    ("number", "column", "official"), [("2", 0, ["CORE"]), ("5", 0, ["1", "1", "1", "1"])]
)
def test_what_is_official_stands_out(
    catalogues: dict[str, dict[str, Path]], number: str, column: int, official: list[str]
) -> None:
    """The rule in force and the official reading of each indicator are in bold, and nothing else is."""
    page = catalogues["business_rules"][".html"].read_text(encoding="utf-8")
    table = page.partition(f'<table data-table="{number}">')[2].partition("</table>")[0]
    bold = [
        re.findall(r"<td[^>]*>([^<]*)", row)[column]
        for row in table.split("<tr")[1:]
        if 'class="total"' in row
    ]

    assert bold == official


@pytest.mark.parametrize("report", REPORTS)
def test_the_same_catalogues_make_the_same_bytes(
    published: Settings, catalogues: dict[str, dict[str, Path]], report: str, tmp_path: Path
) -> None:
    """A second rendering changes no byte."""
    again = copied(published, report, republic.NIGHT, tmp_path)

    assert {ending: path.read_bytes() for ending, path in again.items()} == {
        ending: path.read_bytes() for ending, path in catalogues[report].items()
    }


@pytest.mark.parametrize("report", REPORTS)
def test_no_letter_crosses_the_side_of_its_column(
    catalogues: dict[str, dict[str, Path]], report: str
) -> None:
    """A word or a code that is wider than its column would be printed over its neighbour."""
    document = pypdfium2.PdfDocument(catalogues[report][".pdf"])
    seen = 0
    for number, page in enumerate(document, start=1):
        heads = readback.filled_boxes(page, HEADING_FILL)
        groups = readback.filled_boxes(page, GROUP_FILL)
        text = page.get_textpage()
        for place in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(place)
            letter, middle = text.get_text_range(place, 1), (bottom + top) / 2
            above = [box for box in heads if box[3] > middle]
            if (
                letter.isspace()
                or not above
                or _goes_across(text, place)
                or any(low <= middle <= high for _, low, _, high in groups)
            ):
                continue
            # The columns are those of the nearest heading above.
            nearest = min(box[3] for box in above)
            seen += 1
            for side, _, _, high in above:
                crosses = left < side - 0.5 and right > side + 0.5 and abs(high - nearest) < 1
                assert not crosses, f"page {number}, {letter!r} at {left:.0f}, {middle:.0f}"
    document.close()
    assert seen > 3000


@pytest.mark.parametrize("report", REPORTS)
def test_no_page_ends_with_the_heading_of_a_group(
    catalogues: dict[str, dict[str, Path]], report: str
) -> None:
    """A heading without a row below it says nothing; it goes to the next page with its first row."""
    document = pypdfium2.PdfDocument(catalogues[report][".pdf"])
    seen = 0
    for number, page in enumerate(document, start=1):
        # Cells in bold have the same colour; a heading reaches over its whole table.
        groups = [
            box for box in readback.filled_boxes(page, GROUP_FILL) if box[2] - box[0] > page.get_width() / 2
        ]
        text = page.get_textpage()
        boxes = (text.get_charbox(place) for place in range(text.count_chars()))
        lowest = min(bottom for left, bottom, right, _ in boxes if right > left)
        seen += len(groups)
        assert all(lowest < low for _, low, _, _ in groups), f"page {number}"
    document.close()
    assert seen >= 4


def _goes_across(text: pypdfium2.PdfTextPage, place: int) -> bool:
    """Whether a letter belongs to a caption, which is larger, or to a note, which is paler: they have no columns."""
    ink = [ctypes.c_uint() for _ in range(4)]
    pypdfium2.raw.FPDFText_GetFillColor(text.raw, place, *ink)
    size: float = pypdfium2.raw.FPDFText_GetFontSize(text.raw, place)
    return size >= 11 or tuple(part.value for part in ink[:3]) == NOTE_INK


@pytest.mark.parametrize("report", REPORTS)
def test_a_catalogue_is_in_russian(catalogues: dict[str, dict[str, Path]], report: str) -> None:
    """No word of another alphabet but codes of the catalogues and names; no quotation marks but «»; no ё."""
    text = re.sub(r"[\s\ufffe\u200b]+", " ", " ".join(readback.pdf_text(catalogues[report][".pdf"])))
    rules = all_rules(read_rules(ROOT)).values()
    codes = {
        word for rule in rules for code in (rule.rule_id, *rule.columns) for word in re.split(r"[._]", code)
    }
    codes |= {row["code"] for row in seed("languages")}
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9]*", text))
    foreign = {
        word for word in words - codes if not re.fullmatch(r"[AGPR]\d{1,2}|[a-f][0-9a-f]*|[fnipexds]", word)
    }

    assert foreign <= {
        "E", "mail", "e", "SHA", "SkySmart", "ISO", "CORE", "ID", "FULL", "SHARE", "PERIOD", "ppt", "online", "org",
        "contracts", "o7", "yml", "true", "false", "UUID", "NNN", "filled", "empty", "none", "ru", "I",
    }, foreign  # fmt: skip
    assert not re.search('["“”„]', text)
    assert "ё" not in text
    assert "domain" not in text


@pytest.mark.parametrize("report", REPORTS)
def test_the_list_of_tables_names_every_table(catalogues: dict[str, dict[str, Path]], report: str) -> None:
    """The first page lists the tables with their pages, and each stands where the list says."""
    pages = [readback.spaced(page) for page in readback.pdf_text(catalogues[report][".pdf"])]
    listed = re.findall(r"Таблица (\d+) — (?:(?!Таблица).)*?[. ]{4,}(\d+)", pages[0])

    assert [number for number, _ in listed] == [table.number for table in load_report(report).tables]
    assert all(f"Таблица {number} — " in pages[int(page) - 1] for number, page in listed)


def test_texts_are_written_for_their_reader() -> None:
    """A decimal comma, no papers the reader does not have, е for ё; a code keeps its points."""
    assert number_text("0.90") == "0,90"
    assert number_text("07-01") == "07-01"
    assert legal_place("ОКСМ (ОК 025-2001); domain §3.6") == "ОКСМ (ОК 025-2001)"
    assert plain_yo("Учёт расчёта") == "Учет расчета"
    assert bind("в классе") == "в\u00a0классе"
