"""The words that go with a set, for whoever receives it: Russian, the same at every attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.report.formats import MOSCOW, NBSP, count_text, date_digits, plain_yo, plural
from o7_warehouse.report.letterhead import load_letterhead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.outbox.messages import Message

SUMS: Final = "SHA256SUMS"
LETTER: Final = "Сопроводительное письмо.txt"


def subject_of(message: Message) -> str:
    """`Показатели цифровой зрелости: IV квартал 2025 года (редакция 2025-Q4-01)`."""
    period = message.edition.period
    return f"Показатели цифровой зрелости общего образования: {period.name} (редакция {message.edition})"


def letter_text(message: Message, history: Sequence[Event]) -> str:
    """What is sent, of when and in which revision; each file with its SHA-256; how to check it.

    ``history`` is what happened to the edition. Raises ReportError where no letterhead is in force.
    """
    issued = next(one for one in history if one.event == "issued")
    day = issued.recorded_at.astimezone(MOSCOW).date()
    edition, count = message.edition, len(message.files)
    names = [name for name in load_letterhead(day).names if name.language == "ru"]
    head = "\n".join(line for name in names for line in name.lines)
    opening = (
        f"Направляется редакция отчета {edition}: значения показателей цифровой зрелости отрасли «образование "
        f"(общее)» за период «{edition.period.name}» по состоянию на {date_digits(issued.night)}. "
        f"Редакция утверждена, дата выпуска – {date_digits(day)}."
    )
    attached = plural(count, "Приложен {} файл:", "Приложены {} файла:", "Приложено {} файлов:").format(count)
    closing = (
        "Письмо составлено автоматически. Сведений об отдельных обучающихся приложения не содержат.\n"
        f"Обозначение отправления: {message.key}"
    )
    parts = [
        head,
        opening,
        *_revision(history),
        attached,
        *_file_lines(message),
        _how_to_check(message),
        closing,
    ]
    return plain_yo("\n\n".join(parts)) + "\n"


def sums_text(message: Message) -> str:
    """The list that ``sha256sum --check`` reads."""
    return "".join(f"{one.sha256}  {one.path}\n" for one in message.files)


def _revision(history: Sequence[Event]) -> list[str]:
    last = [one for one in history if one.event == "draft"][-1]
    if last.edition.revision == 1:
        return []
    number = last.edition.revision
    return [
        f"Редакция {number:02} заменяет редакцию {number - 1:02} того же периода. Причина: {_ended(last.reason or '')}"
    ]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _file_lines(message: Message) -> list[str]:
    return [
        f"{number}. {one.path}\n   {count_text(one.bytes)}{NBSP}{plural(one.bytes, 'байт', 'байта', 'байт')}\n"
        f"   SHA-256: {one.sha256}"
        for number, one in enumerate(message.files, start=1)
    ]


def _how_to_check(message: Message) -> str:
    return (
        "Как проверить. Вычислите SHA-256 каждого файла и сравните с приведенным выше: в Windows – командой "
        "certutil -hashfile ФАЙЛ SHA256, в Linux – командой sha256sum ФАЙЛ. Если хотя бы одно значение не совпало, "
        "не используйте файлы и запросите редакцию повторно.\n"
        f"Опись редакции в журнале Министерства (SHA-256): {message.manifest_sha256}"
    )
