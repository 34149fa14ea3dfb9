"""The verb: write the portal of a night into a folder, as a whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.audit_pages.material import read_material as read_audit
from o7_warehouse.audit_pages.site import files as audit_files
from o7_warehouse.errors import ReportError
from o7_warehouse.portal.reading import read_portal
from o7_warehouse.portal.site import files
from o7_warehouse.whole_folder import exchange_folder, refuse_foreign

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

# By this word in its first page a folder is known to be ours, and may be replaced.
MARK: Final = b'<meta name="generator" content="o7 portal">'
AUDITOR: Final = "auditor"
# So many nights of the audit stand in the portal; the whole audit is what `./o7 audit pages` writes.
AUDITED_NIGHTS: Final = 31


def write_portal(settings: Settings, *, night: dt.date, folder: Path) -> Path:
    """Write the pages of a published night; returns the first one. The same published rows give the same bytes.

    Raises CommandError when the folder holds something else, ReportError for a night that is not published, a hole or
    a folder that cannot be written; an earlier portal then stays as it was.
    """
    refuse_foreign(folder, MARK, "pages of the portal")
    content = [*files(read_portal(settings, night=night)), *_audit(settings)]
    try:
        exchange_folder(folder, content)
    except OSError as error:
        raise ReportError(
            f"The portal could not be written to {folder}: {error.strerror}. What lay there before is untouched. "
            "Make room or give the right to write there, then run the same command again."
        ) from error
    return folder / "index.html"


def _audit(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """The auditor's pages of the last nights, in a folder of their own."""
    for address, content in audit_files(read_audit(settings, nights=AUDITED_NIGHTS)):
        yield f"{AUDITOR}/{address}", content
