"""The menu of the pages and the sentences of the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages import waivers
from o7_warehouse.audit_pages.tables_nights import state_of
from o7_warehouse.report import formats

if TYPE_CHECKING:
    from o7_warehouse.audit_pages.material import Material

MENU: Final = (
    ("index.html", "Обзор"),
    ("changes.html", "Изменения"),
    ("rules.html", "Правила"),
    ("matrix.html", "Правила и ночи"),
    ("nights.html", "Ночи"),
    ("quarantine.html", "Карантин"),
    ("waivers.html", "Отсрочки"),
    ("coverage.html", "Покрытие"),
    ("seals.html", "Печати и подписи"),
)
CONTENTS: Final = (
    (
        "changes.html",
        "Изменения",
        "какие правила стали нарушаться, какие снова соблюдаются, что открыто и с какой ночи",
    ),
    ("rules.html", "Правила", "каждое правило: требование, правовое основание, ответственный, версия, исход"),
    ("matrix.html", "Правила и ночи", "исход каждого правила в каждую ночь, ход доли нарушений"),
    ("nights.html", "Ночи", "запуски, их состояние, число строк, ревизия программы"),
    ("quarantine.html", "Карантин", "строки, которые нельзя отнести к месту: по организациям и срокам"),
    (
        "waivers.html",
        "Отсрочки",
        "о каких нарушениях решено молчать: кто, почему, до какой ночи, до скольких строк",
    ),
    ("coverage.html", "Покрытие", "поля контракта, на которые смотрят правила, и поля без правил"),
    ("seals.html", "Печати и подписи", "цепочка печатей журнала и подписи аудиторов"),
)
BOOK: Final = ("journal.xlsx", "Книга XLSX", "все таблицы этих страниц с теми же числами")


def number_of(count: int, one: str, few: str, many: str) -> str:
    """`1 правило`, `3 правила`, `12 правил`."""
    return f"{formats.count_text(count)}{formats.NBSP}{formats.plural(count, one, few, many)}"


def alarm(material: Material) -> str:
    """What must be seen first: a damaged chain; empty when it is sound."""
    damages = len(material.chain.damages)
    if not damages:
        return ""
    return (
        f"Цепочка печатей повреждена, находок: {formats.count_text(damages)}. Страницам об этих запусках верить "
        "нельзя; подробности — в разделе «Печати и подписи»."
    )


def overview(material: Material) -> tuple[str, ...]:
    """The state of the newest night in four sentences."""
    journal, night = material.journal, material.newest
    told = [
        (
            f"Ночь {formats.date_digits(night.night)}: {state_of(night)}, запуск № {night.run_no}, проверено "
            f"{number_of(len(journal.current), 'правило', 'правила', 'правил')}."
        )
    ]
    later = list(journal.nights[journal.latest + 1 :])
    if later:
        told.append(
            "Позже были запуски, которые остановились до проверки правил: ночи "
            f"{', '.join(formats.date_digits(one.night) for one in later)}."
        )
    told.append(_changes(material))
    quarantine = material.newest.rows_quarantined
    told.append(
        "Счёт строк этой ночи не записан."
        if quarantine is None
        else f"В карантине {number_of(quarantine, 'строка', 'строки', 'строк')} из "
        f"{formats.count_text(night.rows_in or 0)} переданных."
    )
    told.append(waivers_state(material))
    told.append(seals_state(material))
    return tuple(told)


def _changes(material: Material) -> str:
    if material.journal.previous is None:
        return "Это первая проверенная ночь из показанных, сравнить её не с чем."
    before = formats.date_digits(material.journal.day(material.journal.previous))
    opened, mended, still = (
        len(material.shared[f"changes-{name}"].rows) for name in ("opened", "mended", "still")
    )
    return (
        f"С ночи {before}: стали нарушаться {number_of(opened, 'правило', 'правила', 'правил')}, снова соблюдаются "
        f"{formats.count_text(mended)}, остаются нарушенными {formats.count_text(still)}."
    )


def seals_state(material: Material) -> str:
    """How many seals there are, whether their links hold, and how many have signed."""
    chain = material.chain
    if chain.head is None:
        return "Печатей нет: ни один запуск ещё не завершён."
    state = "все звенья сходятся" if not chain.damages else f"повреждений: {len(chain.damages)}"
    return (
        f"В цепочке {number_of(len(chain.seals), 'печать', 'печати', 'печатей')}, {state}; подписей аудиторов: "
        f"{len(chain.signed)}."
    )


def waivers_state(material: Material) -> str:
    """How many waivers the newest night has, and how many of them keep nothing silent any more."""
    found = waivers.on(material.waivers, material.newest.night)
    if not found:
        return "Отсрочек в эту ночь нет."
    lost = sum(one.state != "silent" for one in found)
    return (
        f"{number_of(len(found), 'отсрочка', 'отсрочки', 'отсрочек')}, из них превышено или истекло: "
        f"{formats.count_text(lost)}."
    )
