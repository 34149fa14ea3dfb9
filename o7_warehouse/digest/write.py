"""The digest as files beside the reports of its night, for whoever sends them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.digest import DIGEST
from o7_warehouse.digest.read import read_digest
from o7_warehouse.digest.words import as_json, as_text
from o7_warehouse.errors import ReportError
from o7_warehouse.report.render import exchange, record_files
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from o7_warehouse.settings import Settings

ROLE: Final = "o7_reporter"
STEM: Final = "КБР_ЦЗ_сводка_ночи"


def write_digest(settings: Settings, night: dt.date) -> list[Path]:
    """Write the digest of a published night as text and JSON, and note both files in the audit.

    The same published nights give the same bytes. Raises what read_digest raises, and ReportError when the files
    cannot be written.
    """
    digest = read_digest(settings, night)
    files = {
        f"{STEM}_{night.isoformat()}.txt": as_text(digest).encode(),
        f"{STEM}_{night.isoformat()}.json": as_json(digest).encode(),
    }
    folder = settings.state / "reports" / night.isoformat()
    try:
        exchange(folder, DIGEST, files)
    except OSError as error:
        raise ReportError(
            f"The digest of {night} could not be written: {error.strerror} ({folder}). The figures are published and "
            "stay. Make room or give the right to write there, then run the night again."
        ) from error
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("select run_id::text from published.night where night = %s", (night,))
        [(run_id,)] = cursor.fetchall()
    record_files(settings, run_id=run_id, night=night, report_id=DIGEST, files=files)
    return [folder / DIGEST / name for name in files]
