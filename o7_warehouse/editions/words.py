"""Periods, editions and what was found of them, in Russian words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.findings import WORDS, Finding
from o7_warehouse.editions.states import State
from o7_warehouse.report.formats import count_text, date_digits, instant_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.editions.overview import Line
    from o7_warehouse.editions.pending import Moved, Restatement
    from o7_warehouse.editions.verify import Verdict

STATES: Final = {
    State.open: "идёт",
    State.closing: "закончился, проекта нет",
    State.closed: "закрыт",
    State.issued: "редакция выпущена",
}
EVENTS: Final = {
    "draft": "проект составлен",
    "submitted": "передана на утверждение",
    "approved": "утверждена",
    "rejected": "отклонена",
    "issued": "выпущена",
}
CAUSES: Final = {
    "later_night": "опубликована более поздняя ночь периода",
    "redelivered": "данные О7 поступили заново",
    "recounted": "расчёт выполнен другой редакцией программы",
    "erased": "уничтожены персональные данные по акту",
    "redefined": "изменилось определение показателя",
    "reorganised": "изменилась сеть организаций",
    "unknown": "причина не установлена",
}
LEVELS: Final = {
    "region": "республика", "municipality": "муниципальное образование", "school": "организация", "class": "класс",
}  # fmt: skip
HEADINGS: Final = (
    "Период", "Состояние", "Проект до", "Утвердить до", "Редакция", "Что с ней", "Ночь", "Кто", "Когда",
)  # fmt: skip
_NO_CALENDAR: Final = "календарь не внесён"
# Of the figures that moved a person is shown those of the republic and its municipalities.
_TOLD: Final = ("region", "municipality")


def row_of(line: Line) -> tuple[str, ...]:
    """A line of the list, under HEADINGS."""
    due = (
        (_NO_CALENDAR,) * 2
        if line.due is None
        else (date_digits(line.due.draft), date_digits(line.due.approval) if line.due.approval else "–")
    )
    event = line.event
    told = ("–",) * 5 if event is None else (
        str(event.edition), EVENTS[event.event], date_digits(event.night), event.by_whom,
        instant_text(event.recorded_at),
    )  # fmt: skip
    return line.period.name, STATES[line.state], *due, *told


def history_lines(events: Sequence[Event]) -> Iterator[str]:
    """An edition from its first draft on: what it holds, what happened, what the last checklist said."""
    last = events[-1]
    yield f"Редакция {last.edition}: {last.edition.period.name}, {EVENTS[last.event]}"
    yield f"Заморожена ночь {date_digits(last.night)}, запуск {last.run_id}"
    yield f"Опись (SHA-256): {last.manifest_sha256}"
    yield ""
    for one in events:
        reason = f": {one.reason}" if one.reason else ""
        yield f"{instant_text(one.recorded_at)}  {EVENTS[one.event]} — {one.by_whom}{reason}"
    yield ""
    kept = [one.detail["checklist"] for one in events if "checklist" in one.detail]
    yield from checklist_lines(kept[-1])


def checklist_lines(outcomes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The release checklist, what blocks first."""
    for heading, chosen in (
        ("Препятствует выпуску:", [one for one in outcomes if one["found"] and one["is_blocking"]]),
        ("Предупреждения:", [one for one in outcomes if one["found"] and not one["is_blocking"]]),
    ):
        if chosen:
            yield heading
            yield from (f"  • {one['found']}" for one in chosen)
    clean = [one["demands"] for one in outcomes if not one["found"]]
    if clean:
        yield f"Без замечаний ({len(clean)}): {'; '.join(clean)}."


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """What a check of an edition has found, each place by its name."""
    edition = verdict.event.edition
    if verdict.is_sound:
        yield f"Редакция {edition} цела: файлы и строки таблиц те же, что были скреплены."
    else:
        yield f"Редакция {edition} повреждена, находок: {len(verdict.findings)}."
        yield from (f"  • {_place(one)}" for one in verdict.findings)
    if not verdict.is_published:
        yield (
            f"Ночь {date_digits(verdict.event.night)} с тех пор опубликована заново; редакция говорит о прежней "
            "сборке, это не повреждение."
        )


def pending_lines(restatement: Restatement, moved: Sequence[Moved]) -> Iterator[str]:
    """A restatement that waits: why, which rows came otherwise, the figures that moved."""
    causes = "; ".join(CAUSES[one] for one in restatement.causes) or CAUSES["unknown"]
    yield (
        f"Редакция {restatement.edition} расходится с ночью {date_digits(restatement.night)} "
        f"(запуск {restatement.run_id}): {causes}."
    )
    for entity, rows in restatement.deliveries.items():
        yield (
            f"  {entity}: строк было {_count(rows['rows_before'])}, стало {_count(rows['rows_now'])}; против "
            f"предыдущей ночи новых {_count(rows['new_before'])} → {_count(rows['new_now'])}, "
            f"исчезнувших {_count(rows['closed_before'])} → {_count(rows['closed_now'])}"
        )
    yield f"  Изменилось значений: {count_text(restatement.figures)}"
    for one in moved:
        if one.level in _TOLD:
            yield (
                f"  {one.indicator} {LEVELS[one.level]} {one.org_unit_code}: "
                f"{_count(one.old_numerator)} из {_count(one.old_denominator)} → "
                f"{_count(one.new_numerator)} из {_count(one.new_denominator)}"
            )


def _count(value: int | None) -> str:
    return "–" if value is None else count_text(value)


def _place(one: Finding) -> str:
    if not one.table:
        return f"{WORDS[one.kind]}: {one.file}"
    parts = [f"{WORDS[one.kind]}: {one.table}"]
    if one.row:
        parts.append(f"строка {one.row}")
    if one.column:
        parts.append(f"столбец {one.column}: было {one.sealed or '–'}, стало {one.found or '–'}")
    elif one.row:
        parts.append("строка исчезла" if one.found is None else "строка появилась")
    if one.rows:
        parts.append(f"всего строк: {count_text(one.rows)}")
    return "; ".join(parts)
