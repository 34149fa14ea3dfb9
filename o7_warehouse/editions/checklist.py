"""The release checklist: what keeps an edition from being issued, and what its approver must know (peers §1.6).

A check is one function over the facts; what it returns is the Russian sentence shown to the approver, or nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.facts import Facts, read_facts
from o7_warehouse.report.formats import NBSP, count_text, date_digits, plural, points_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import EditionId
    from o7_warehouse.editions.states import LastNight
    from o7_warehouse.settings import Settings

PASSED: Final = "pass"
MANUAL: Final = "T3"
# A waiver that keeps its rule silent needs no word more.
WAIVERS: Final = {"silent": "", "exceeded": ", отсрочка превышена", "ended": ", отсрочка закончилась"}
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check says: its name, whether it blocks, what it demands, and what was found (None: nothing)."""

    check: str
    is_blocking: bool
    demands: str
    found: str | None


@dataclass(frozen=True, slots=True)
class Checklist:
    """The outcome of every check, in the order in which they are read."""

    outcomes: tuple[Outcome, ...]

    @property
    def blocking(self) -> list[Outcome]:
        """What keeps the edition from going on."""
        return [one for one in self.outcomes if one.is_blocking and one.found]

    @property
    def warnings(self) -> list[Outcome]:
        """What the approver takes upon himself."""
        return [one for one in self.outcomes if not one.is_blocking and one.found]

    def as_detail(self) -> dict[str, Any]:
        """What the ledger keeps of it."""
        return {"checklist": [asdict(one) for one in self.outcomes]}


def examine(
    cursor: Cursor,
    settings: Settings,
    edition: EditionId,
    frozen: LastNight,
    *,
    today: dt.date,
    disclosure: Mapping[str, Any] | None = None,
) -> Checklist:
    """Ask every check about an edition over a frozen build, on a day in Moscow. Raises CatalogueError.

    ``disclosure`` is how much a draft under way hides; of one that was made the ledger knows it.
    """
    facts = read_facts(cursor, settings, edition, frozen, today=today, disclosure=disclosure)
    return Checklist(
        tuple(Outcome(name, is_blocking, demands, find(facts)) for name, is_blocking, demands, find in CHECKS)
    )


def _published_anew(facts: Facts) -> str | None:
    if facts.stands:
        return None
    return (
        f"Ночь {date_digits(facts.night)} после составления проекта опубликована заново. "
        "Составьте проект ещё раз."
    )


def _not_passed(facts: Facts) -> str | None:
    if facts.verdict == PASSED:
        return None
    found = "не проводился" if facts.verdict is None else "не пройден"
    return f"Выходной контроль сборки за ночь {date_digits(facts.night)} {found}."


def _not_sealed(facts: Facts) -> str | None:
    return None if facts.is_sealed else "Запуск, опубликовавший ночь, не завершён или не скреплён печатью."


def _uncontrolled(facts: Facts) -> str | None:
    if facts.disclosure is not None:
        return None
    return "Проект составлен без скрытия малых численностей. Составьте проект ещё раз."


def _hidden(facts: Facts) -> str | None:
    told = facts.disclosure or {}
    few, hidden = told.get("few", 0), told.get("hidden", 0)
    if not few + hidden:
        return None
    also = f" Среди них значения по республике: {_some(told['headlines'])}." if told["headlines"] else ""
    return (
        f"Скрыто значений: {count_text(few + hidden)} из {count_text(told['figures'])}, в том числе менее "
        f"{told['threshold']}{NBSP}человек — {count_text(few)}; остальные — чтобы скрытое нельзя было вычислить."
        f"{also}{_presumed(told.get('presumed', 0))}"
    )


def _presumed(count: int) -> str:
    """What the editions before leave to a reader who takes for granted what none of them says."""
    if not count:
        return ""
    return (
        f" После прежних редакций {count_text(count)}{NBSP}{plural(count, 'число', 'числа', 'чисел')} может угадать "
        "тот, кто предположит, что скрытое теперь не изменилось."
    )


def _early_night(facts: Facts) -> str | None:
    last_day = facts.edition.period.last_day
    if facts.night == last_day:
        return None
    days = (last_day - facts.night).days
    return (
        f"Показатели даны на {date_digits(facts.night)}: последняя опубликованная ночь периода на {days}{NBSP}"
        f"{plural(days, 'день', 'дня', 'дней')} раньше его последнего дня ({date_digits(last_day)})."
    )


