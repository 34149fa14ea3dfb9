"""A worklist as a workbook: what it is, what to mend for which pupil, what to mend in the school's own rows.

The same rows give the same bytes. Every text is written as a text, so that no number of a card can become a formula.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from o7_warehouse.report.formats import bind, capital, count_text, date_words, plural
from o7_warehouse.report.xlsx import BASE, BORDER, OPTIONS, height_of, new_sheet, row_height

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from o7_warehouse.worklist.rows import Line, Worklist

TITLE: Final = "Перечень исправлений"
ABOUT, OF_PUPILS, OF_SCHOOL = "О перечне", "По учащимся", "По школе"
FOR_WHOM: Final = "Только для школы: номера карт — персональные данные"
HOW_TO_MEND: Final = (
    "Каждая строка — требование к полю, которое не выполнено. Исправьте данные в О7.Образование; файл возвращать "
    "не нужно. После исправления строка сама исчезнет из перечня следующей ночи."
)
HOW_TO_READ: Final = (
    "Учащийся назван номером карты О7; значений полей в перечне нет. «С какой ночи» — первая ночь, с которой "
    "замечание держится без перерыва; «Ночей» — сколько ночей оно открыто; «Записей» — сколько записей не "
    "выполняют требование."
)
HOW_TO_KEEP: Final = (
    "Только для этой школы: номера карт — персональные данные. Не передавайте файл другим организациям и удалите "
    "его, когда исправления внесены."
)
NO_NUMBER: Final = "номер карты не передан"
WIDTHS_ABOUT: Final = (22.0, 28.0, 44.0, 8.0)
HEADER: Final = {"bold": True, "align": "center", "bg_color": "#E8EDF3"}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a list: heading, width in characters, how it stands, and its value in a line of a night."""

    heading: str
    width: float
    align: str
    value: Callable[[Line, dt.date], str | int | dt.date]


_NUMBER = _Column("Номер карты", 16, "left", lambda line, _: line.student_no or NO_NUMBER)
_COMMON = (
    _Column("Раздел", 22, "left", lambda line, _: line.requirement.section),
    _Column("Поле", 24, "left", lambda line, _: capital(line.requirement.field)),
    _Column("Невыполненное требование", 40, "left", lambda line, _: line.requirement.text),
    _Column("Как исправить", 38, "left", lambda line, _: line.requirement.remedy),
    _Column("С какой ночи", 12, "center", lambda line, _: line.first_night),
    _Column("Ночей", 8, "right", lambda line, night: (night - line.first_night).days + 1),
    _Column("Записей", 9, "right", lambda line, _: line.row_count),
)


