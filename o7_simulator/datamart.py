"""Transport T2 as the vendor's data mart exports it (domain §5.2): whole the first night, then what changed.

CSV with `;` and quoted values, local time without a zone, identities behind an installation's prefix, files of at
most 500 rows for each operation.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from o7_simulator.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_simulator.catalogues import Column, Contract
    from o7_simulator.forms import Line, Written

PREFIX = "o7-kbr."
CHUNK = 500


class Datamart:
    """Remembers the last night of each entity, to tell what has changed since."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._base: str | None = None
        self._last: dict[str, list[Line]] = {}

    def entries(self) -> dict[str, Any]:
        """The form, its prefix, and the night that is changed."""
        return {"form": "datamart", "prefix": PREFIX, "base": self._base}

    def write(self, folder: Path, entity: str, lines: list[Line]) -> Iterator[Written]:
        """The rows of the first night, or the changes since the last one; at least one file, if only a header."""
        from o7_simulator.forms import Written  # noqa: PLC0415 - it names this form

        operations = {"create": lines} if self._base is None else _changes(entity, self._last[entity], lines)
        self._last[entity] = lines
        columns = self._contract.entities[entity]
        written = False
        for operation, rows in operations.items():
            for number, start in enumerate(range(0, len(rows), CHUNK), start=1):
                chunk = rows[start : start + CHUNK]
                path = folder / f"rdm_{entity}.{operation}.{number:04}.csv"
                _write(path, columns, chunk)
                yield Written(entity, path, len(chunk), operation)
                written = True
        if not written:
            path = folder / f"rdm_{entity}.create.0001.csv"
            _write(path, columns, [])
            yield Written(entity, path, 0)

    def end_night(self, night: str) -> None:
        """The next night tells what changed since this one."""
        self._base = night


def _changes(entity: str, before: list[Line], now: list[Line]) -> dict[str, list[Line]]:
    """Operation -> rows, by the key in the first column."""
    old, new = Counter(before), Counter(now)
    gone, come = list((old - new).elements()), list((new - old).elements())
    old_keys, new_keys = Counter(line[0] for line in before), Counter(line[0] for line in now)
    for line in (*gone, *come):
        if line[0] is None or max(old_keys[line[0]], new_keys[line[0]]) > 1:
            raise TargetError(
                f"{entity}: rows without a key, or with the key of another, changed overnight; the data mart's form "
                "cannot say of which. Make a world of one night, or in another form."
            )
    return {
        "create": [line for line in come if not old_keys[line[0]]],
        "update": [line for line in come if old_keys[line[0]]],
        "delete": [line for line in gone if not new_keys[line[0]]],
    }


def _write(path: Path, columns: tuple[Column, ...], lines: list[Line]) -> None:
    header = ";".join(column.name for column in columns)
    body = (
        ";".join(_field(column, value) for column, value in zip(columns, line, strict=True)) for line in lines
    )
    path.write_text("\n".join((header, *body)) + "\n", "utf-8", newline="\n")


def _field(column: Column, value: str | None) -> str:
    if value is None:
        return ""
    if column.is_identity and value:
        value = PREFIX + value
    elif column.type == "instant":
        value = value.removesuffix("+03:00").replace("T", " ")
    doubled = value.replace('"', '""')
    return f'"{doubled}"'
