"""The workbook of a worklist: figures and texts that nothing acts on, the same bytes for the same rows."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import Any

import openpyxl

from o7_warehouse.worklist.files import write_worklists
from o7_warehouse.worklist.rows import Line, Requirement, Worklist
from o7_warehouse.worklist.workbook import NO_NUMBER, OF_PUPILS, OF_SCHOOL, explanation, write_workbook

NIGHT = dt.date(2025, 12, 16)
FORMULA = '=HYPERLINK("http://example.invalid", "1042")'
REQUIREMENT = Requirement(
    rule_id="person.snils_check_digits",
    place=1,
    section="Основные сведения",
    field="СНИЛС",
    text="СНИЛС верен",
    remedy="Сверьте",
)
WORKLIST = Worklist(
    org_id="school-1", name="Школа № 1", night=NIGHT, of_pupils=(), of_school=(), left_to_others=0, set_aside=0
)  # fmt: skip


def line(number: str | None, **other: Any) -> Line:
    given = {"requirement": REQUIREMENT, "first_night": dt.date(2025, 12, 1), "row_count": 1}
    return Line(student_no=number, **(given | other))


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_number_that_looks_like_a_formula_stays_a_text():
    book = opened(
        write_workbook(replace(WORKLIST, of_pupils=(line(FORMULA), line("+7"), line("@x"), line("http://x"))))
    )

    cells = [row[0] for row in book[OF_PUPILS].iter_rows(min_row=2)]

    assert [cell.value for cell in cells] == [FORMULA, "+7", "@x", "http://x"]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_a_school_s_name_that_looks_like_a_formula_stays_a_text():
    [cell] = [
        row[0]
        for row in opened(write_workbook(replace(WORKLIST, name="=1+1")))["О перечне"].iter_rows(
            min_row=2, max_row=2
        )
    ]

    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_same_rows_give_the_same_bytes():
    whole = replace(WORKLIST, of_pupils=tuple(line(str(number)) for number in range(50)))

    first, second = write_workbook(whole), write_workbook(whole)

    assert first == second
    # Nothing tells when it was written.
    known = opened(first).properties
    assert {known.created, known.modified} == {dt.datetime.combine(NIGHT, dt.time())}


def test_a_list_can_be_filtered_scrolled_and_printed():
    whole = replace(WORKLIST, of_pupils=(line("1"), line(None)), of_school=(line(None),))
    book = opened(write_workbook(whole))

    assert book.sheetnames == ["О перечне", OF_PUPILS, OF_SCHOOL]
    for title, columns in ((OF_PUPILS, 8), (OF_SCHOOL, 7)):
        sheet = book[title]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{'ABCDEFGH'[columns - 1]}{sheet.max_row}"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToHeight == 0
        assert "персональные данные" in sheet.oddFooter.left.text
        assert min(sheet.column_dimensions["ABCDEFGH"[place]].width for place in range(columns)) > 7
    assert book[OF_PUPILS]["A3"].value == NO_NUMBER
    assert book[OF_PUPILS]["F2"].value.date() == dt.date(2025, 12, 1)
    assert book[OF_PUPILS]["G2"].value == 16


def test_a_school_with_nothing_to_mend_is_told_so():
    book = opened(write_workbook(WORKLIST))

    assert book.sheetnames == ["О перечне"]
    text = " ".join(str(row[0]) for row in book["О перечне"].iter_rows(values_only=True) if row[0])
    assert "на конец дня 16 декабря 2025 г. Замечаний, которые исправляет школа, нет." in text.replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_the_first_sheet_counts_in_russian():
    whole = replace(WORKLIST, of_pupils=(line("1"), line("1"), line("2")), left_to_others=22, set_aside=1)

    said = " ".join(explanation(whole)).replace("\N{NO-BREAK SPACE}", " ")

    assert "Строк: 3, из них по учащимся — 3 (карт: 2)." in said
    assert "Ещё 22 замечания о записях школы исправляет не школа" in said
    assert "не принята в расчёт (строк: 1)" in said


def test_a_school_s_identity_never_leads_out_of_the_folder(state):
    names = ["../../reports/x", "..", "a/b", ".hidden", "школа 7", "7"]

    paths = write_worklists(state / "schools", [replace(WORKLIST, org_id=one) for one in names])

    assert len({path.parent for path in paths}) == len(names)
    assert {path.resolve().parent.parent for path in paths} == {state / "schools"}
    assert sorted(path.name for path in state.iterdir()) == ["schools"]
    assert not any(path.parent.name.startswith(".") for path in paths)
