"""The verb: write the pages and the workbook of the audit into a folder, as a whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages.material import read_material
from o7_warehouse.audit_pages.site import files
from o7_warehouse.audit_pages.workbook import NAME, workbook
from o7_warehouse.errors import CommandError, ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from o7_warehouse.settings import Settings

# By this word in its first page a folder is known to be ours, and may be replaced.
MARK: Final = b'<meta name="generator" content="o7 audit pages">'


def write_pages(settings: Settings, *, nights: int | None, folder: Path) -> Path:
    """Write the newest nights of the audit to ``folder``; returns its first page. The same audit gives the same bytes.

    Only the account that writes the folder may enter it: it holds pseudonymous keys of single pupils. Raises
    CommandError when the folder holds something else, ReportError when it cannot be written, and what
    :func:`read_material` raises; an earlier folder then stays as it was.
    """
    _refuse_foreign(folder)
    material = read_material(settings, nights=nights)
    try:
        _exchange(folder, [*files(material), (NAME, workbook(material))])
    except OSError as error:
        raise ReportError(
            f"The pages could not be written to {folder}: {error.strerror}. What lay there before is untouched. "
            "Make room or give the right to write there, then run the same command again."
        ) from error
    return folder / "index.html"


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists():
        return
    first = folder / "index.html"
    is_ours = first.is_file() and MARK in first.read_bytes()
    if not folder.is_dir() or (any(folder.iterdir()) and not is_ours):
        raise CommandError(
            f"{folder} holds something else than pages of the audit, and writing them would remove it. "
            "Name an empty or a new folder with --to."
        )


def _exchange(folder: Path, content: Iterable[tuple[str, bytes]]) -> None:
    """Put a finished folder in place of the present one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh, old = room / "fresh", room / "old"
        fresh.mkdir(mode=0o700)
        for name, data in content:
            (fresh / name).parent.mkdir(exist_ok=True)
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
