"""The state directory: what holds a word of the persons is removed where it can be made again, and named where not.

Everything is searched that can be read as text, spreadsheets and archives unpacked. Files of the database server are
not: its tables were searched, and rewritten. What cannot be read (a PDF, a picture) is counted; a PDF of ours is
printed from the same cells as the HTML and XLSX beside it, which are read.
"""

from __future__ import annotations

import gzip
import io
import re
import shutil
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from o7_warehouse.erasure.proof import Sought

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.erasure.proof import Searched

ACTS: Final = "erasures"
BACKUPS: Final = "backups"
# Never searched: the server's own files, the keys (which hold no person), and the acts, which must say who it was.
LEFT_OUT: Final = ("postgres/data", "secrets.json", "pgpass", ACTS)
# Shelves whose folder goes as a whole, for a page that is missing would make the others lie.
WHOLE: Final = ("audit-pages", "portal", "docs", "compare", BACKUPS)
# Shelves of which single files can be made again or did their duty.
SINGLE: Final = ("schools", "school_reports", "source", "dbt", "logs", "airflow/logs")
SERVER_LOG: Final = "postgres/log"
DELIVERY: Final = "manifest.json"
UNREADABLE: Final = frozenset({".pdf", ".png", ".ttf", ".otf", ".woff2", ".icc", ".so"})
# JSON and pages may hold a letter as an escape.
_ESCAPED: Final = re.compile(r"\\+u([0-9a-fA-F]{4})")
_ENTITY: Final = re.compile(r"&#(\d+);")


@dataclass(kw_only=True)
class Cleared:
    """Files and folders that were removed, by shelf; ``left`` hold a word and may not be removed by a program."""

    shelves: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def note(self, shelf: str) -> None:
        """Count a file of a shelf."""
        self.shelves[shelf] = self.shelves.get(shelf, 0) + 1


def clear_files(state: Path, words: set[str]) -> Cleared:
    """Remove what holds a word. Backups go in any case: they hold the whole warehouse of before, and are compressed."""
    cleared = Cleared()
    if any((state / BACKUPS).glob("*")):
        _remove(state, BACKUPS, cleared)
    for path in files_with(state, words):
        if not path.exists():
            continue
        name = path.relative_to(state).as_posix()
        delivery = _delivery_of(path, state)
        if whole := next((shelf for shelf in WHOLE if name.startswith(f"{shelf}/")), None):
            _remove(state, whole, cleared)
        elif delivery is not None:
            _remove(state, delivery.relative_to(state).as_posix(), cleared, shelf="drops")
        elif single := next((shelf for shelf in SINGLE if name.startswith(f"{shelf}/")), None):
            path.unlink()
            cleared.note(single)
        elif name.startswith(f"{SERVER_LOG}/"):
            # The server goes on writing into it.
            with path.open("r+b") as file:
                file.truncate(0)
            cleared.note(SERVER_LOG)
        else:
            cleared.left.append(name)
    return cleared


def search_files(state: Path, words: set[str], searched: Searched) -> None:
    """Search every file of the state directory; what is found is written into ``searched``."""
    for path in _searchable(state):
        if path.suffix in UNREADABLE:
            searched.unreadable += 1
        else:
            searched.files += 1
    for path in files_with(state, words):
        searched.hits[path.relative_to(state).as_posix()] = 1


def files_with(state: Path, words: set[str]) -> list[Path]:
    """The files that hold one of the words, in their name or anywhere inside."""
    sought = Sought(words)
    return [
        path
        for path in _searchable(state)
        if sought.found_in(path.name)
        or (
            path.suffix not in UNREADABLE and any(sought.found_in(text) for text in _texts(path.read_bytes()))
        )
    ]


def _searchable(state: Path) -> Iterator[Path]:
    for path in sorted(state.rglob("*")):
        name = path.relative_to(state).as_posix()
        is_left_out = any(name == one or name.startswith(f"{one}/") for one in LEFT_OUT)
        if not is_left_out and path.is_file() and not path.is_symlink():
            yield path


def _texts(content: bytes) -> Iterator[str]:
    """Every text that a file's content can be read as."""
    if content.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name
                yield from _texts(archive.read(name))
        return
    if content.startswith(b"\x1f\x8b"):
        yield from _texts(gzip.decompress(content))
        return
    text = content.decode("utf-8", errors="replace")
    yield text
    if "\\u" in text:
        yield _ESCAPED.sub(lambda one: chr(int(one[1], 16)), text)
    if "&#" in text:
        yield _ENTITY.sub(lambda one: chr(int(one[1])), text)


def _delivery_of(path: Path, state: Path) -> Path | None:
    """The delivery folder a file belongs to, where it is one below the state directory."""
    for folder in path.parents:
        if folder == state:
            return None
        if (folder / DELIVERY).is_file():
            return folder
    return None


def _remove(state: Path, name: str, cleared: Cleared, shelf: str | None = None) -> None:
    folder = state / name
    for path in folder.rglob("*"):
        if path.is_file():
            cleared.note(shelf or name)
    shutil.rmtree(folder)
