"""The tables of rules: the catalogue, the matrix of rules and nights, and what stands on the page of one rule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages import drawings, grid
from o7_warehouse.audit_pages.grid import Cell, Column, Table
from o7_warehouse.report import formats

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from o7_warehouse.audit_pages.issues import Issue, Issues
    from o7_warehouse.audit_pages.journal import Journal, Result, Rule

# Nights that stand in the matrix with their numbers; the drawing beside them shows all.
SHOWN_NIGHTS: Final = 14
KEYS_PER_PAGE: Final = 1000
UNTOLD: Final = "слова правила не записаны"
UNKNOWN: Final = "вне справочника организаций"
_MATRIX_WORDS: Final = {"error": "ошибка", "not_evaluated": "–", "not_applicable_by_contract": "х"}


def rule_address(rule: Rule) -> str:
    """Address of a rule's page, from the root of the folder."""
    return f"rules/{rule.rule_id}.html"


def requirement(rule: Rule) -> str:
    """What the rule asks for, in words."""
    return rule.says.text if rule.says else UNTOLD


def catalogue(journal: Journal, entity_names: Mapping[str, str]) -> Table:
    """Every rule with its legal basis: those of the newest night, and those that were evaluated before it."""
    columns = (
        Column("Правило", width=34, is_code=True), Column("Требование", width=44),
        Column("Что проверяется", width=30), Column("Поля", width=22, is_code=True),
        Column("Важность", width=15, is_choice=True),
        Column("Правовое основание", width=36), Column("Ответственный", width=16, is_choice=True),
        Column("Версия", width=9),
        Column("Проверяется с ночи", "date", 13), Column("По ночь", "date", 13),
        Column("Исход", width=17, is_choice=True),
        Column("Нарушений", "number", 12),
    )  # fmt: skip
    rows = []
    for rule in journal.rules:
        is_current = rule.results[journal.latest] is not None
        latest, says = rule.latest, rule.says
        rows.append((
            grid.text(rule.rule_id, rule_address(rule)), grid.text(requirement(rule)),
            grid.text(entity_names.get(rule.entity, rule.entity)),
            grid.text(", ".join(says.columns) if says else "–"), grid.severity(latest.severity),
            grid.text(says.legal_basis if says else "–"), grid.text(says.owner if says else "–"),
            grid.text(latest.version), grid.day(rule.versions[0].first),
            grid.text("действует") if is_current else grid.day(rule.versions[-1].last),
            grid.outcome(latest.outcome) if is_current else grid.text("снято"),
            grid.count(latest.rows_failed) if is_current else grid.NONE,
        ))  # fmt: skip
    return Table("rules", "Каталог правил", "Правила", columns, tuple(rows))


def matrix(journal: Journal) -> Table:
    """Every rule beside the newest nights with their numbers, and all nights in a drawing."""
    shown = tuple(reversed(journal.examined[-SHOWN_NIGHTS:]))
    columns = (
        Column("Правило", width=34, is_code=True), Column("Требование", width=44),
        Column("Важность", width=15, is_choice=True),
        Column(f"Ход за {grid.days(len(journal.nights))}", width=26, is_drawn=True),
        Column("Наибольшая доля, %", "number", 12),
        *(Column(f"{journal.day(place):%d.%m.%Y}", "number", 11) for place in shown),
    )  # fmt: skip
    rows = tuple(
        (
            grid.text(rule.rule_id, rule_address(rule)), grid.text(requirement(rule)),
            grid.severity(rule.latest.severity),
            Cell(drawings.summary(rule), drawing=drawings.history(rule)),
            grid.share(*(drawings.highest(rule) or (None, None))),
            *(_square(rule.results[place]) for place in shown),
        )
        for rule in journal.rules
    )  # fmt: skip
    return Table("matrix", "Исходы по ночам", "Матрица", columns, rows)


def _square(result: Result | None) -> Cell:
    if result is None:
        return grid.BLANK
    code = result.outcome.code
    if code in _MATRIX_WORDS:
        return Cell(_MATRIX_WORDS[code], sign=code)
    return grid.count(result.rows_failed)._replace(sign=code)


def results(journal: Journal, rule: Rule) -> Table:
    """Every shown night of a rule, the newest first."""
    columns = (
        Column("Ночь", "date", 12), Column("Исход", width=18, is_choice=True),
        Column("Проверено строк", "number", 13), Column("Нарушений", "number", 12), Column("Доля, %", "number", 10),
        Column("По счёту Great Expectations", "number", 14), Column("Ошибка", width=34, is_code=True),
    )  # fmt: skip
    rows = []
    for place in reversed(rule.places):
        one = rule.result(place)
        rows.append((
            grid.day(journal.day(place)), grid.outcome(one.outcome), grid.count(one.rows_checked),
            grid.count(one.rows_failed), grid.share(one.rows_failed, one.rows_checked),
            grid.count(one.gx_failed), grid.text(one.error_class) if one.error_class else grid.BLANK,
        ))  # fmt: skip
    return Table(
        "results", "Результаты по ночам", "Результаты", columns, tuple(rows), part=("Правило", rule.rule_id)
    )


