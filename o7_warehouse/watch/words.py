"""What stopped something, in Russian: alarms are read by people who need not know the program's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from o7_warehouse.errors import O7Error

# Class of an error, or the word for an end without one -> what it means; the classes are those of errors.py.
REASONS: Final[Mapping[str, str]] = {
    "TransientError": "Временная причина.",
    "SourceUnavailableError": "О7 не ответила или замолчала.",
    "WarehouseUnavailableError": "База данных хранилища не ответила или оборвала соединение.",
    "NightAtWorkError": "Уже выполняется другая ночь.",
    "BrokerUnavailableError": "Redis не отвечает, поэтому задания не доходят до исполнителей.",
    "MailWaitsError": "Почтовый сервер не отвечает или просит подождать.",
    "PermanentError": "Причина сама не пройдет: нужен человек.",
    "SettingsError": "Настройки не заданы или противоречат друг другу.",
    "CommandError": "Команда просит о том, чего сделать нельзя.",
    "ServerError": "Встроенный сервер PostgreSQL нельзя создать или запустить.",
    "MemoryShortError": "Процессу не хватило памяти, которую ему разрешено занять.",
    "StatementError": "База данных хранилища отказала в запросе.",
    "SchemaVersionError": "Таблицы хранилища созданы более новой версией программы.",
    "CatalogueError": "Справочник или файл определений противоречив или неполон.",
    "ContractError": "Поставка О7 не той формы, которую обещает контракт.",
    "DeliveryError": "Форма поставки верна, но ее содержанию нельзя доверять.",
    "GateError": "Проверка остановила ночь: показатели были бы неверны.",
    "NightError": "Не та ночь, вторая ночь одновременно или запуск, который уже заменен другим.",
    "ReportError": "Отчет нельзя составить.",
    "AuditError": "Журнал не тот, что был скреплен.",
    "EditionError": "Редакция не в том состоянии, которое нужно шагу, или не та, что была скреплена.",
    "OutboxError": "Письмо не принято, или неизвестно, принято ли оно.",
    "DisclosureError": "Показатель редакции нельзя ни назвать, ни скрыть, не выдав сведений о лицах.",
    "ErasureError": "Осталось что-то от уничтоженных данных, или копию нельзя восстановить.",
    "LapseError": "Прожитый месяц прошел не так, как должен.",
    "killed": "Запуск прерван извне или заменен другим; как он закончился, никто не записал.",
    "unknown": "Шаг оборвался и не назвал причины: он прерван извне или встретил непредвиденную ошибку.",
}


def meaning(reason: str) -> str:
    """What a reason means; one that is not known, as that of another version, is told as it is."""
    return REASONS.get(reason, f"Причина: {reason}.")


def reason_text(reason: str, message: str) -> str:
    """What a reason means, and after it what the program itself said."""
    return f"{meaning(reason)} Сообщение программы: {message}"


def error_text(error: O7Error) -> str:
    """The same of an error."""
    return reason_text(type(error).__name__, str(error))
