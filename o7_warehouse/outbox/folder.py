"""The channel `folder`: a set appears whole under the name of its edition, or not at all.

The folder may be a share or the drop of an SFTP server that is mounted here. Unfinished sets have a name that begins
with a dot; whoever collects must leave such names alone.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse.outbox.answers import Answer
from o7_warehouse.outbox.messages import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from o7_warehouse.editions.ledger import EditionId
    from o7_warehouse.settings import Settings

_SET, _SHEET = 0o755, 0o644


def own_folder(settings: Settings) -> Path:
    """Where the folders lie whose addresses are relative."""
    return settings.state / "outbox"


def place_of(settings: Settings, address: str, edition: EditionId) -> Path:
    """Where the set of an edition appears."""
    return own_folder(settings) / address / str(edition)


def holds(place: Path, files: Mapping[str, bytes]) -> bool:
    """Whether exactly these files lie there."""
    if not place.is_dir():
        return False
    present = {path.name: path.read_bytes() if path.is_file() else None for path in place.iterdir()}
    return present == dict(files)


def make_own(settings: Settings, address: str) -> None:
    """Make a folder of ours; a mounted one that is missing must not be made on the disk beneath it. Raises OSError."""
    if not Path(address).is_absolute():
        (own_folder(settings) / address).mkdir(parents=True, exist_ok=True)


def put(place: Path, files: Mapping[str, bytes], *, key: str, before_end: Callable[[], None]) -> Answer:
    """Lay a set out; ``before_end`` is called when all is written but its name. What lies there is never replaced."""
    unfinished = place.parent / f".{place.name}-{key[:16]}"
    try:
        if place.exists():
            return _found(place, files, before_end)
        # What a killed process has left under this name is half a set of the same message.
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name, content in files.items():
            _write(unfinished / name, content)
        unfinished.chmod(_SET)
        before_end()
        unfinished.rename(place)
        _settle(place.parent)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        return Answer(State.failed, f"папка недоступна: {error.strerror}")
    return Answer(State.sent, f"выложено целиком, файлов: {len(files)}")


def _found(place: Path, files: Mapping[str, bytes], before_end: Callable[[], None]) -> Answer:
    if not holds(place, files):
        return Answer(
            State.given_up, "под именем этой редакции уже лежит другой комплект; его никто не заменяет"
        )
    before_end()
    return Answer(State.sent, f"уже лежит целиком, файлов: {len(files)}")


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(_SHEET)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
