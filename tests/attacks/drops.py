"""Attacks of whoever can write into the folder of a delivery: manifests, links, files that are not what they were."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.contract import read_contract
from o7_warehouse.sources import csv_file, listed_file, manifest
from tests.attacks.catalogue import Attack, having, refused, without
from tests.attacks.packages import SMUGGLED, Kept
from tests.deliveries import read_manifest, write_manifest
from tests.faults.corpus.drops import read_whole, write_file
from tests.faults.corpus.kinds import CSV, HEADER, LINE
from tests.faults.corpus.sheets import ENTITY, good_sheet, workbook

if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from pathlib import Path

STOLEN: Final = HEADER + LINE.replace("Нальчик", "SMUGGLED")
ANYTHING: Final = re.compile(r".+", re.DOTALL)


def drop(folder: Path, content: str | bytes = CSV, *, rows: int = 1) -> Path:
    """A drop of one CSV file in an empty folder."""
    shutil.rmtree(folder / "csv", ignore_errors=True)
    return write_file(folder / "csv", content if isinstance(content, bytes) else content.encode(), rows=rows)


def listing(place: Path, **changed: Any) -> None:
    """Change what the manifest says of its one file."""
    content = read_manifest(place)
    content["files"][0] |= changed
    write_manifest(place, content)


def told_of(content: bytes) -> dict[str, Any]:
    """What a manifest says truly of a content."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read(place: Path) -> tuple[int, bytes]:
    """Rows and content of what the warehouse would get. Raises O7Error."""
    kept = Kept()
    sink: io.RawIOBase = kept  # type: ignore[assignment]
    return read_whole(place, sink), kept.content


def steals(check: str, lay: Callable[[Path], Path]) -> Callable[[Path], bool]:
    """Whether the words of a file that was never delivered come out of a drop laid out so."""

    def attempt(folder: Path) -> bool:
        place, got = lay(folder), []
        return not refused(check, lambda: got.append(read(place))) and SMUGGLED in got[0][1]

    return attempt


def outside(folder: Path) -> Path:
    """A file beside the drops, which nobody delivered."""
    path = folder / "outside.csv"
    path.write_text(STOLEN, encoding="utf-8")
    return path


def naming(name: Callable[[Path], str]) -> Callable[[Path], Path]:
    """A drop whose manifest names a file outside."""

    def lay(folder: Path) -> Path:
        place = drop(folder)
        listing(place, file=name(outside(folder)), **told_of(STOLEN.encode()))
        return place

    return lay


def linked(folder: Path) -> Path:
    """A drop whose file is a link to one outside."""
    place = drop(folder, STOLEN)
    path = place / f"{ENTITY}.csv"
    path.unlink()
    path.symlink_to(outside(folder))
    return place


def manifest_linked(folder: Path) -> Path:
    """A drop whose manifest is a link to somebody else's."""
    place = drop(folder, STOLEN)
    path, other = place / manifest.FILE_NAME, folder / "other.json"
    other.unlink(missing_ok=True)
    path.rename(other)
    path.symlink_to(other)
    return place


def exchanged(folder: Path) -> Path:
    """A drop whose file was exchanged after its manifest was written, by one of the same size."""
    place = drop(folder, STOLEN.replace("SMUGGLED", "DELIVERE"))
    (place / f"{ENTITY}.csv").write_text(STOLEN, encoding="utf-8")
    return place


def lengthened(folder: Path) -> Path:
    """A drop to whose file somebody added a row; the manifest tells truly how many rows there are and what they hash to."""
    content = STOLEN + LINE
    place = drop(folder, STOLEN)
    (place / f"{ENTITY}.csv").write_text(content, encoding="utf-8")
    listing(place, rows=2, sha256=told_of(content.encode())["sha256"])
    return place


def of_another_contract(folder: Path) -> Path:
    """A drop of a contract whose columns mean other things."""
    place = drop(folder, STOLEN)
    write_manifest(place, read_manifest(place) | {"contract": "another"})
    return place


def accepted(check: str, lay: Callable[[Path], Path]) -> Callable[[Path], bool]:
    """Whether a drop laid out so is read to its end."""
    return lambda folder: not refused(check, lambda: read(lay(folder)))


def hides_rows(folder: Path) -> bool:
    """Whether three rows vanish behind a quotation mark that is never closed."""
    content = HEADER + LINE.replace(";Н", ';"Н') + LINE * 2
    got: list[tuple[int, bytes]] = []
    # A record that never ends is none.
    place = drop(folder, content, rows=0)
    return not refused("quote_open", lambda: got.append(read(place))) and got[0][0] == 0


