"""The sheet of changes of a further revision: both sides of each figure, and the cause."""

from __future__ import annotations

import io

import openpyxl
import pytest

from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.errors import ReportError
from o7_warehouse.report.render import render
from tests.editions.desk import FIRST, LAST, ONE_MORE, Q4, REGION

SECOND = EditionId(Q4, 2)


def test_a_further_revision_tells_what_it_changes_with_both_sides_and_the_cause(issued):
    build, code = issued.publish_anew(), issued.municipality()
    issued.cursor.execute("update audit.run set code_revision = 'another' where run_id = %s", (build,))
    # The pupil the republic has more is one of this municipality and of a stage, and other readings count him as well.
    issued.cursor.execute(
        ONE_MORE.format(table="indicator_values")
        + " and (org_unit_code, education_stage) in ((%s, 'all'), (%s, 'soo'))",
        (build, code, REGION),
    )
    issued.cursor.execute(f"{ONE_MORE.format(table='control_values')} and reading = 'CORE'", (build,))

    issued.draft(reason="Поступили уточнённые сведения")

    sheet = sheet_of(issued.files(SECOND))
    assert sheet["1. Основания"] == [
        ["2025-Q4-01", "31.12.2025", "31.12.2025", "Расчет выполнен другой редакцией программы", 2]
    ]
    assert [row[1] for row in sheet["2. Значения"]] == [
        "Кабардино-Балкарская Республика",
        "Зольский муниципальный район",
    ]
    for row in sheet["2. Значения"]:
        old, old_of, old_share, new, new_of, new_share = row[2:8]
        assert (new - old, new_of) == (1, old_of)
        assert (old_share, new_share) == (
            pytest.approx(100 * old / old_of, abs=1e-6), pytest.approx(100 * new / new_of, abs=1e-6)
        )  # fmt: skip
        assert row[8] == "Расчет выполнен другой редакцией программы"
    assert [row[1:] for row in sheet["3. Число"]] == [[1, 0, 0]]
    assert not [name for name in issued.files(FIRST) if "перечень" in name]


def test_a_revision_of_the_same_build_says_that_nothing_moved(issued):
    issued.draft(reason="Исправлена опечатка в бланке")

    page = next(
        content
        for name, content in issued.files(SECOND).items()
        if "перечень" in name and name.endswith(".html")
    )

    assert "значения показателей не\N{NO-BREAK SPACE}изменились" in page.decode()
    assert issued.findings(SECOND) == []


def test_the_change_sheet_is_of_an_edition_and_of_no_night(issued):
    with pytest.raises(ReportError, match="tells what a further revision of an edition changes"):
        render(issued.settings, report_id="change_sheet", night=LAST)


def sheet_of(files):
    """The rows of each sheet of the workbook whose cells are all filled, without the headings."""
    [content] = [content for name, content in files.items() if "перечень" in name and name.endswith(".xlsx")]
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title: [
            list(row) for row in sheet.iter_rows(values_only=True) if len(row) > 1 and None not in row
        ][1:]
        for sheet in book
    }
