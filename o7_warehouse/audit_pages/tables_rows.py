"""The tables of rows: the quarantine by school and age, and which columns of the contract no rule looks at."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages import grid
from o7_warehouse.audit_pages.grid import Cell, Column, Table
from o7_warehouse.audit_pages.tables_rules import place_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from o7_warehouse.audit_pages.issues import Aside, Issues
    from o7_warehouse.audit_pages.journal import Journal
    from o7_warehouse.contract import Contract

# Nights in quarantine, the last and the first counted; None: without an end.
AGES: Final = (("1 ночь", 1), ("2–7 ночей", 7), ("8–30 ночей", 30), ("больше 30 ночей", None))
# The general rule that only asks whether a value can be read at all.
FORM_RULE: Final = ".readable"
KINDS: Final = ("есть правила", "только форма записи", "нет правил")
SENSITIVITIES: Final = {
    "N": "организационные", "G": "персональные", "S": "специальной категории", "R": "ограниченного доступа",
    "F": "свободный текст",
}  # fmt: skip
TYPES: Final = {
    "text": "текст", "boolean": "признак", "integer": "целое число", "decimal": "десятичное число", "date": "дата",
    "instant": "момент времени",
}  # fmt: skip


def quarantine_by_school(issues: Issues, newest: dt.date) -> Table:
    """The rows in quarantine by school and by the number of nights, the most first."""
    return _by_age(
        Table(
            "quarantine-schools", "Карантин по организациям и срокам", "Карантин",
            (Column("Муниципальное образование", width=32), Column("Организация", width=40)), (),
        ),
        [(place_of(one.org_id, issues), one) for one in issues.aside],
        newest,
    )  # fmt: skip


def quarantine_by_entity(issues: Issues, newest: dt.date, names: Mapping[str, str]) -> Table:
    """The same by what the rows are."""
    return _by_age(
        Table(
            "quarantine-entities", "Карантин по видам записей и срокам", "Карантин по видам",
            (Column("Записи", width=52),), (),
        ),
        [((names.get(one.entity, one.entity),), one) for one in issues.aside],
        newest,
    )  # fmt: skip


def _by_age(begun: Table, rows: Sequence[tuple[tuple[str, ...], Aside]], newest: dt.date) -> Table:
    counts: dict[tuple[str, ...], Counter[str]] = {}
    oldest: dict[tuple[str, ...], dt.date] = {}
    for place, one in rows:
        counts.setdefault(place, Counter())[_age((newest - one.first_night).days + 1)] += one.row_count
        oldest[place] = min(oldest.get(place, one.first_night), one.first_night)
    columns = (
        *begun.columns,
        Column("Строк", "number", 10),
        *(Column(label, "number", 12) for label, _ in AGES),
        Column("Самая давняя с ночи", "date", 13),
    )
    lines = [
        (*map(grid.text, place), *_numbers(found), grid.day(oldest[place]))
        for place, found in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    ]
    if lines:
        whole = sum(counts.values(), Counter[str]())
        names = ("Всего", *[""] * (len(begun.columns) - 1))
        lines.append((*map(grid.text, names), *_numbers(whole), grid.day(min(oldest.values()))))
    return replace(begun, columns=columns, rows=tuple(lines), has_total=bool(lines), empty="Карантин пуст.")


def _numbers(found: Counter[str]) -> tuple[Cell, ...]:
    return (grid.count(found.total()), *(grid.count(found[label]) for label, _ in AGES))


def _age(nights: int) -> str:
    return next(label for label, last in AGES if last is None or nights <= last)


def coverage(journal: Journal, contract: Contract, names: Mapping[str, str]) -> Table:
    """Of each entity of the contract, how many columns the rules of the newest night look at."""
    looked_at = _rules_by_column(journal)
    columns = (
        Column("Записи", width=52), Column("Полей", "number", 9), Column("С правилами", "number", 12),
        Column("Только форма записи", "number", 13), Column("Без правил", "number", 11),
        Column("С правилами, %", "number", 12),
    )  # fmt: skip
    rows, totals = [], Counter[str]()
    for entity in contract.entities:
        found = Counter(_kind(looked_at.get((entity.name, name), [])) for name in entity.column_names)
        totals += found
        rows.append((grid.text(names.get(entity.name, entity.name)), *_covered(found)))
    rows.append((grid.text("Всего"), *_covered(totals)))
    return Table(
        "coverage",
        "Поля контракта и правила по видам записей",
        "Покрытие",
        columns,
        tuple(rows),
        has_total=True,
    )


def _covered(found: Counter[str]) -> tuple[Cell, ...]:
    return (
        grid.count(found.total()), *(grid.count(found[kind]) for kind in KINDS),
        grid.share(found[KINDS[0]], found.total()),
    )  # fmt: skip


def contract_columns(journal: Journal, contract: Contract, names: Mapping[str, str]) -> Table:
    """Every column of the contract with the rules that look at it."""
    looked_at = _rules_by_column(journal)
    columns = (
        Column("Записи", width=44), Column("Поле", width=26, is_code=True), Column("Тип", width=16, is_choice=True),
        Column("Сведения", width=22, is_choice=True), Column("Покрытие", width=18, is_choice=True),
        Column("Правил", "number", 8),
        Column("Правила", width=60, is_code=True),
    )  # fmt: skip
    rows = []
    for entity in contract.entities:
        for column in entity.columns:
            rules = looked_at.get((entity.name, column.name), [])
            rows.append((
                grid.text(names.get(entity.name, entity.name)), grid.text(column.name),
                grid.text(TYPES[column.type]), grid.text(SENSITIVITIES[column.sensitivity]),
                grid.text(_kind(rules)), grid.count(len(rules)), grid.text(", ".join(rules) or "–"),
            ))  # fmt: skip
    return Table("columns", "Поля контракта", "Поля контракта", columns, tuple(rows))


def _rules_by_column(journal: Journal) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for rule in journal.current:
        is_applicable = rule.result(journal.latest).outcome.is_applicable
        for name in rule.says.columns if rule.says and is_applicable else ():
            found.setdefault((rule.entity, name), []).append(rule.rule_id)
    return found


def _kind(rules: Collection[str]) -> str:
    if not rules:
        return KINDS[2]
    return KINDS[1] if all(rule_id.endswith(FORM_RULE) for rule_id in rules) else KINDS[0]