def write_workbook(worklist: Worklist) -> bytes:
    """The workbook of one school."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, OPTIONS)
    night = worklist.night
    workbook.set_properties(
        {
            "title": f"{TITLE} — {worklist.name}",
            # Every workbook of a night has this instant, whenever it is written.
            "created": dt.datetime(night.year, night.month, night.day, tzinfo=dt.UTC),
        }
    )
    _write_about(workbook, worklist)
    for name, columns, lines in (
        (OF_PUPILS, (_NUMBER, *_COMMON), worklist.of_pupils),
        (OF_SCHOOL, _COMMON, worklist.of_school),
    ):
        if lines:
            _write_lines(workbook, name, columns, lines, night)
    workbook.close()
    return buffer.getvalue()


def explanation(worklist: Worklist) -> list[str]:
    """What the first sheet says, paragraph by paragraph."""
    pupils = len({line.student_no for line in worklist.of_pupils})
    lines = len(worklist.of_pupils) + len(worklist.of_school)
    state = f"Состояние О7 на конец дня {date_words(worklist.night)}"
    counted = (
        f"Строк: {count_text(lines)}, из них по учащимся — {count_text(len(worklist.of_pupils))} "
        f"(карт: {count_text(pupils)})."
    )
    said = [f"{state} {counted if lines else 'Замечаний, которые исправляет школа, нет.'}", HOW_TO_MEND]
    if rows := worklist.left_to_others:
        said.append(
            f"Ещё {count_text(rows)} {plural(rows, 'замечание', 'замечания', 'замечаний')} о записях школы исправляет "
            "не школа (как правило, оператор О7). В перечень они не входят."
        )
    if rows := worklist.set_aside:
        said.append(
            f"Часть записей школы не принята в расчёт (строк: {count_text(rows)}): у записи нет идентификатора, "
            "он повторяется, или нет записи, на которую она ссылается. Обратитесь к оператору О7."
        )
    said += [HOW_TO_READ, HOW_TO_KEEP]
    return [bind(paragraph) for paragraph in said]


def _write_about(workbook: Workbook, worklist: Worklist) -> None:
    sheet = new_sheet(workbook, ABOUT)
    sheet.set_portrait()
    for place, width in enumerate(WIDTHS_ABOUT):
        sheet.set_column(place, place, width)
    whole = sum(WIDTHS_ABOUT)
    heading = workbook.add_format(BASE | {"font_size": 14, "bold": True})
    plain = workbook.add_format(BASE | {"font_size": 11, "valign": "top"})
    texts = [(TITLE, heading), (worklist.name, heading), *((one, plain) for one in explanation(worklist))]
    for row, (text, style) in enumerate(texts):
        sheet.set_row(row, height_of(text, whole, style.font_size) + 4)
        sheet.merge_range(row, 0, row, len(WIDTHS_ABOUT) - 1, "", style)
        sheet.write_string(row, 0, text, style)
    _write_summary(workbook, sheet, [*worklist.of_pupils, *worklist.of_school], first=len(texts) + 1)


def _write_summary(workbook: Workbook, sheet: Worksheet, lines: Sequence[Line], *, first: int) -> None:
    """How many lines each requirement has, the most frequent first."""
    if not lines:
        return
    header, text, number = (
        workbook.add_format(BASE | BORDER | look)
        for look in (HEADER, {"align": "left", "num_format": "@"}, {"align": "right", "num_format": "0"})
    )
    for place, label in enumerate(("Раздел", "Поле", "Невыполненное требование", "Строк")):
        sheet.write_string(first, place, label, header)
    counted = Counter(line.requirement for line in lines)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0].place))
    for row, (requirement, count) in enumerate(ordered, start=first + 1):
        cells = (requirement.section, capital(requirement.field), requirement.text)
        sheet.set_row(row, row_height(cells, WIDTHS_ABOUT[:3]))
        for place, cell in enumerate(cells):
            sheet.write_string(row, place, cell, text)
        sheet.write_number(row, len(cells), count, number)


def _write_lines(
    workbook: Workbook, name: str, columns: Sequence[_Column], lines: Sequence[Line], night: dt.date
) -> None:
    sheet = new_sheet(workbook, name)
    widths = [column.width for column in columns]
    header = workbook.add_format(BASE | BORDER | HEADER)
    looks = [_look(workbook, column) for column in columns]
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.heading, header)
    sheet.set_row(0, row_height([column.heading for column in columns], widths))
    heights: dict[str, float] = {}
    for row, line in enumerate(lines, start=1):
        cells = [column.value(line, night) for column in columns]
        rule_id = line.requirement.rule_id
        # The texts of a rule are the same in each of its lines.
        if rule_id not in heights:
            heights[rule_id] = row_height([str(cell) for cell in cells], widths)
        sheet.set_row(row, heights[rule_id])
        for place, cell in enumerate(cells):
            _write_cell(sheet, row, place, cell, looks[place])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(lines), len(columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{FOR_WHOM}")
    sheet.ignore_errors({"number_stored_as_text": f"A1:A{len(lines) + 1}"})


def _look(workbook: Workbook, column: _Column) -> Format:
    form: dict[str, Any] = {"left": {"num_format": "@"}, "center": {"num_format": "dd.mm.yyyy"}}
    return workbook.add_format(
        BASE | BORDER | {"align": column.align, "num_format": "0"} | form.get(column.align, {})
    )


def _write_cell(sheet: Worksheet, row: int, place: int, cell: str | int | dt.date, style: Format) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, place, cell, style)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, place, dt.datetime.combine(cell, dt.time()), style)
    else:
        sheet.write_number(row, place, cell, style)
