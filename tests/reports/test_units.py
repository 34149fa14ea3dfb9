"""Reports that exist once per unit: each unit is told its own rows, all of them, and nobody else's."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.report.files import SetFile, described
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.render import render
from o7_warehouse.report.units import code_of
from o7_warehouse.warehouse import transaction
from tests.reports import printed, readback, republic, small_republic
from tests.reports.page_checks import assert_within_margins, headings_with_room
from tests.reports.small_republic import (
    BIG,
    ENTRY,
    LYCEUM,
    MUNICIPAL,
    NALCHIK,
    NIGHT,
    REPORTS,
    SCHOOLS,
    SILENT,
    STATE,
    UNITS,
    WORKLIST,
    pupils,
)

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

Set = dict[str | None, dict[str, "Path"]]


@pytest.fixture(scope="module")
def sets(few: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Set]:
    """Report -> unit -> its files by their ending; copies, because some tests render anew."""
    found: dict[str, Set] = {}
    for report_id in REPORTS:
        folder = tmp_path_factory.mktemp(report_id)
        for path in render(few, report_id=report_id, night=NIGHT):
            unit = code_of(path.parent.name) if load_report(report_id).is_per_unit else None
            found.setdefault(report_id, {}).setdefault(unit, {})[path.suffix] = shutil.copy(
                path, folder / path.name
            )
    return found


def documents(sets: dict[str, Set]) -> list[tuple[str, dict[str, Path]]]:
    """Report and files of every document."""
    return [(report_id, files) for report_id, units in sets.items() for files in units.values()]


def text_of(path: Path) -> str:
    """Everything a file says, without white space."""
    if path.suffix == ".pdf":
        return printed.pdf(path)
    if path.suffix == ".html":
        return readback.tight(re.sub(r"base64,[^\"]+", "", path.read_text(encoding="utf-8")))
    with zipfile.ZipFile(path) as package:
        parts = [name for name in package.namelist() if name.endswith(".xml")]
        # Runs of one cell may be parted by tags.
        return readback.tight(re.sub(r"<[^>]+>", "|", "".join(package.read(name).decode() for name in parts)))


def on_pages(report_id: str, number: str, rows: list[list[str]]) -> list[list[str]]:
    """The cells of the workbook's rows that pages show, too."""
    [table] = [one for one in load_report(report_id).tables if one.number == number]
    shown = [place for place, column in enumerate(table.columns) if column.only is None]
    return [[row[place] for place in shown] for row in rows]


def test_every_unit_has_its_document_in_every_format(sets: dict[str, Set]) -> None:
    """Also a unit without schools and a school without pupils."""
    assert sets[MUNICIPAL].keys() == UNITS.keys()
    assert sets[WORKLIST].keys() == SCHOOLS.keys()
    for report_id, files in documents(sets):
        assert {f".{form}" for form in load_report(report_id).formats} == set(files)


def test_every_format_says_the_same(sets: dict[str, Set]) -> None:
    """Every row of every table of the page stands in the document, the workbook and, in its place, in the PDF."""
    cells = 0
    for report_id, files in documents(sets):
        page = printed.html(files[".html"])
        page.pop("", None)
        assert printed.docx(files[".docx"]) == page
        sheets = {number: rows for number, rows in printed.xlsx(files[".xlsx"]).items() if rows}
        assert {number: on_pages(report_id, number, rows) for number, rows in sheets.items()} == page
        text, at = printed.pdf(files[".pdf"]), 0
        for rows in page.values():
            for row in rows:
                wanted = readback.tight("".join(row))
                at = text.find(wanted, at)
                assert at >= 0, f"{files['.pdf'].name}: after the last row no page says {row}"
                cells += len(row)
    assert cells > 1500


