"""Where worklists are written: a closed folder for each school, apart from everything that is shown to others."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CommandError, ReportError
from o7_warehouse.report.units import name_of
from o7_warehouse.worklist.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from o7_warehouse.settings import Settings
    from o7_warehouse.worklist.rows import Worklist

FOLDER: Final = "schools"
STEM: Final = "КБР_ЦЗ_исправления"


def folder_for(settings: Settings, to: Path | None) -> Path:
    """The folder that will hold a folder for each school; ``to`` in the place of ``<state>/schools``.

    Raises CommandError where others would read it: among the reports, which are served to whoever looks.
    """
    folder = (to or settings.state / FOLDER).expanduser().resolve()
    if folder.is_relative_to((settings.state / "reports").resolve()):
        raise CommandError(
            f"{folder} lies among the reports, which are shown to the ministry. A worklist holds numbers of "
            f"pupils' cards. Leave --to out ({settings.state / FOLDER}), or name a folder of your own."
        )
    return folder


def write_worklists(folder: Path, worklists: Iterable[Worklist]) -> list[Path]:
    """Write the workbook of every school, each in a folder only its owner may enter; returns the files.

    A file is put in its place when it is whole; a file of the same night is replaced. Raises ReportError.
    """
    written = []
    for worklist in worklists:
        school = name_of(worklist.org_id)
        path = folder / school / f"{STEM}_{school}_{worklist.night.isoformat()}.xlsx"
        try:
            _put(path, write_workbook(worklist))
        except OSError as error:
            raise ReportError(
                f"The worklist of the school {worklist.org_id} could not be written: {error.strerror} ({path.parent}). "
                "Worklists written before it are whole. Make room or give the right to write there, and run again."
            ) from error
        written.append(path)
    return written


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    # mkstemp lets nobody but the owner read.
    handle, unfinished = tempfile.mkstemp(prefix=".unfinished-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
