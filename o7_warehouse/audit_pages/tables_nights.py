"""The tables of nights: what each ended with, and what changed between the newest one and the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages import grid
from o7_warehouse.audit_pages.grid import Cell, Column, Table
from o7_warehouse.audit_pages.outcomes import OUTCOMES, SEVERITIES
from o7_warehouse.audit_pages.tables_rules import requirement, rule_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from o7_warehouse.audit_pages.issues import Issues
    from o7_warehouse.audit_pages.journal import Journal, Night, Result, Rule

MODES: Final = {"extract": "выгрузка", "replay": "повтор из архива"}
# The sections of the page of changes: whether a rule was open, whether it is; None: it had no result.
_SECTIONS: Final = (
    ("opened", "Стали нарушаться", lambda was, now: now is True and was is False),
    ("mended", "Снова соблюдаются", lambda was, now: now is False and was is True),
    ("still", "Остаются нарушенными", lambda was, now: now is True and was is True),
    ("added", "Проверяются впервые", lambda was, now: was is None and now is not None),
    ("gone", "Больше не проверяются", lambda was, now: was is not None and now is None),
)


def outcomes(journal: Journal) -> Table:
    """How many rules of each severity the newest night ended with each outcome."""
    columns = (
        Column("Важность", width=20, is_choice=True),
        *(Column(one.heading, "number", 14) for one in OUTCOMES),
        Column("Всего правил", "number", 12),
    )
    found = [rule.result(journal.latest) for rule in journal.current]

    def line(heading: str, chosen: list[Result]) -> tuple[Cell, ...]:
        counts = (sum(result.outcome is one for result in chosen) for one in OUTCOMES)
        return (grid.text(heading), *map(grid.count, counts), grid.count(len(chosen)))

    rows = [
        line(word, [result for result in found if result.severity == code])
        for code, word in SEVERITIES.items()
    ]
    return Table(
        "outcomes",
        "Исходы проверки по важности правил",
        "Исходы",
        columns,
        (*rows, line("Всего", found)),
        has_total=True,
    )


def nights(journal: Journal) -> Table:
    """Every shown night with its run, the newest first."""
    columns = (
        Column("Ночь", "date", 12), Column("Запуск №", "number", 9), Column("Запусков", "number", 10),
        Column("Состояние", width=24, is_choice=True), Column("Источник строк", width=18),
        Column("Строк передано", "number", 13),
        Column("В карантине", "number", 12), *(Column(one.heading, "number", 13) for one in OUTCOMES),
        Column("Контракт", width=10), Column("Ревизия программы", width=20, is_code=True),
        Column("Пропущено ночей перед ней", "number", 13),
    )  # fmt: skip
    rows = []
    for place in reversed(range(len(journal.nights))):
        night = journal.nights[place]
        counts = journal.counts(place)
        rows.append((
            grid.day(night.night), grid.count(night.run_no), grid.count(night.runs), grid.text(state_of(night)),
            grid.text(MODES.get(night.mode, night.mode)), grid.count(night.rows_in),
            grid.count(night.rows_quarantined), *(grid.count(counts.get(one, 0)) for one in OUTCOMES),
            grid.text(night.contract_version), grid.text(night.code_revision),
            grid.count(_missed(journal, place)),
        ))  # fmt: skip
    return Table("nights", "Ночи и запуски", "Ночи", columns, tuple(rows))


def state_of(night: Night) -> str:
    """Whether the night's figures are published, and if not, how its run ended."""
    if night.is_published:
        return "опубликована"
    if night.outcome is None:
        return "запуск не завершён"
    return "не опубликована" if night.outcome == "success" else "остановлена"


def _missed(journal: Journal, place: int) -> int | None:
    return (journal.day(place) - journal.day(place - 1)).days - 1 if place else None


def changes(journal: Journal, issues: Issues) -> tuple[Table, ...]:
    """What became of the rules since the night before the newest one; a table per section, also an empty one."""
    columns = (
        Column("Правило", width=34, is_code=True), Column("Требование", width=44),
        Column("Важность", width=15, is_choice=True),
        Column("Было", width=17, is_choice=True), Column("Стало", width=17, is_choice=True),
        Column("Нарушается с ночи", "date", 13),
        Column("Ночей подряд", "number", 10), Column("Новых строк", "number", 10),
        Column("Исправлено строк", "number", 12), Column("Остаётся строк", "number", 11),
        Column("Самая давняя с ночи", "date", 13),
    )  # fmt: skip
    return tuple(
        Table(
            f"changes-{name}", title, "Изменения", columns,
            tuple(_change(journal, issues, rule) for rule in _in_order(journal, test)),
            part=("Раздел", title), empty="Таких правил нет.",
        )
        for name, title, test in _SECTIONS
    )  # fmt: skip


def _in_order(journal: Journal, test: Callable[[bool | None, bool | None], bool]) -> Iterable[Rule]:
    """The rules of a section, those longest open first."""
    if journal.previous is None:
        return []
    chosen = [
        rule
        for rule in journal.rules
        if test(_is_open(rule, journal.previous), _is_open(rule, journal.latest))
    ]
    return sorted(chosen, key=lambda rule: (rule.open_since is None, rule.open_since, rule.rule_id))


def _is_open(rule: Rule, place: int) -> bool | None:
    result = rule.results[place]
    return None if result is None else result.outcome.is_open


def _change(journal: Journal, issues: Issues, rule: Rule) -> tuple[Cell, ...]:
    before = rule.results[journal.previous] if journal.previous is not None else None
    now = rule.results[journal.latest]
    since = rule.open_since if now is not None else None
    # Rows are followed from one published night to the next.
    is_followed = journal.nights[journal.latest].is_published and (now is None or now.is_counted)
    found = issues.change(rule.rule_id, journal.day(journal.latest))
    return (
        grid.text(rule.rule_id, rule_address(rule)), grid.text(requirement(rule)),
        grid.severity(rule.latest.severity),
        grid.outcome(before.outcome) if before else grid.NONE, grid.outcome(now.outcome) if now else grid.NONE,
        grid.NONE if since is None else _since(journal, since),
        grid.count(None if since is None else sum(place >= since for place in rule.places)),
        *(grid.count(number if is_followed else None) for number in (found.opened, found.mended, found.still_open)),
        grid.day(found.oldest if is_followed else None),
    )  # fmt: skip


def _since(journal: Journal, place: int) -> Cell:
    """The night from which a rule is open; at the edge of what is shown it may be open for longer."""
    found = grid.day(journal.day(place))
    return found._replace(text=f"{found.text} и ранее") if place == 0 and journal.has_earlier else found