def manifest_only(folder: Path, text: str) -> Callable[[], object]:
    """A manifest of this text, read by itself."""
    folder.mkdir(exist_ok=True)
    (folder / manifest.FILE_NAME).write_text(text, encoding="utf-8")
    return lambda: manifest.read_manifest(folder, read_contract())


def overflows(folder: Path) -> bool:
    """Whether a manifest nested without end stops the reader by an error that tells nobody anything."""
    try:
        return not refused("manifest_unusable", manifest_only(folder / "deep", "[" * 200_000))
    except RecursionError:
        return True


def swallows(folder: Path) -> bool:
    """Whether a manifest of seventeen megabytes is read into memory."""
    text = json.dumps(read_manifest(drop(folder, STOLEN))) + " " * 17 * 2**20
    return not refused("manifest_unusable", manifest_only(folder / "long", text))


def declares(**entries: Any) -> Callable[[Path], bool]:
    """Whether a manifest of files made by hand may say this."""

    def attempt(folder: Path) -> bool:
        place = write_file(folder / "xlsx", workbook(good_sheet()))
        content = read_manifest(place)
        content["files"] = [content["files"][0] | entries.get("file", {})] * entries.get("times", 1)
        write_manifest(place, content | entries.get("whole", {}))
        return not refused("manifest_unusable", lambda: manifest.read_manifest(place, read_contract()))

    return attempt


_LISTED: Final = [
    ("a manifest that names a file in the folder above", "manifest_unusable",
     steals("manifest_unusable", naming(lambda path: f"../{path.name}")), having(manifest, "BARE_NAME", ANYTHING)),
    ("a manifest that names a file by its whole path", "manifest_unusable",
     steals("manifest_unusable", naming(str)), having(manifest, "BARE_NAME", ANYTHING)),
    ("a file that is a link to another place", "file_missing",
     steals("file_missing", linked), without(listed_file, "opened", " | os.O_NOFOLLOW")),
    ("a manifest that is a link to another place", "manifest_missing",
     steals("manifest_missing", manifest_linked), without(manifest, "_content", "path.is_symlink() or ")),
    ("a file that was exchanged after its manifest was written", "file_hash",
     steals("file_hash", exchanged), without(listed_file, "check_digest", "found != listed.sha256", "False")),
    ("a file that grew on its way", "file_size",
     steals("file_size", lengthened), without(listed_file, "opened", "found.st_size != listed.size", "False")),
    ("a file with fewer rows than its manifest promises", "file_rows",
     accepted("file_rows", lambda folder: drop(folder, rows=2)),
     without(listed_file, "check_rows", "found != listed.rows", "False")),
    ("a delivery of another contract", "contract_name",
     steals("contract_name", of_another_contract),
     without(manifest, "read_manifest", 'content.get("contract") != contract.name', "False")),
    ("a quotation mark that swallows the rows behind it", "quote_open", hides_rows,
     without(csv_file, "stream", "if counter.is_quoted:", "if False:")),
    ("a row of twenty megabytes", "record_too_long",
     accepted("record_too_long", lambda folder: drop(folder, HEADER + LINE.replace("Нальчик", "0" * 20 * 2**20))),
     having(csv_file, "LONGEST_RECORD", 10**9)),
    ("two thousand columns", "columns_too_many",
     accepted("columns_too_many", lambda folder: drop(folder, ";".join(["source_id", *(f"c{n}" for n in range(2000))]) + "\n", rows=0)),
     having(csv_file, "MOST_COLUMNS", 10**9)),
    ("a manifest nested without end", "manifest_unusable", overflows,
     without(manifest, "_content", "except (ValueError, RecursionError)", "except (ValueError, KeyError)")),
    ("a manifest of seventeen megabytes", "manifest_unusable", swallows, having(manifest, "LARGEST_BYTES", 10**9)),
    ("a file that is listed twice, so that everybody in it is counted twice", "manifest_unusable", declares(times=2),
     without(manifest, "_listed_files", "file.path in seen or ")),
    ("a file made by hand that deletes rows of others", "manifest_unusable", declares(file={"operation": "delete"}),
     without(manifest, "_listed_files", 'file.operation != "create" and form != "datamart"', "False")),
    ("files made by hand that change an earlier night", "manifest_unusable", declares(whole={"base": "2025-12-14"}),
     without(manifest, "read_manifest", 'form != "datamart" and (prefix or base is not None)', "False")),
]  # fmt: skip
ATTACKS: Final = [
    Attack(code=f"DROP-{number:02}", name=name, defence=f"the check {check} of the reader of drops", attempt=attempt, removed=removed)
    for number, (name, check, attempt, removed) in enumerate(_LISTED, start=1)
]  # fmt: skip
