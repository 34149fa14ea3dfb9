"""The single persons of the drill as a table, in Russian; each indicator has its own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.explain.facts import ProfileRow, StaffRow, TrajectoryRow
from o7_warehouse.explain.section import Column, Section
from o7_warehouse.report.formats import bind, count_text

if TYPE_CHECKING:
    from o7_warehouse.explain.facts import Explanation, Row

# What a pupil may lack beside leaves.
BESIDE_LEAVES: Final = {
    "contact_group": "контакт",
    "identity_conflict": "идентификация",
    "filled_share": "доля заполнения",
    "evidence_window": "сведения за текущий учебный период",
}
STATUSES: Final = {
    "invalid": "с ошибкой",
    "placeholder": "заглушка",
    "empty": "не заполнено",
    "source_absent": "нет данных источника",
    "conflict": "конфликт",
    "below": "ниже установленной",
}
# What 4.2 asks for, in the order of its tests.
ASKED_OF_TRAJECTORIES: Final = {
    "has_recommendation": "рекомендация",
    "has_plan": "план",
    "has_portfolio": "портфолио",
}
PUPILS: Final = "Обучающиеся вне числителя (псевдонимы)"
STAFF: Final = "Педагогические работники вне числителя (псевдонимы)"
# indicator -> title, the order in which its persons stand, the columns after the pseudonym.
TABLES: Final = {
    "4.1": (PUPILS, "Сначала те, кому не хватает меньше всего.", ("Класс", "Не выполнено")),
    "4.2": (
        PUPILS,
        "Сначала те, кто прошел больше проверок показателя: до числителя им ближе всего.",
        ("Класс", "Причина", "Уже есть"),
    ),
    "4.3": (STAFF, "Сначала те, кто ближе всего к доступу.", ("Должность", "Причина")),
    "4.4": (PUPILS, "Сначала те, кто ближе всего к доступу.", ("Класс", "Причина")),
}


def persons(explanation: Explanation) -> Section:
    """The persons of the drill; nothing where none were asked for."""
    if explanation.rows is None:
        return Section(title="")
    title, order, columns = TABLES[explanation.indicator]
    lost = sum(loss.persons for loss in explanation.losses)
    shown = len(explanation.rows)
    paragraphs: tuple[str, ...] = (order,) if shown else ("Таких нет.",)
    if shown < lost:
        paragraphs += (bind(f"Показано: {count_text(shown)} из {count_text(lost)}."),)
    return Section(
        title=title,
        paragraphs=paragraphs,
        columns=(Column("Псевдоним"), *map(Column, columns)),
        rows=tuple(map(_cells, explanation.rows)),
    )


def _cells(row: Row) -> tuple[str, ...]:
    if isinstance(row, ProfileRow):
        missing = (f"{BESIDE_LEAVES.get(one, one)} ({STATUSES[told]})" for one, told in row.missing.items())
        return (row.student_key, row.class_id, ", ".join(missing))
    if isinstance(row, StaffRow):
        return (row.staff_key, row.position_name or row.position_code or "не указана", row.label)
    if isinstance(row, TrajectoryRow):
        present = (name for flag, name in ASKED_OF_TRAJECTORIES.items() if getattr(row, flag))
        return (row.student_key, row.class_id, row.label, ", ".join(present) or "ничего")
    return (row.student_key, row.class_id, row.label)
