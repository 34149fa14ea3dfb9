"""An explanation in the words of the ministry; figures are rounded and written by ``report.formats``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.explain import tables
from o7_warehouse.explain.persons import persons
from o7_warehouse.explain.section import Column, Section, count, share
from o7_warehouse.report.formats import NBSP, bind, count_text, date_digits, instant_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.explain.facts import Definition, Explanation

TRANSPORTS: Final = {
    "T1": "реплика базы данных",
    "T2": "файлы ночной выгрузки",
    "T3": "ручная выгрузка (XLSX)",
}
CATALOGUES: Final = {
    "indicators": "показатель",
    "indicator_readings": "официальное прочтение",
    "profile_rules": "правило профиля",
}
# What a rule may ask beside the leaves.
BESIDE_LEAVES: Final = {
    "contact_group": "верный контакт",
    "identity_conflict": "отсутствие конфликта идентификации",
    "filled_share": "установленная доля заполненных полей",
}


def title(explanation: Explanation) -> str:
    """Which indicator of whom."""
    unit = explanation.unit
    name = f"{unit.org_unit_name}, {unit.parent_name}" if unit.level == "class" else unit.org_unit_name
    return f"Показатель {explanation.indicator}: {name}"


def sections(explanation: Explanation) -> tuple[Section, ...]:
    """All that there is to tell, in the order a reader asks."""
    told = (
        _figure(explanation),
        _order(explanation),
        tables.losses(explanation),
        tables.wins(explanation),
        persons(explanation),
        tables.controls(explanation),
        tables.interpretations(explanation),
        _source(explanation),
        tables.batches(explanation),
    )
    return tuple(section for section in told if section.paragraphs or section.rows)


def _figure(explanation: Explanation) -> Section:
    figure, formula = explanation.figure, explanation.formula
    quotient = f"{count(figure.numerator)} / {count_text(figure.denominator)} × 100{NBSP}%"
    value = percent_text(share(figure.numerator, figure.denominator))
    paragraphs = (
        f"{explanation.name}.",
        f"Значение = числитель / знаменатель × 100{NBSP}% = {quotient} = {value}",
        f"Числитель: {formula.numerator_label}.",
        f"Знаменатель: {formula.denominator_label}.",
        f"Официальное прочтение {formula.reading}: {formula.reading_label}.",
        *_requirements(explanation),
        *_interval(explanation),
    )
    return Section(title="Значение", paragraphs=tuple(map(bind, paragraphs)))


def _requirements(explanation: Explanation) -> Iterator[str]:
    asked = explanation.formula.requirements
    if asked:
        leaves = ", ".join(one for one in asked if one not in BESIDE_LEAVES)
        beside = "".join(f", {BESIDE_LEAVES[one]}" for one in asked if one in BESIDE_LEAVES)
        yield f"Правило требует, если поле применимо и его срок наступил: {leaves}{beside}."


def _interval(explanation: Explanation) -> Iterator[str]:
    interval, figure = explanation.interval, explanation.figure
    if interval is None:
        return
    if interval.unplaced == 0:
        yield "Вне подсчета из-за карантина нет никого: интервал значения совпадает с самим значением."
        return
    everybody = figure.denominator + interval.unplaced
    raised = None if figure.numerator is None else figure.numerator + interval.unplaced
    yield (
        f"Вне подсчета из-за карантина: {count_text(interval.unplaced)} чел. Если бы все они учитывались против "
        f"показателя, значение было бы {percent_text(share(figure.numerator, everybody))}, если за — "
        f"{percent_text(share(raised, everybody))}."
    )


def _order(explanation: Explanation) -> Section:
    return Section(
        title="Формулировки приказа от 10.11.2021 № 22/1001",
        paragraphs=tuple(f"«{_inner(one.wording)}» ({one.legal_place})" for one in explanation.wordings),
    )


def _inner(text: str) -> str:
    """A quotation inside a quotation takes the other marks."""
    return text.replace("«", "„").replace("»", "“")


def _source(explanation: Explanation) -> Section:
    build = explanation.build
    return Section(
        title="Определения, сборка и снимок данных",
        columns=(Column("Что"), Column("Значение")),
        rows=(
            *(_definition(one) for one in explanation.definitions),
            ("Снимок данных О7", instant_text(build.snapshot_at)),
            ("Способ поставки", f"{TRANSPORTS[build.transport]}, договор данных {build.contract_version}"),
            ("Сборка", build.build_id),
            ("Редакция программы", build.code_revision),
            ("Опубликовано", instant_text(build.published_at)),
        ),
    )


def _definition(definition: Definition) -> tuple[str, str]:
    version = f", версия {definition.version}" if definition.version else ""
    since = f"действует с {date_digits(definition.valid_from)}"
    return f"Определение: {CATALOGUES[definition.catalogue]}", f"{definition.key}{version}, {since}"
