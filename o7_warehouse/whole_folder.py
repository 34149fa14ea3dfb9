"""A folder of files put in place of the present one as a whole: a reader never sees half of each."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse_foreign(folder: Path, mark: bytes, what: str) -> None:
    """Raise CommandError when the folder holds something else than ours: its first page does not hold ``mark``."""
    if not folder.exists():
        return
    first = folder / "index.html"
    is_ours = first.is_file() and mark in first.read_bytes()
    if not folder.is_dir() or (any(folder.iterdir()) and not is_ours):
        raise CommandError(
            f"{folder} holds something else than {what}, and writing them would remove it. "
            "Name an empty or a new folder with --to."
        )


def exchange_folder(folder: Path, content: Iterable[tuple[str, bytes]]) -> None:
    """Write files by their addresses and put the finished folder in place. Raises OSError; the old one then stays.

    Only the account that writes it may enter it: whoever serves it decides who else may.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh, old = room / "fresh", room / "old"
        fresh.mkdir(mode=0o700)
        for name, data in content:
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(data)
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(room)
