"""The steps of upkeep by name: what a task of the DAG, or a person, runs; each says in Russian what it did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from o7_warehouse import bootstrap, server
from o7_warehouse.errors import CatalogueError
from o7_warehouse.report.formats import count_text, instant_text
from o7_warehouse.upkeep.backup import backup, read_note
from o7_warehouse.upkeep.drill import drill
from o7_warehouse.upkeep.expire import expire
from o7_warehouse.upkeep.outcome import noted
from o7_warehouse.upkeep.reconcile import reconcile
from o7_warehouse.upkeep.sweep import clean_airflow, leftovers, vacuum
from o7_warehouse.upkeep.tidy import tidy

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from o7_warehouse.settings import Settings
    from o7_warehouse.upkeep.drill import Drilled

MINUTE: Final = 60
REPLAYED: Final = {
    True: " Последняя ночь построена из нее заново, значения те же.",
    False: (
        " Заново последняя ночь не строилась: ночей нет, ее построила другая версия программы, ее записи не хранятся"
        " или из них уничтожались данные лиц."
    ),
    None: "",
}


def perform(settings: Settings, step: str) -> str:
    """Do one step; returns what it did. Raises CatalogueError for a step nobody knows, and what the step raises."""
    if step not in STEPS:
        raise CatalogueError(f"Upkeep has no step {step!r}, so nothing was done. Steps: {', '.join(STEPS)}.")
    with noted(settings, step):
        # What the steps need may be newer than the night that ran last.
        bootstrap.ensure(settings, server.address(settings) if settings.needs_server else None)
        return STEPS[step](settings)


def _expire(settings: Settings) -> str:
    return f"По срокам хранения удалено записей: {_told(expire(settings))}"


def _tidy(settings: Settings) -> str:
    return f"По срокам хранения удалено файлов: {_told(tidy(settings, now=datetime.now(UTC)))}"


def _backup(settings: Settings) -> str:
    folder = backup(settings, now=datetime.now(UTC))
    note = read_note(folder)
    return f"Копия: {folder}, {note.bytes / 2**20:.1f} МиБ, последняя ночь {note.night or 'не опубликована'}"


def _drill(settings: Settings) -> str:
    return told_restore(drill(settings, now=datetime.now(UTC)))


def _reconcile(settings: Settings) -> str:
    done = reconcile(settings)
    if done is None:
        return "Сверять нечего: следующая ночь построит всех учащихся"
    return (
        f"Ночь {done.night:%d.%m.%Y} построена заново для всех учащихся, отличий нет: таблиц "
        f"{count_text(done.tables)}, строк {count_text(done.rows)}"
    )


def _orphans(settings: Settings) -> str:
    gone = leftovers(settings, now=datetime.now(UTC))
    return f"Остатков прерванных команд удалено: {count_text(len(gone))}" + (
        f" ({', '.join(gone)})" if gone else ""
    )


def _airflow(settings: Settings) -> str:
    before = clean_airflow(settings, now=datetime.now(UTC))
    if before is None:
        return "Из таблиц Airflow ничего не удалено: он здесь не работал или срока нет"
    return f"Из таблиц Airflow удалено то, что раньше {instant_text(before)}"


def _vacuum(settings: Settings) -> str:
    before, after = (size / 2**20 for size in vacuum(settings))
    return f"Таблицы очищены, статистика обновлена: было {before:.0f} МиБ, стало {after:.0f} МиБ"


def told_restore(done: Drilled) -> str:
    """What a restore gave, beside the warehouse or in its place; RPO is the age of the copy, RTO how long it took."""
    return (
        f"Копия восстановлена и сверена: последняя ночь {done.note.night or 'не опубликована'}, значений "
        f"{count_text(done.note.figures)}, проверок последней ночи {count_text(done.rules)}."
        f"{REPLAYED[done.is_replayed]} "
        f"RPO: {done.lost_seconds / MINUTE:.1f} мин. RTO: {done.restore_seconds:.0f} с."
    )


def _told(removed: Counter[str]) -> str:
    places = ", ".join(f"{place} — {count_text(count)}" for place, count in sorted(removed.items()))
    return f"{count_text(removed.total())}" + (f" ({places})" if places else "")


STEPS: Final[dict[str, Callable[[Settings], str]]] = {
    "expire": _expire, "tidy": _tidy, "backup": _backup, "drill": _drill, "reconcile": _reconcile,
    "orphans": _orphans, "airflow": _airflow, "vacuum": _vacuum,
}  # fmt: skip
