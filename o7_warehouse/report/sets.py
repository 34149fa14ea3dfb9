"""Sets of files that are exchanged as a whole: a reader sees the old set or the new one, never a part of either.

A set is a folder named by the content of its files, and a link leads to it. The link is moved in one step; whatever
fails before leaves the old set.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future

SETS = ".sets"
_UNFINISHED = "unfinished-"
# Files that are written at the same time, and those that may wait for it in memory.
WRITERS = 4
MOST_WAITING = 16


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may enter a set: bits of its folders and of its files."""

    folder: int
    file: int


OPEN = Rights(folder=0o755, file=0o644)
CLOSED = Rights(folder=0o700, file=0o600)


def exchange(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Put a finished set in place of the present one: ``folder/name`` names it. Raises OSError."""
    with replacing(folder, name) as place:
        for path, content in files.items():
            put(place / path, content, OPEN)


@contextmanager
def replacing(folder: Path, name: str, rights: Rights = OPEN) -> Iterator[Path]:
    """A folder to be filled with a set, which takes the place of ``folder/name`` when the block ends without an error.

    The same content leaves the files of the present set untouched. What it had replaced goes meanwhile: nobody is
    between two of its files any more. Raises OSError.
    """
    sets = folder / SETS
    sets.mkdir(parents=True, exist_ok=True)
    if rights == CLOSED:
        sets.chmod(rights.folder)
        folder.chmod(rights.folder)
    with _alone(sets):
        for leftover in sets.glob(f"{_UNFINISHED}*"):
            _remove(leftover)
        # mkdtemp lets nobody but the owner in.
        place = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=sets))
        try:
            with ThreadPoolExecutor(1) as beside:
                removal = beside.submit(_remove_replaced, folder / name)
                yield place
                removal.result()
            _exchange(folder / name, place, rights)
        finally:
            shutil.rmtree(place, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a set: its path within the set, its length and its SHA-256."""

    path: str
    length: int
    sha256: str

    @classmethod
    def of(cls, path: str, content: bytes) -> Written:
        """The entry of a file with this content."""
        return cls(path, len(content), hashlib.sha256(content).hexdigest())


def put(path: Path, content: bytes, rights: Rights) -> None:
    """Write one file of a set that is being filled, down to the disk. Raises OSError."""
    for folder in reversed([one for one in path.parents if not one.exists()]):
        folder.mkdir(exist_ok=True)
        folder.chmod(rights.folder)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights.file), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def put_all(place: Path, files: Iterable[tuple[str, bytes]], rights: Rights) -> None:
    """Write the files of a set by their addresses: while the disk confirms some, the next are made.

    Raises OSError of the first that cannot be written, and what ``files`` raises; no file is being written any more.
    """
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(WRITERS) as threads:
        for address, content in files:
            if len(waiting) == MOST_WAITING:
                waiting.popleft().result()
            waiting.append(threads.submit(put, place / address, content, rights))
        for one in waiting:
            one.result()


def _remove(leftover: Path) -> None:
    """Take away what a killed process left: a folder, or a link that was not moved to its place."""
    if leftover.is_symlink():
        leftover.unlink()
    else:
        shutil.rmtree(leftover)


def _remove_replaced(link: Path) -> None:
    """Take away the sets that the present one had replaced."""
    present = link.readlink() if link.is_symlink() else None
    for old in (link.parent / SETS).glob(f"{link.name}-*"):
        if present != Path(SETS) / old.name:
            shutil.rmtree(old)


def _exchange(link: Path, place: Path, rights: Rights) -> None:
    sets = place.parent
    files = _files(place)
    name = f"{link.name}-{_content_hash(files)}"
    if _files(sets / name) != files:
        place.chmod(rights.folder)
        if (sets / name).exists():
            shutil.rmtree(sets / name)
        place.rename(sets / name)
    # The set just replaced stays for readers who are between two of its files.
    _point(link, Path(SETS) / name)


def _point(link: Path, target: Path) -> None:
    """Let the link name another set, in one step."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.parent / SETS / f"{_UNFINISHED}link"
    fresh.unlink(missing_ok=True)
    # A link is read from where it lies, and this one is about to move one folder up.
    fresh.symlink_to(target)
    fresh.replace(link)


def _files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a set by its path: its length and its SHA-256."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").digest()
            found[path.relative_to(folder).as_posix()] = (path.stat().st_size, digest)
    return found


def _content_hash(files: Mapping[str, tuple[int, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, (length, content) in files.items():
        digest.update(f"{name}\0{length}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
