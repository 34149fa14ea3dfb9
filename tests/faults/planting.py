"""Ways to break a drop folder. What is not broken on purpose stays true: sizes, hashes and rows of the manifest."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from o7_warehouse.contract import read_contract
from tests.deliveries import read_manifest, rewrite, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

POISON = "poison-"


def lines_of(folder: Path, entity: str) -> list[bytes]:
    """The lines of a file with their ends."""
    return (folder / f"{entity}.csv").read_bytes().splitlines(keepends=True)


def rows_of(folder: Path, entity: str) -> list[dict[str, str]]:
    """The rows of a file; empty text and nothing are alike here."""
    with (folder / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def with_rows(
    folder: Path, entity: str, rows: Iterable[dict[str, str]], without: tuple[str, ...] = ()
) -> None:
    """Write a file anew, its manifest entry with it; ``without`` leaves columns out."""
    header = lines_of(folder, entity)[0].decode().strip().split(";")
    names = [name for name in header if name not in without]
    text, count = io.StringIO(), 0
    writer = csv.DictWriter(text, names, delimiter=";", lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
        count += 1
    rewrite(folder, entity, text.getvalue().encode(), rows=count)


def with_manifest(**entries: object) -> Callable[[Path], None]:
    """A manifest with other entries; None takes one out."""

    def change(folder: Path) -> None:
        content = read_manifest(folder) | entries
        write_manifest(folder, {key: value for key, value in content.items() if value is not None})

    return change


def with_listed(of: str, /, **entries: object) -> Callable[[Path], None]:
    """A manifest that says something else of one file."""

    def change(folder: Path) -> None:
        content = read_manifest(folder)
        for file in content["files"]:
            if file["entity"] == of:
                file.update(entries)
        write_manifest(folder, content)

    return change


def with_lines(
    entity: str, change: Callable[[list[bytes]], list[bytes]], rows: int | None = None
) -> Callable[[Path], None]:
    """A file with other lines, which the manifest describes as they are; its count of rows only where given."""

    def write(folder: Path) -> None:
        rewrite(folder, entity, b"".join(change(lines_of(folder, entity))), rows=rows)

    return write


def with_line(entity: str, number: int, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """The same for one line, counted from 1."""
    return with_lines(
        entity, lambda lines: [*lines[: number - 1], change(lines[number - 1]), *lines[number:]]
    )


def in_encoding(entity: str, encoding: str) -> Callable[[Path], None]:
    """A file in another encoding."""

    def write(folder: Path) -> None:
        text = (folder / f"{entity}.csv").read_text(encoding="utf-8")
        rewrite(folder, entity, text.encode(encoding, errors="replace"))

    return write


def without_column(entity: str, column: str) -> Callable[[Path], None]:
    """A file without one of its columns."""
    return lambda folder: with_rows(folder, entity, rows_of(folder, entity), without=(column,))


def unlisted(entity: str) -> Callable[[Path], None]:
    """A drop that never speaks of an entity."""

    def take_out(folder: Path) -> None:
        (folder / f"{entity}.csv").unlink()
        content = read_manifest(folder)
        content["files"] = [file for file in content["files"] if file["entity"] != entity]
        write_manifest(folder, content)

    return take_out


def only(entity: str, keep: Callable[[int, dict[str, str]], bool]) -> Callable[[Path], None]:
    """A file with some of its rows."""
    return lambda folder: with_rows(
        folder, entity, [row for number, row in enumerate(rows_of(folder, entity)) if keep(number, row)]
    )


def of_schools_outside(oktmo: str, entity: str) -> Callable[[Path], None]:
    """A file without the rows of one municipality."""

    def write(folder: Path) -> None:
        schools = {
            row["source_id"] for row in rows_of(folder, "organization") if row["municipality_oktmo"] == oktmo
        }
        with_rows(folder, entity, [row for row in rows_of(folder, entity) if row["org_id"] not in schools])

    return write


def with_values(entity: str, **values: str) -> Callable[[Path], None]:
    """A file whose rows all have these values."""
    return lambda folder: with_rows(folder, entity, [row | values for row in rows_of(folder, entity)])


def cut(entity: str, *, is_admitted: bool) -> Callable[[Path], None]:
    """A file that ends in the middle of a row; where admitted, the manifest was made after it was cut."""

    def write(folder: Path) -> None:
        path = folder / f"{entity}.csv"
        lines = lines_of(folder, entity)
        content = b"".join(lines[:200]) + lines[200][: len(lines[200]) // 2]
        if is_admitted:
            rewrite(folder, entity, content, rows=200)
        else:
            path.write_bytes(content)

    return write


def replaced_by_link(folder: Path) -> None:
    """A file that is a link to another place."""
    path = folder / "person.csv"
    target = folder.parent / "elsewhere.csv"
    path.rename(target)
    path.symlink_to(target)


def with_poison(folder: Path) -> int:
    """One row more in every file of rows of pupils, of a pupil nobody knows; returns how many rows these are.

    But for enrolments: whoever is enrolled is somebody the figures miss, and the gate out bounds these.
    """
    poisoned = [
        entity.name
        for entity in read_contract().entities
        if "student_id" in entity.parents and entity.name != "enrollment_event"
    ]
    poisoned = [entity for entity in poisoned if len(lines_of(folder, entity)) > 1]
    for entity in poisoned:
        lines = lines_of(folder, entity)
        header, first = (line.decode().strip().split(";") for line in lines[:2])
        values = dict(zip(header, first, strict=False))
        foreign = lines[1].replace(values["source_id"].encode(), f"{POISON}{entity}".encode())
        foreign = foreign.replace(values["student_id"].encode(), b"nobody")
        rewrite(folder, entity, b"".join([*lines, foreign]), rows=len(lines))
    return len(poisoned)