def versions(rule: Rule) -> Table:
    """The versions of the rule and the nights that were examined by them, the newest first."""
    columns = (
        Column("Версия", width=10), Column("Важность", width=18), Column("С ночи", "date", 12),
        Column("По ночь", "date", 12),
    )  # fmt: skip
    rows = tuple(
        (grid.text(one.version), grid.severity(one.severity), grid.day(one.first), grid.day(one.last))
        for one in reversed(rule.versions)
    )
    return Table("versions", "Версии правила", "Версии", columns, rows, part=("Правило", rule.rule_id))


def wordings(rule: Rule) -> Table:
    """What the rule said, and from which night on."""
    columns = (
        Column("С ночи", "date", 12), Column("Требование", width=40), Column("Как исправить", width=40),
        Column("Ответственный", width=16, is_choice=True), Column("Правовое основание", width=36),
        Column("Поля", width=22, is_code=True), Column("Поле профиля", width=10),
    )  # fmt: skip
    rows = tuple(
        (
            grid.day(said.since), grid.text(said.text), grid.text(said.remedy), grid.text(said.owner),
            grid.text(said.legal_basis), grid.text(", ".join(said.columns)), grid.text(said.leaf_code or "–"),
        )
        for said in reversed(rule.words)
    )  # fmt: skip
    return Table(
        "wordings", "Формулировки правила", "Формулировки", columns, rows,
        part=("Правило", rule.rule_id), empty="Слова этого правила не записаны ни одним запуском.",
    )  # fmt: skip


def by_school(rule: Rule, issues: Issues, newest: dt.date) -> Table:
    """Where the open issues of a rule lie, the most first."""
    counts: Counter[tuple[str, str]] = Counter()
    oldest: dict[tuple[str, str], dt.date] = {}
    opened = [(one.org_id, one.first_night) for one in issues.of(rule.rule_id) if one.is_open]
    for (org_id, first_night), number in Counter(opened).items():
        place = place_of(org_id, issues)
        counts[place] += number
        oldest[place] = min(oldest.get(place, newest), first_night)
    columns = (
        Column("Муниципальное образование", width=32), Column("Организация", width=40),
        Column("Открытых нарушений", "number", 13), Column("Самое давнее с ночи", "date", 13),
    )  # fmt: skip
    rows = tuple(
        (
            grid.text(municipality),
            grid.text(school),
            grid.count(number),
            grid.day(oldest[municipality, school]),
        )
        for (municipality, school), number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    return Table(
        "schools", "Где открыты нарушения", "Организации", columns, rows,
        part=("Правило", rule.rule_id), empty="Открытых нарушений нет.",
    )  # fmt: skip


def place_of(org_id: str | None, issues: Issues) -> tuple[str, str]:
    """Municipality and school of a row. A code that is in no list of schools may be anything, and is not shown."""
    if org_id is None:
        return "–", "без организации"
    school = issues.schools.get(org_id)
    return ("–", UNKNOWN) if school is None else (school.municipality or "–", school.name)


def key_pages_of(rule: Rule, issues: Issues) -> int:
    """How many tables the keys of a rule fill."""
    return -(-len(issues.of(rule.rule_id)) // KEYS_PER_PAGE)


def keys(rule: Rule, issues: Issues) -> Iterator[Table]:
    """The pseudonymous keys of a rule, the open ones first and the oldest before the others; a table per page."""
    known = sorted(
        issues.of(rule.rule_id),
        key=lambda one: (not one.is_open, one.first_night, one.row_key or "", one.org_id or ""),
    )
    for number in range(1, key_pages_of(rule, issues) + 1):
        yield _keys(rule, issues, known[(number - 1) * KEYS_PER_PAGE : number * KEYS_PER_PAGE], number)


def _keys(rule: Rule, issues: Issues, page: Sequence[Issue], number: int) -> Table:
    columns = (
        Column("Ключ строки", width=38, is_code=True), Column("Ключ обучающегося", width=38, is_code=True),
        Column("Муниципальное образование", width=32), Column("Организация", width=40),
        Column("С ночи", "date", 12), Column("Последняя ночь", "date", 12), Column("Исправлено", "date", 12),
    )  # fmt: skip
    places = {org_id: place_of(org_id, issues) for org_id in {one.org_id for one in page}}
    rows = tuple(
        (
            one.row_key or "без идентификатора", one.student_key or "–", *places[one.org_id],
            grid.day(one.first_night).text, grid.day(one.last_night).text,
            grid.day(one.mended_on).text if one.mended_on else "открыто",
        )
        for one in page
    )  # fmt: skip
    return Table(
        f"keys-{number}", "Ключи строк с нарушением", "Ключи", columns, (),
        part=("Правило", rule.rule_id), plain_rows=rows,
    )  # fmt: skip


def keys_note(rule: Rule, issues: Issues) -> str:
    """How the open keys stand to the rows that the newest night counted."""
    opened = sum(one.is_open for one in issues.of(rule.rule_id))
    told = f"Открытых ключей: {formats.count_text(opened)}"
    nameless = issues.nameless.get(rule.rule_id, 0)
    return told + (
        f"; строк без идентификатора, у которых ключа нет: {formats.count_text(nameless)}."
        if nameless
        else "."
    )
