"""A second night on which one row of every kind changed, one vanished and one came, each for pupils of its own.

What changed for a pupil can hide that nobody saw what else changed for him; so no two changes share one.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING

from o7_warehouse.contract import read_contract
from o7_warehouse.touched import STUDENT, reach_of
from tests.deliveries import read_manifest, rewrite, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from o7_warehouse.contract import Entity

Row = dict[str, str]
Rows = list[Row]
OTHER_DAY, OTHER_INSTANT = "2025-11-03", "2025-11-03T12:00:00+03:00"


def second_night(first: Path, second: Path) -> dict[str, set[str]]:
    """Write the night after ``first``, equal to it but for the changes; returns entity -> the pupils they reach."""
    shutil.copytree(first, second)
    entities = read_contract().entities
    rows = {entity.name: _read(second, entity) for entity in entities}
    reached = _broad(rows, first.name)
    busy = set().union(*reached.values())
    # A row of somebody who is in no register reaches nobody.
    known = {row["source_id"] for row in rows["student"]} & {row["source_id"] for row in rows["person"]}
    # Where few have a row of a kind they are taken first.
    for entity in sorted(entities, key=lambda one: len(rows[one.name])):
        reach, column = reach_of(entity)
        if reach == "pupil":
            free = iter(sorted(({row[column] for row in rows[entity.name]} & known) - busy))
            reached[entity.name] = _narrow(entity, rows[entity.name], column, free)
            busy |= reached[entity.name]
    for entity in entities:
        _write(second, entity, rows[entity.name])
    manifest = read_manifest(second)
    night = dt.date.fromisoformat(first.name) + dt.timedelta(days=1)
    snapshot_at = dt.datetime.fromisoformat(manifest["snapshot_at"]) + dt.timedelta(days=1)
    write_manifest(second, manifest | {"night": night.isoformat(), "snapshot_at": snapshot_at.isoformat()})
    return reached


def _narrow(entity: Entity, rows: Rows, column: str, free: Iterator[str]) -> set[str]:
    """Change a row of one pupil; take one of another away and give a third one more, where a pupil may have several."""
    changed = next(free)
    row = next(row for row in rows if row[column] == changed)
    row.update(_otherwise(entity, row))
    if column != STUDENT:
        return {changed}
    gone, came = next(free), next(free)
    rows.remove(next(row for row in rows if row[column] == gone))
    rows.append(next(row for row in rows if row[column] == came) | {"source_id": f"{came}-more"})
    return {changed, gone, came}


def _otherwise(entity: Entity, row: Row) -> Row:
    """Another value in every column that is no identity and no link."""
    values: Row = {}
    for column in entity.columns:
        if column.is_key or column.parent is not None or column.name == "modified_at":
            continue
        now = row[column.name]
        values[column.name] = {
            "boolean": "false" if now == "true" else "true",
            "integer": "1" if now != "1" else "2",
            "date": OTHER_DAY if now != OTHER_DAY else "",
            "instant": OTHER_INSTANT if now != OTHER_INSTANT else "",
            "text": "" if now else "иное",
        }[column.type]
    return values


def _broad(rows: dict[str, Rows], night: str) -> dict[str, set[str]]:
    """Change a school, another one's grading periods, a class, the advice to a class, and two resources."""
    pupils_of = {column: _pupils_by(rows["enrollment_event"], column) for column in ("org_id", "class_id")}
    holders = _pupils_by(rows["access_grant_student"], "resource_id")
    public = {row["source_id"] for row in rows["organization"] if row["founder_code"] == "3"}
    schools = iter(sorted(public, key=lambda school: len(pupils_of["org_id"][school])))
    moved, late, renamed, advised = (next(schools) for _ in range(4))
    advice = next(row for row in rows["class_recommendation"] if row["org_id"] == advised)
    name = next(
        row for row in rows["class"] if row["org_id"] == renamed and pupils_of["class_id"][row["source_id"]]
    )
    # The evidence of this one ends with the first night: the same row decides otherwise on the second.
    [ended] = [row["resource_id"] for row in rows["content_verification"] if row["valid_to"] == night]
    resource = min(holders.keys() - {ended}, key=lambda one: len(holders[one]))
    _set(rows["organization"], "source_id", moved, founder_code="2")
    _set(rows["grading_period"], "org_id", late, ends_on="2026-05-25")
    name["name"] = "11 «Я»" if not name["name"].startswith("11") else "10 «Я»"
    advice["offered_at"] = "2024-01-15T10:00:00+03:00"
    _set(rows["content_resource"], "source_id", resource, platform="Другая")
    reached = {
        "organization": pupils_of["org_id"][moved],
        "grading_period": pupils_of["org_id"][late],
        "class": pupils_of["class_id"][name["source_id"]],
        "class_recommendation": pupils_of["class_id"][advice["class_id"]],
        "content_verification": holders[ended],
        "content_resource": holders[resource],
    }
    return {entity: pupils - _others(reached, entity) for entity, pupils in reached.items()}


def _others(reached: dict[str, set[str]], entity: str) -> set[str]:
    return set().union(*(pupils for other, pupils in reached.items() if other != entity))


def _pupils_by(rows: Rows, column: str) -> dict[str, set[str]]:
    pupils: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        pupils[row[column]].add(row[STUDENT])
    return pupils


def _set(rows: Rows, column: str, value: str, **values: str) -> None:
    for row in rows:
        if row[column] == value:
            row.update(values)


def _read(folder: Path, entity: Entity) -> Rows:
    """The rows; a cell between empty quotes is read as an empty one, so what does not change is never written anew."""
    with (folder / f"{entity.name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _write(folder: Path, entity: Entity, rows: Iterable[Row]) -> None:
    path = folder / f"{entity.name}.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    before = _read(folder, entity)
    assert len(before) == len(lines), "a row stands on several lines"
    delivered = {row["source_id"]: (row, line) for row, line in zip(before, lines, strict=True)}
    written = [
        line if known == row else _line(entity, row)
        for row in rows
        for known, line in [delivered.get(row["source_id"], (None, ""))]
    ]
    rewrite(folder, entity.name, "".join([header, *written]).encode(), rows=len(written))


def _line(entity: Entity, row: Row) -> str:
    text = io.StringIO()
    csv.DictWriter(text, entity.column_names, delimiter=";", lineterminator="\n").writerow(row)
    return text.getvalue()
