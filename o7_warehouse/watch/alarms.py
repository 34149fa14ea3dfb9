"""The alarms there are: code, who mends it, and its words; each has a page of the same name in docs/runbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.report.formats import date_digits, plain_yo

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

RUNBOOK: Final = "docs/runbook"
WAREHOUSE_SILENT, SCHEDULER_SILENT = "warehouse_silent", "scheduler_silent"
DISK_LOW, BACKUP_OLD, CALENDAR_MISSING = "disk_low", "backup_old", "calendar_missing"
NIGHT_MISSING, NIGHT_STUCK, NIGHT_FAILED = "night_missing", "night_stuck", "night_failed"
SOURCE_SILENT, DELIVERY_REFUSED, GATE_CLOSED = "source_silent", "delivery_refused", "gate_closed"
DRAFT_LATE, SIGNATURE_WAITS, EDITION_LATE = "draft_late", "signature_waits", "edition_late"
UPKEEP_FAILED = "upkeep_failed"
OUTBOX_STUCK, LETTER_UNSENT = "outbox_stuck", "letter_unsent"

# Code -> its name for an operator and on the page of the portal.
ALARMS: Final[Mapping[str, str]] = {
    NIGHT_MISSING: "Данные устарели: ночь не опубликована в срок",
    NIGHT_STUCK: "Ночь идет слишком долго",
    NIGHT_FAILED: "Ночь завершилась ошибкой",
    SOURCE_SILENT: "О7 не отвечает",
    DELIVERY_REFUSED: "Поставка О7 не принята",
    GATE_CLOSED: "Проверка остановила публикацию",
    DRAFT_LATE: "Проект отчета не подготовлен в срок",
    SIGNATURE_WAITS: "Проект отчета ждет утверждения",
    EDITION_LATE: "Отчет не выпущен в срок",
    OUTBOX_STUCK: "Редакция не дошла до получателя",
    WAREHOUSE_SILENT: "База данных хранилища не отвечает",
    SCHEDULER_SILENT: "Планировщик не работает",
    DISK_LOW: "Заканчивается место на диске",
    BACKUP_OLD: "Нет свежей резервной копии",
    UPKEEP_FAILED: "Обслуживание хранилища не выполнено",
    CALENDAR_MISSING: "Календарь не внесен",
    LETTER_UNSENT: "Письмо о тревогах не отправлено",
}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Which alarm, and of what: of a period, of an edition; nothing where there can be only one."""

    code: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An alarm that holds now, and what was found; never a child's data."""

    key: Key
    said: str


def found(code: str, said: str, subject: str = "") -> Found:
    """An alarm that holds now, in the plain letters of a report."""
    return Found(Key(code, subject), plain_yo(said))


def title_of(key: Key) -> str:
    """The name of an alarm with what it is about."""
    return ALARMS[key.code] + (f" ({key.subject})" if key.subject else "")


def runbook_of(code: str) -> str:
    """Where its page lies: what it means, what to look at, whether to run again or to clear."""
    return f"{RUNBOOK}/{code}.md"


def day(of: dt.date) -> str:
    """A day as a sentence names it."""
    return date_digits(of)
