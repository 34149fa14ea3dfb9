"""Where the sets of editions lie, and whether a set is the one the ledger says was drafted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.findings import Finding, Kind
from o7_warehouse.editions.manifest import NAME, OWN_HASH, own_hash
from o7_warehouse.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import EditionId, Event
    from o7_warehouse.settings import Settings

_FILES: Final = """
    select path, bytes, sha256 from audit.edition_file where edition_id = %(edition)s and event_no = (
        select max(event_no) from audit.edition_event where edition_id = %(edition)s and event = 'draft'
    )
    order by path collate "C"
"""
_SHEET, _SET = 0o444, 0o555


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a set, as the ledger and the manifest name it."""

    path: str
    bytes: int
    sha256: str


def editions_folder(settings: Settings) -> Path:
    """Where all editions lie."""
    return settings.state / "editions"


def set_folder(settings: Settings, edition: EditionId) -> Path:
    """Where the set of an edition lies."""
    return editions_folder(settings) / str(edition)


def listed(files: Mapping[str, bytes]) -> list[Listed]:
    """The entries of a set of files, by name."""
    return [
        Listed(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in sorted(files.items())
    ]


def drafted_files(cursor: Cursor, edition: EditionId) -> list[Listed]:
    """The files of the last draft, as the ledger has them."""
    cursor.execute(_FILES, {"edition": str(edition)})
    return [Listed(*row) for row in cursor.fetchall()]


def read_set(settings: Settings, edition: EditionId) -> dict[str, bytes] | None:
    """The files that lie there by name, a folder among them as no bytes; None where there is no set."""
    folder = set_folder(settings, edition)
    if not folder.is_dir():
        return None
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}


def read_manifest(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    """The manifest of a set; empty where it is none."""
    try:
        content = json.loads(files.get(NAME, b""))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def check_files(cursor: Cursor, event: Event, files: Mapping[str, bytes] | None) -> Iterator[Finding]:
    """Everything about the files of a set that is not as they were drafted; ``event`` is the edition's last."""
    wanted = {one.path: one for one in drafted_files(cursor, event.edition)}
    if files is None:
        yield Finding(kind=Kind.set_missing, file=str(event.edition))
        return
    present = {one.path: one for one in listed(files)}
    for name in sorted({*wanted, *present}):
        if name not in present:
            yield Finding(kind=Kind.file_missing, file=name)
        elif name not in wanted:
            yield Finding(kind=Kind.file_extra, file=name)
        elif present[name] != wanted[name]:
            yield Finding(
                kind=Kind.file_changed, file=name, sealed=wanted[name].sha256, found=present[name].sha256
            )
    yield from _check_manifest(event, files, wanted)


def _check_manifest(
    event: Event, files: Mapping[str, bytes], wanted: Mapping[str, Listed]
) -> Iterator[Finding]:
    manifest = read_manifest(files)
    if NAME in files and not own_hash(manifest) == manifest.get(OWN_HASH) == event.manifest_sha256:
        yield Finding(
            kind=Kind.manifest_changed, file=NAME, sealed=event.manifest_sha256, found=own_hash(manifest)
        )
        return
    told = {name: (one["bytes"], one["sha256"]) for name, one in manifest.get("files", {}).items()}
    for name, one in wanted.items():
        # The manifest cannot name itself.
        if manifest and name != NAME and told.get(name) != (one.bytes, one.sha256):
            yield Finding(kind=Kind.ledger_differs, file=name)


def refuse_changed_set(cursor: Cursor, event: Event, files: Mapping[str, bytes] | None) -> None:
    """Raise EditionError when the files of an edition are not those its manifest was made for."""
    for first in check_files(cursor, event, files):
        raise EditionError(
            f"The set of the edition {event.edition} is not what was drafted: {first.kind.value} {first.file}. A word "
            "for it would be a word for something else. Draft it again, and let it be looked at again."
        )


def close_set(settings: Settings, edition: EditionId) -> None:
    """Take the right to write away from everybody: an issued set never changes. Raises EditionError."""
    folder = set_folder(settings, edition)
    try:
        for path in folder.iterdir():
            path.chmod(_SHEET)
        folder.resolve().chmod(_SET)
    except OSError as error:
        raise EditionError(
            f"The set of the edition {edition} could not be closed to writers: {error.strerror} ({folder}). It was not "
            "issued. See who owns the folder, then issue it again."
        ) from error
