"""What a check of an edition may find, and its words for whoever reads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is not as it was sealed."""

    set_missing = "set_missing"
    file_missing = "file_missing"
    file_extra = "file_extra"
    file_changed = "file_changed"
    manifest_changed = "manifest_changed"
    ledger_differs = "ledger_differs"
    rows_differ = "rows_differ"
    rows_gone = "rows_gone"
    rows_new = "rows_new"


WORDS: Final = {
    Kind.set_missing: "папки редакции нет",
    Kind.file_missing: "файла нет",
    Kind.file_extra: "лишний файл",
    Kind.file_changed: "файл изменён",
    Kind.manifest_changed: "опись изменена",
    Kind.ledger_differs: "журнал и опись называют разные файлы",
    Kind.rows_differ: "строки таблицы не те, что были скреплены",
    Kind.rows_gone: "строк таблицы в хранилище больше нет",
    Kind.rows_new: "в таблице появились строки этой сборки",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that is not as it was sealed: a file, or a table with its first cell and how many rows differ."""

    kind: Kind
    file: str = ""
    table: str = ""
    row: str = ""
    column: str = ""
    sealed: str | None = None
    found: str | None = None
    rows: int = 0
