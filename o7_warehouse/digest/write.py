"""The digest as files beside the reports of its night, for whoever sends them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.digest import DIGEST
from o7_warehouse.digest.read import read_digest
from o7_warehouse.digest.words import as_json, as_text
from o7_warehouse.errors import ReportError
from o7_warehouse.report.render import SHELF, exchange, record_files
from o7_warehouse.report.sets import Written
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from o7_warehouse.settings import Settings

ROLE: Final = "o7_reporter"
STEM: Final = "КБР_ЦЗ_сводка_ночи"


def write_digest(settings: Settings, run_id: str) -> list[Path]:
    """Write the digest of the night that a run has published, as text and JSON, and note both files in the audit.

    Returns the files; none for a run that does not stand for a published night. The same published nights give the
    same bytes. Raises what read_digest raises, and ReportError when the files cannot be written.
    """
    night = _published_by(settings, run_id)
    if night is None:
        return []
    digest = read_digest(settings, night)
    files = {
        f"{STEM}_{night.isoformat()}.txt": as_text(digest).encode(),
        f"{STEM}_{night.isoformat()}.json": as_json(digest).encode(),
    }
    folder = settings.state / SHELF / night.isoformat()
    try:
        exchange(folder, DIGEST, files)
    except OSError as error:
        raise ReportError(
            f"The digest of {night} could not be written: {error.strerror} ({folder}). The figures are published and "
            "stay. Make room or give the right to write there, then run the night again."
        ) from error
    record_files(
        settings,
        run_id=run_id,
        night=night,
        report_id=DIGEST,
        shelf=f"{SHELF}/{night}/{DIGEST}",
        files=[Written.of(name, content) for name, content in files.items()],
    )
    return [folder / DIGEST / name for name in files]


def _published_by(settings: Settings, run_id: str) -> dt.date | None:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("select night from published.night where run_id = %s", (run_id,))
        found: list[tuple[dt.date]] = cursor.fetchall()
    return found[0][0] if found else None
