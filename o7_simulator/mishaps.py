"""What happens to the files of a night between О7 and whoever receives them; sizes and hashes stay true."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_simulator.csv_drop import MANIFEST, write_manifest
from o7_simulator.forms import Line, Written, read_lines
from o7_simulator.people import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

# Of every entity the second column.
MODIFIED_AT = 1


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that happens to the folder of a night, and how a person would say it."""

    says: str
    spoil: Callable[[Path], None]


def date_back(folder: Path, before: Path, *, to: str) -> None:
    """Let every row that is new against the night before claim to be of an old instant, as rows do that come late."""
    for path in sorted(folder.glob("*.csv")):
        known = set(_lines(before / path.name))
        header, *rows = _lines(path)
        late = [_with(row, MODIFIED_AT, to) if row not in known else row for row in rows]
        if late != rows:
            _write(folder, path.stem, [header, *late])


def _new_keys(folder: Path) -> None:
    header, *rows = _lines(folder / "contact.csv")
    # A row without an identity has none under new ones either.
    renamed = [_with(row, 0, row[0] and f"n{row[0]}") for row in rows]
    _write(folder, "contact", [header, *renamed])


def _new_column(folder: Path) -> None:
    header, *rows = _lines(folder / "student.csv")
    _write(folder, "student", [(*header, "locker_no"), *((*row, "7") for row in rows)])


def _without_rows(folder: Path) -> None:
    _write(folder, "student", _lines(folder / "student.csv")[:1])


def _twice(folder: Path) -> None:
    header, *rows = _lines(folder / "enrollment_event.csv")
    copies = [_with(row, 0, row[0] and f"{row[0]}b") for row in rows]
    _write(folder, "enrollment_event", [header, *rows, *copies])


def _half(folder: Path) -> None:
    header, *rows = _lines(folder / "person.csv")
    _write(folder, "person", [header, *rows[: len(rows) // 2]])


def _renamed_column(folder: Path) -> None:
    header, *rows = _lines(folder / "person.csv")
    _write(folder, "person", [tuple("surname" if name == "last_name" else name for name in header), *rows])


def _cut(folder: Path) -> None:
    path = folder / "person.csv"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


# From its night on, every later delivery is so.
LASTING = {
    "new_keys": Mishap("О7 сменил идентификаторы контактов", _new_keys),
    "new_column": Mishap("в файле учащихся появился новый столбец", _new_column),
}
# Delivered so first, and mended afterwards.
SPOILT = {
    "empty": Mishap("файл учащихся без единой строки", _without_rows),
    "twice": Mishap("события зачисления выгружены дважды", _twice),
    "half": Mishap("выгружена половина физических лиц", _half),
    "renamed_column": Mishap("столбец переименован", _renamed_column),
    "cut": Mishap("файл оборван при передаче", _cut),
}


def _lines(path: Path) -> list[Line]:
    return list(read_lines(path.read_text("utf-8")))


def _with(row: Line, place: int, value: str | None) -> Line:
    return (*row[:place], value, *row[place + 1 :])


def _write(folder: Path, entity: str, lines: Sequence[Line]) -> None:
    """Write a file anew, and its entry of the manifest with it."""
    path = folder / f"{entity}.csv"
    text = "".join(";".join("" if one is None else quoted(one) for one in line) + "\n" for line in lines)
    path.write_text(text, "utf-8", newline="\n")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    stamps = [stamp for line in lines[1:] if (stamp := line[MODIFIED_AT]) is not None]
    [entry] = [one for one in manifest["files"] if one["entity"] == entity]
    entry |= Written(entity, path, rows=len(lines) - 1).listed()
    entry |= {"min_modified_at": min(stamps, default=None), "max_modified_at": max(stamps, default=None)}
    write_manifest(folder, manifest)
