"""The verb `render`: one report of one night, in all its formats, as a set that is exchanged as a whole.

`<state>/reports/<night>/<report id>` is a link to a folder named by the content of its files. It is moved
in one step: a reader sees the old set or the new one, and a failure at any moment leaves the old one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse.errors import ReportError
from o7_warehouse.report.data import read_material
from o7_warehouse.report.document import Document, build_document
from o7_warehouse.report.docx import write_docx
from o7_warehouse.report.html import write_html
from o7_warehouse.report.pdf import write_pdf
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.twin import write_csv, write_json
from o7_warehouse.report.xlsx import write_xlsx
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from o7_warehouse.settings import Settings

WRITERS: Mapping[str, Callable[[Document], bytes]] = {
    "html": write_html,
    "pdf": write_pdf,
    "docx": write_docx,
    "xlsx": write_xlsx,
    "csv": write_csv,
    "json": write_json,
}
ROLE = "o7_reporter"
SETS = ".sets"
_UNFINISHED = "unfinished-"


def render(settings: Settings, *, report_id: str, night: dt.date) -> list[Path]:
    """Write every format of a report for a published night; the paths, in the order of the report's formats.

    The same published rows give the same bytes. Raises ReportError (unknown report, night not published, a
    hole, a page that cannot be set, a full disk) and WarehouseUnavailableError; the last good files stay.
    """
    document = prepare(settings, report_id=report_id, night=night)
    files = written(document, stem=document.file_stem)
    folder = settings.state / "reports" / night.isoformat()
    try:
        exchange(folder, report_id, files)
    except OSError as error:
        raise ReportError(
            f"{report_id} of {night} could not be written: {error.strerror} ({folder}). The last good files "
            f"are untouched. Make room or give the right to write there, then run ./o7 report again."
        ) from error
    record_files(settings, run_id=document.night.run_id, night=night, report_id=report_id, files=files)
    return [folder / report_id / name for name in files]


def prepare(settings: Settings, *, report_id: str, night: dt.date) -> Document:
    """The document of a report for a published night, in one snapshot. Raises ReportError."""
    report = load_report(report_id)
    with transaction(settings, ROLE) as connection:
        material = read_material(connection, report, night=night)
    return build_document(report, material)


def written(document: Document, *, stem: str) -> dict[str, bytes]:
    """The files of a document by name, in the order of the report's formats. Raises ReportError."""
    return {f"{stem}.{form}": WRITERS[form](document) for form in document.report.formats}


def exchange(folder: Path, report_id: str, files: Mapping[str, bytes]) -> None:
    """Put a finished set in place of the present one: ``folder/report_id`` names it (or an edition). Raises OSError."""
    sets = folder / SETS
    sets.mkdir(parents=True, exist_ok=True)
    link = folder / report_id
    name = f"{report_id}-{_content_hash(files)}"
    with _alone(sets):
        for leftover in sets.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover)
        before = link.readlink() if link.is_symlink() else None
        if not _holds(sets / name, files):
            _write_set(sets / name, files)
        _point(link, Path(SETS) / name)
        # The set just replaced stays for readers who are between two of its files.
        for old in sets.glob(f"{report_id}-*"):
            if old.name != name and before != Path(SETS) / old.name:
                shutil.rmtree(old)


def _write_set(target: Path, files: Mapping[str, bytes]) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=target.parent))
    try:
        for name, content in files.items():
            with (unfinished / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        unfinished.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _point(link: Path, target: Path) -> None:
    """Let the link name another set, in one step."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.parent / SETS / f"{_UNFINISHED}link"
    fresh.unlink(missing_ok=True)
    # A link is read from where it lies, and this one is about to move one folder up.
    fresh.symlink_to(target)
    fresh.replace(link)


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    present = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else None
    return present == dict(files)


def _content_hash(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def record_files(
    settings: Settings, *, run_id: str, night: dt.date, report_id: str, files: Mapping[str, bytes]
) -> None:
    """Tell the audit which files were made of which run's figures."""
    rows = [
        (
            run_id,
            night,
            report_id,
            name.rpartition(".")[2],
            f"reports/{night}/{report_id}/{name}",
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
        for name, content in files.items()
    ]
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into audit.report_file (run_id, night, report_id, format, path, bytes, sha256)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )
