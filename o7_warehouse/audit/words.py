"""What a check of the audit found, in the auditors' words."""

from __future__ import annotations

from typing import Final

from o7_warehouse.audit.findings import Kind

KINDS: Final = {
    Kind.changed: "строка изменена",
    Kind.removed: "строка удалена",
    Kind.inserted: "строка вставлена",
    Kind.column_removed: "столбец или таблица удалены",
    Kind.keys: "ключи не те, что скреплены",
    Kind.seal_changed: "печать изменена",
    Kind.seal_removed: "печати нет",
    Kind.seal_misplaced: "перед печатью стояла другая",
    Kind.run_removed: "запуск опубликованной ночи удалён",
    Kind.head_unknown: "сохранённого звена нет в цепочке",
    Kind.erased: "ключи уничтожены по акту, остальные те же",
    Kind.addition: "ещё не скреплена (скрепит следующий запуск)",
    Kind.at_work: "запуск не завершён, ещё не скреплён",
}
