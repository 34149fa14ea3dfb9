"""The workbook holds the tables of the pages, with the same numbers."""

from __future__ import annotations

import re
from collections import defaultdict

import openpyxl

from tests.audit_pages import nights
from tests.audit_pages.readback import all_tables, sheets

# Tables of a page -> the sheet that holds them.
SHEETS = {
    "outcomes": "Исходы", "rules": "Правила", "matrix": "Матрица", "nights": "Ночи",
    "changes-opened": "Изменения", "changes-mended": "Изменения", "changes-still": "Изменения",
    "changes-added": "Изменения", "changes-gone": "Изменения", "quarantine-entities": "Карантин по видам",
    "quarantine-schools": "Карантин", "coverage": "Покрытие", "columns": "Поля контракта", "seals": "Печати",
    "findings": "Находки", "waivers": "Отсрочки",
    "waivers-nights": "Отсрочки по ночам", "signed": "Подписи", "schools": "Организации", "results": "Результаты",
    "versions": "Версии", "wordings": "Формулировки", "keys": "Ключи",
}  # fmt: skip


def test_every_table_of_every_page_stands_in_the_workbook_with_the_same_numbers(folder):
    told = defaultdict(list)
    for (name, part), rows in all_tables(folder).items():
        told[SHEETS[name], part] += [[*([part] if part else []), *row] for row in rows]
    parted = {sheet for sheet, part in told if part}
    kept = defaultdict(list)
    for sheet, (headings, rows) in sheets(folder / "journal.xlsx").items():
        for row in rows:
            assert len(row) == len(headings), sheet
            kept[sheet, row[0].text if sheet in parted else ""].append(row)

    assert set(kept) == set(told)
    for place, rows in told.items():
        assert [[cell.text for cell in row] for row in kept[place]] == rows, place
    values = [cell.value for rows in kept.values() for row in rows for cell in row]
    assert sum(isinstance(value, int | float) for value in values) > 400


def test_a_share_is_exact_in_the_workbook_and_rounded_once_on_the_page(folder):
    headings, rows = sheets(folder / "journal.xlsx")["Результаты"]
    found = [dict(zip(headings, row, strict=True)) for row in rows]

    [row] = [
        row
        for row in found
        if (row["Правило"].text, row["Ночь"].text) == ("student.login_given", "06.12.2025")
    ]
    assert row["Доля, %"] == (100 * 3 / nights.CHECKED, "0,1")


def test_nothing_in_the_workbook_is_a_formula_and_nothing_is_hidden(folder):
    book = openpyxl.load_workbook(folder / "journal.xlsx")

    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(cell.value == nights.HOSTILE for cell in values)
    assert [cell.coordinate for cell in values if cell.data_type == "f"] == []
    assert {sheet.sheet_state for sheet in book} == {"visible"}
    assert book.properties.creator in (None, "")
    assert all(sheet.print_title_rows for sheet in book.worksheets[1:])


def test_the_fingerprint_is_the_same_on_every_page_and_in_the_workbook(folder):
    book = openpyxl.load_workbook(folder / "journal.xlsx")
    digests = {
        re.search(r'class="digest">([0-9a-f]{64})<', path.read_text(encoding="utf-8"))[1]
        for path in folder.rglob("*.html")
    }

    assert len(digests) == 1
    assert book.properties.keywords == f"audit {digests.pop()}"
