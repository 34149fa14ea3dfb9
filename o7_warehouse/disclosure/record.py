"""What an edition told and hid, kept with it for those that follow: the only writer and reader of its record.

The record holds the true counts, as the other sealed rows of an edition do, and stays within the ministry with them.
"""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.disclosure.board import Told
from o7_warehouse.disclosure.cells import Cell, Interval, Key, Sign, Standing, Sum, Tables

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from o7_warehouse.disclosure.suppress import Outcome

FILE: Final = "data_disclosure.jsonl.gz"


def packed(outcome: Outcome) -> bytes:
    """The record of an outcome: a line for each cell in the order of their addresses, then one for each sum.

    Before them stands one that says so, where the edition was loosened from those before it.
    """
    content = io.BytesIO()
    # Neither the name nor the hour is packed, so that the same outcome is the same bytes.
    with gzip.GzipFile(filename="", fileobj=content, mode="wb", mtime=0) as file:
        for line in _lines(outcome):
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return content.getvalue()


def unpacked(content: bytes, *, name: str, night: dt.date) -> Told:
    """An edition from its record. Raises OSError, EOFError or ValueError for what is none."""
    tables, order = Tables(), list[Key]()
    signs: dict[Key, Sign] = {}
    plain, is_loosened = set[Key](), False
    for text in gzip.decompress(content).decode().splitlines():
        line = json.loads(text)
        if "loosened" in line:
            is_loosened = True
            continue
        if "whole" in line:
            tables.sums.append(
                Sum(*(tuple(order[place] for place in line[side]) for side in ("whole", "parts")))
            )
            continue
        key = Key(*line["key"])
        order.append(key)
        required = line["required"]
        tables.cells[key] = Cell(
            key, line["value"], Standing(line["standing"]), line["weight"],
            None if required is None else Interval(*required), is_withheld=line["withheld"],
        )  # fmt: skip
        if line["sign"] is not None:
            signs[key] = Sign(line["sign"])
        if line["plain"]:
            plain.add(key)
    return Told(name, tables, signs, frozenset(plain), night.isoformat(), is_loosened)


def _lines(outcome: Outcome) -> Iterator[dict[str, Any]]:
    if outcome.presumed:
        yield {"loosened": True}
    order = sorted(outcome.tables.cells)
    places = {key: place for place, key in enumerate(order)}
    for key in order:
        cell, sign = outcome.tables.cells[key], outcome.signs.get(key)
        yield {
            "key": list(key), "value": cell.value, "standing": cell.standing.value, "weight": cell.weight,
            "required": None if cell.required is None else list(cell.required), "withheld": cell.is_withheld,
            "sign": None if sign is None else sign.value, "plain": key in outcome.plain,
        }  # fmt: skip
    for one in outcome.tables.sums:
        yield {"whole": [places[key] for key in one.whole], "parts": [places[key] for key in one.parts]}
