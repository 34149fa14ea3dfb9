"""The verb: write the pages and the workbook of the audit into a folder, as a whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages.material import read_material
from o7_warehouse.audit_pages.site import files
from o7_warehouse.audit_pages.workbook import NAME, workbook
from o7_warehouse.errors import ReportError
from o7_warehouse.whole_folder import exchange_folder, refuse_foreign

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.settings import Settings

# By this word in its first page a folder is known to be ours, and may be replaced.
MARK: Final = b'<meta name="generator" content="o7 audit pages">'


def write_pages(settings: Settings, *, nights: int | None, folder: Path) -> Path:
    """Write the newest nights of the audit to ``folder``; returns its first page. The same audit gives the same bytes.

    Only the account that writes the folder may enter it: it holds pseudonymous keys of single pupils. Raises
    CommandError when the folder holds something else, ReportError when it cannot be written, and what
    :func:`read_material` raises; an earlier folder then stays as it was.
    """
    refuse_foreign(folder, MARK, "pages of the audit")
    material = read_material(settings, nights=nights)
    try:
        exchange_folder(folder, [*files(material, has_book=True), (NAME, workbook(material))])
    except OSError as error:
        raise ReportError(
            f"The pages could not be written to {folder}: {error.strerror}. What lay there before is untouched. "
            "Make room or give the right to write there, then run the same command again."
        ) from error
    return folder / "index.html"