def test_a_municipality_is_told_what_was_published_of_it(sets: dict[str, Set]) -> None:
    """Counted from the pupils: its value beside the republic's, its schools, leaves and nearest wins."""
    tables = printed.html(sets[MUNICIPAL][NALCHIK][".html"])
    own = [pupil for pupil in pupils() if SCHOOLS[small_republic.CLASSES[pupil.class_id][0]][0] == NALCHIK]
    complete = sum(not pupil.missing for pupil in own)

    assert tables["1"][0][2:] == [str(complete), str(len(own)), "35,7", "35,3", "1"]
    first = tables["2"][: len([unit for unit, _ in SCHOOLS.values() if unit == NALCHIK]) + 1]
    assert [row[2:] for row in first] == [
        ["12", "4", "33,3", "2"], ["2", "1", "50,0", "1"], ["0", "0", "х", "х"], ["14", "5", "35,7", "х"],
    ]  # fmt: skip
    leaf = {row[0]: row[2:] for row in tables["3"]}
    assert len(leaf) == 51
    assert leaf["P13"] == ["14", "9", "64,3", "0", "5"]
    assert leaf["P31"] == ["14", "10", "71,4", "4", "0"]
    assert tables["4"][0][1:] == ["СНИЛС", "5", "3", "57,1", "21,4"]
    assert [row[1:] for row in tables["5"]] == [["1", "2", "0", "2"], ["0", "0", "1", "0"]]
    assert [row[0] for row in tables["6"]] == [SILENT]


def test_the_sheets_of_all_units_add_up_to_the_republic(few: Settings, sets: dict[str, Set]) -> None:
    """Numerators and denominators of the indicators, and counts of every leaf."""
    with transaction(few, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select indicator, numerator, denominator from published.indicator_values"
            " where night = %s and level = 'region' and education_stage = 'all'",
            (NIGHT,),
        )
        region = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(
            "select leaf_code, due, filled, not_filled, invalid from published.leaf_fill"
            " where night = %s and level = 'region'",
            (NIGHT,),
        )
        leaves = {row[0]: row[1:] for row in cursor.fetchall()}
    summed: dict[str, Counter[int]] = {}
    for files in sets[MUNICIPAL].values():
        sheets = readback.sheets(files[".xlsx"])
        for row in sheets["1"]:
            summed.setdefault(str(row[0]), Counter()).update({0: row[2], 1: row[3]})
        for row in sheets["3"]:
            summed.setdefault(str(row[0]), Counter()).update({0: row[3], 1: row[4], 2: row[6], 3: row[7]})

    assert len(summed) == 4 + 51
    assert {code: tuple(summed[code][place] for place in range(2)) for code in region} == region
    assert {code: tuple(summed[code][place] for place in range(4)) for code in leaves} == leaves


def test_the_schools_of_a_sheet_add_up_to_its_total(sets: dict[str, Set]) -> None:
    for files in sets[MUNICIPAL].values():
        rows = readback.sheets(files[".xlsx"])["2"]
        for indicator in {row[0] for row in rows}:
            *schools, total = [row for row in rows if row[0] == indicator]
            for place in (3, 4):
                assert sum(int(str(row[place])) for row in schools) == total[place]


def test_a_place_is_given_among_municipalities_only(sets: dict[str, Set]) -> None:
    """State organisations are no territory, and a municipality nobody is counted in has no place."""
    places = {unit: printed.html(files[".html"])["1"][0][-1] for unit, files in sets[MUNICIPAL].items()}

    assert places == {NALCHIK: "1", small_republic.LESKEN: "х", STATE: "х"}


def test_a_unit_without_rows_is_told_so_in_words(sets: dict[str, Set]) -> None:
    """Every format says the sentence in place of the table."""
    for files, sentence in (
        (sets[MUNICIPAL][small_republic.LESKEN], "Открытыхзамечанийкданныморганизацийнет."),
        (sets[WORKLIST][SILENT], "Обучающихсяcневыполненнымитребованияминет.".replace("c", "с")),
    ):
        for path in files.values():
            assert sentence in text_of(path), path.name