def _incomplete(facts: Facts) -> str | None:
    without = [indicator for indicator, numerator in facts.numerators.items() if numerator is None]
    parts = []
    if without:
        one = plural(len(without), "Показатель", "Показатели", "Показатели")
        parts.append(f"{one} {_some(without)} без значения: выгрузка неполная.")
    if facts.absent_leaves:
        parts.append(f"О7 не передал поля профиля: {_some(facts.absent_leaves)}.")
    return " ".join(parts) or None


def _schools(facts: Facts) -> str | None:
    missing = facts.schools_expected - facts.schools_delivered
    if not missing:
        return None
    return (
        f"Сведения есть по {count_text(facts.schools_delivered)} из {count_text(facts.schools_expected)} школ; "
        f"нет — по {count_text(missing)}{NBSP}{plural(missing, 'школе', 'школам', 'школам')}."
    )


def _quarantined(facts: Facts) -> str | None:
    if not facts.rows_quarantined:
        return None
    return (
        f"Строк в карантине: {count_text(facts.rows_quarantined)} из {count_text(facts.rows_in)}; "
        "в показатели они не вошли."
    )


def _waivers(facts: Facts) -> str | None:
    if not facts.waivers:
        return None
    told = [f"{rule} ({count_text(rows)}{WAIVERS[state]})" for rule, state, rows in facts.waivers]
    return f"При контроле ночи учтены отсрочки; правила и число строк с нарушением: {_some(told)}."


def _unsigned(facts: Facts) -> str | None:
    return None if facts.signed_by else f"Ночь {date_digits(facts.night)} не подписана аудитором."


def _manual(facts: Facts) -> str | None:
    return "Сведения переданы ручной выгрузкой." if facts.transport == MANUAL else None


def _changed(facts: Facts) -> str | None:
    if not facts.changed:
        return None
    told = [f"{what} — с {date_digits(day)}" for day, what in facts.changed]
    return f"Внутри периода изменились определения: {_some(told)}."


def _drifted(facts: Facts) -> str | None:
    if facts.before is None:
        return None
    told = []
    for indicator, now in facts.denominators.items():
        then = facts.denominators_before.get(indicator)
        if then is None or abs(now - then) > facts.drift_tolerance * then:
            told.append(f"{indicator}: {_movement(then, now)}")
    if not told:
        return None
    return f"Знаменатели заметно отличаются от редакции {facts.before}: {'; '.join(told)}."


def _movement(then: int | None, now: int) -> str:
    if then is None:
        return f"{count_text(now)}, прежде показателя не было"
    percent = f" ({points_text(Decimal(100 * (now - then)) / then)}{NBSP}%)" if then else ""
    return f"было {count_text(then)}, стало {count_text(now)}{percent}"


def _overdue(facts: Facts) -> str | None:
    if facts.due is None or facts.due.approval is None or facts.today <= facts.due.approval:
        return None
    return f"Срок утверждения прошёл {date_digits(facts.due.approval)}."


def _some(words: list[str]) -> str:
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" и ещё {more}" if more > 0 else "")


# Name, whether it blocks, what it demands, and the check.
CHECKS: Final[tuple[tuple[str, bool, str, Callable[[Facts], str | None]], ...]] = (
    ("night_stands", True, "Замороженная сборка опубликована и не заменена", _published_anew),
    ("gate_out_passed", True, "Выходной контроль пройден", _not_passed),
    ("run_sealed", True, "Запуск завершён и скреплён печатью", _not_sealed),
    ("disclosure_controlled", True, "Малые численности скрыты", _uncontrolled),
    ("few_hidden", False, "Скрывать нечего: численностей менее порога нет", _hidden),
    ("last_day", False, "Заморожена ночь последнего дня периода", _early_night),
    ("delivery_complete", False, "Выгрузка полная, у каждого показателя есть значение", _incomplete),
    ("schools_delivered", False, "Сведения есть по всем школам", _schools),
    ("nothing_quarantined", False, "В карантине нет строк", _quarantined),
    ("no_waivers", False, "Отсрочек нет", _waivers),
    ("night_signed", False, "Ночь подписана аудитором", _unsigned),
    ("not_manual", False, "Сведения получены без ручной выгрузки", _manual),
    ("definitions_unchanged", False, "Определения внутри периода не менялись", _changed),
    ("denominators_steady", False, "Знаменатели близки к предыдущей редакции", _drifted),
    ("in_time", False, "Срок утверждения не прошёл", _overdue),
)
