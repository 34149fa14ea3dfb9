"""The sentences at the head of each page, and what is said of one rule; made of the values the tables show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_warehouse.audit_pages import drawings, grid, waivers
from o7_warehouse.audit_pages.outcomes import severity_word
from o7_warehouse.audit_pages.tables_rules import SHOWN_NIGHTS
from o7_warehouse.audit_pages.words import number_of, seals_state, waivers_state
from o7_warehouse.report import formats
from o7_warehouse.rules import UNREAD

if TYPE_CHECKING:
    from o7_warehouse.audit_pages.journal import Rule
    from o7_warehouse.audit_pages.material import Material


def of_rules(material: Material) -> tuple[str, ...]:
    """Which rules the catalogue holds."""
    gone = len(material.journal.rules) - len(material.journal.current)
    return (
        (
            f"Правила, которые проверялись за показанные ночи: {formats.count_text(len(material.journal.rules))}, "
            f"из них снято: {formats.count_text(gone)}. Слова каждого правила — те, что записаны в журнал."
        ),
    )


def of_matrix(material: Material) -> tuple[str, ...]:
    """How to read the matrix."""
    shown = min(SHOWN_NIGHTS, len(material.journal.examined))
    return (
        (
            "Числа — строки с нарушением; «–» — правило не проверено, «х» — неприменимо по контракту. Ночей с числами: "
            f"{shown}, новые слева. Рисунок показывает все ночи, слева старые: линия сверху — доля строк с "
            "нарушением (наибольшая названа рядом), полоса снизу — исход: высокий столбик — нарушено, разорванный — "
            "ошибка проверки, пустой — не проверено, черта посередине — неприменимо, низкая черта — соблюдено."
        ),
    )


def of_changes(material: Material) -> tuple[str, ...]:
    """Which nights are compared."""
    journal = material.journal
    if journal.previous is None:
        return ("Это первая проверенная ночь из показанных, сравнить её не с чем.",)
    told = [
        (
            f"Ночь {formats.date_digits(journal.day(journal.latest))} против ночи "
            f"{formats.date_digits(journal.day(journal.previous))}. Нарушенным считается и правило, которое не удалось "
            "проверить: непроверенное правило не есть соблюдённое."
        )
    ]
    told.append(
        "Строки прослеживаются от одной опубликованной ночи к следующей; ночь, в которую правило не считалось, "
        "ничего не исправляет."
        if material.newest.is_published
        else "Ночь не опубликована, поэтому строки по отдельности не прослежены."
    )
    return tuple(told)


def of_nights(material: Material) -> tuple[str, ...]:
    """What stands for a night."""
    nights = len(material.journal.nights)
    more = " В журнале есть и более ранние." if material.journal.has_earlier else ""
    return (
        (
            f"Показано {grid.days(nights)}.{more} За ночь стоит её опубликованный запуск, а если она не опубликована — "
            "последний, который проверил её строки."
        ),
    )


def of_quarantine(material: Material) -> tuple[str, ...]:
    """How the rows of the tables stand to those of the night's account."""
    rows = material.newest.rows_quarantined
    account = "не записан" if rows is None else number_of(rows, "строка", "строки", "строк")
    return (
        (
            "Строка в карантине не попадает в расчёт: у неё нет идентификатора, он повторяется, или запись, на которую "
            "она ссылается, не передана. Она возвращается сама, когда источник исправлен."
        ),
        (
            f"По счёту строк ночи {formats.date_digits(material.newest.night)} в карантине: {account}. Таблицы "
            "показывают строки последней опубликованной ночи; каждая из равных копий записи — отдельная строка."
        ),
    )


def of_waivers(material: Material) -> tuple[str, ...]:
    """What a waiver does, and what it does not."""
    return (
        waivers_state(material),
        (
            "Нарушение под отсрочкой не останавливает ночь и не входит в сводку, пока строк в её области не больше "
            "предела и срок не вышел. Показатели, статусы полей и числа правил отсрочка не меняет: на остальных "
            "страницах они те же."
        ),
    )


def of_coverage(material: Material) -> tuple[str, ...]:
    """What counts as covered."""
    return (
        (
            f"Контракт поставки {material.contract.version} против правил ночи "
            f"{formats.date_digits(material.newest.night)}. «Только форма записи» — о поле известно лишь, что дату, "
            "число или признак можно прочитать; его содержание не проверяется. "
            f"Поле {UNREAD} есть в каждой записи; его читает проверка поставки, до правил."
        ),
    )


def of_seals(material: Material) -> tuple[str, ...]:
    """What was recomputed for the page, and what was not."""
    head = material.chain.head
    told = [
        seals_state(material),
        "Для этих страниц пересчитаны звенья цепочки. Строки под печатями сверяет команда ./o7 audit verify.",
    ]
    if head is not None:
        told.append(
            f"Последнее звено — запуск № {head.run_no}, ночь {formats.date_digits(head.night)}: {head.chain}. "
            "Сохраните его вне хранилища."
        )
    return tuple(told)


def of_keys(material: Material, rule: Rule) -> tuple[str, ...]:
    """What the keys are."""
    return (
        (
            f"Правило {rule.rule_id}. Ключи — псевдонимы: одна и та же строка каждую ночь имеет один ключ, а чья она, "
            "знает только школа в О7. Сначала открытые нарушения, старые выше; нарушения, исправленные до "
            f"{formats.date_digits(material.journal.day(0))}, не показаны."
        ),
    )


def facts(material: Material, rule: Rule) -> list[tuple[str, str, str]]:
    """What stands at the head of a rule's page: label, words, and the sign of an outcome."""
    latest, says = rule.latest, rule.says
    is_current = rule.results[material.journal.latest] is not None
    outcome = latest.outcome.word if is_current else "больше не проверяется"
    if is_current and latest.is_counted:
        outcome += (
            f", {number_of(latest.rows_failed or 0, 'строка', 'строки', 'строк')} из "
            f"{formats.count_text(latest.rows_checked or 0)}"
        )
    version = rule.versions[-1]
    told = [
        ("Исход", outcome, latest.outcome.code if is_current else ""),
        ("Что проверяется", material.entity_names.get(rule.entity, rule.entity), ""),
        ("Важность", severity_word(latest.severity), ""),
        ("Версия", f"{version.version}, с ночи {formats.date_digits(version.first)}", ""),
    ]
    told += [
        (
            "Отсрочка",
            (
                f"{one.waiver_id}: {one.word}, по {formats.date_digits(one.until)}, не больше "
                f"{number_of(one.ceiling, 'строки', 'строк', 'строк')}; {one.scope or waivers.EVERYWHERE}; {one.reason}"
            ),
            "",
        )
        for one in waivers.on(material.waivers, material.newest.night)
        if one.rule_id == rule.rule_id
    ]
    if says is not None:
        told += [
            ("Поля", ", ".join(says.columns), ""),
            ("Правовое основание", says.legal_basis, ""),
            ("Как исправить", says.remedy, ""),
            ("Ответственный", says.owner, ""),
        ]
        told += [("Поле профиля", says.leaf_code, "")] if says.leaf_code else []
    return told


def course(rule: Rule) -> str:
    """The caption of the drawing."""
    top = drawings.highest(rule)
    if top is None:
        return "Доля строк с нарушением: ни в одну ночь не сосчитана"
    return f"Доля строк с нарушением по ночам; наибольшая {formats.percent_text(formats.share_of(*top))}"