def test_a_school_is_told_the_numbers_of_its_own_pupils_and_no_others(sets: dict[str, Set]) -> None:
    """Every pupil who lacks something, with what is missing; nobody who lacks nothing, nobody of another school."""
    for school, files in sets[WORKLIST].items():
        own = [
            pupil
            for pupil in pupils()
            if small_republic.CLASSES[pupil.class_id][0] == school and pupil.missing
        ]
        rows = printed.html(files[".html"]).get("5", [])
        assert Counter((row[0], row[1]) for row in rows) == Counter(
            (pupil.card or "–", str(len(pupil.missing))) for pupil in own
        )
        others = {pupil.card for pupil in pupils() if pupil.card} - {pupil.card for pupil in own}
        for path in files.values():
            said = re.sub(r"[0-9a-f]{16,}", "", text_of(path))
            found = {card for card in others if re.search(rf"(?<!\d){card}(?!\d)", said)}
            # A count or a place in the text of a package may look like a number of a card.
            assert not found, path.name


def test_a_school_is_told_what_is_missing_in_words_and_the_nearest_to_complete_first(
    sets: dict[str, Set],
) -> None:
    tables = printed.html(sets[WORKLIST][BIG][".html"])

    assert tables["5"][3] == ["1002", "2", "СНИЛС; блок «Социальный статус семьи»"]
    assert [row[1] for row in tables["5"][:4]] == ["1", "1", "1", "2"]
    assert tables["4"][0] == ["СНИЛС", "4", "1А — 2; 9Б — 1; 11 — 1"]
    assert [row[:3] for row in tables["2"]] == [["1А", "5", "1"], ["9Б", "4", "2"], ["11", "3", "1"]]


def test_no_document_names_a_person(sets: dict[str, Set]) -> None:
    for _, files in documents(sets):
        for path in files.values():
            text = text_of(path).lower()
            assert not [part for part in small_republic.NAME.lower().split() if part in text], path.name


def test_a_hostile_name_of_a_school_is_text(sets: dict[str, Set]) -> None:
    wanted = readback.tight(republic.HOSTILE)

    assert wanted in printed.pdf(sets[WORKLIST][LYCEUM][".pdf"])
    rows = printed.html(sets[MUNICIPAL][STATE][".html"])["2"]
    assert wanted in {readback.tight(row[1]) for row in rows}


def test_the_entry_form_says_what_is_published_on_one_page(sets: dict[str, Set]) -> None:
    """Code, name, period, unit, counts and value of each indicator; provisional while the quarter lasts."""
    files = sets[ENTRY][None]
    rows = printed.html(files[".html"])["1"]

    assert [row[0] for row in rows] == ["4.1", "4.2", "4.3", "4.4"]
    assert rows[0][2:] == ["IV", "2025", "%", "6", "17", "35,3"]
    pages = readback.pdf_text(files[".pdf"])
    assert len(pages) == 1
    assert "значенияпредварительныеиневносятся" in readback.tight(pages[0])


def test_pages_keep_their_margins_and_headings_their_columns(sets: dict[str, Set]) -> None:
    for _, files in documents(sets):
        assert_within_margins(files[".pdf"])
        assert headings_with_room(files[".pdf"]) >= 6


def test_no_sentence_ends_twice_or_holds_a_placeholder(sets: dict[str, Set]) -> None:
    for _, files in documents(sets):
        text = text_of(files[".pdf"]).replace(readback.tight(republic.HOSTILE), "")
        assert not re.search(r"\.\.|\{|\}|None", text), files[".pdf"].name


def test_a_file_tells_its_report_audience_unit_and_format(sets: dict[str, Set]) -> None:
    """By its name alone, of a night and of an edition, whatever the code of the unit is."""
    for report_id, units in sets.items():
        report = load_report(report_id)
        for unit, files in units.items():
            for suffix, path in files.items():
                for mark in ("2025-12-15", "2025-Q4_рев01"):
                    wanted = SetFile(report_id, report.audience, unit, mark, suffix[1:], report.holds_persons)
                    assert described(f"x/{report_id}/{path.name.replace('2025-12-15', mark)}") == wanted
    assert described("manifest.json") is None
    assert described("data_leaf_counts.jsonl.gz") is None
