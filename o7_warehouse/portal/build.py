"""The verb `portal`: the pages of a published night as a folder, as a whole or not at all."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from o7_warehouse import runs
from o7_warehouse.audit_pages.material import read_material as read_audit
from o7_warehouse.audit_pages.site import files as audit_files
from o7_warehouse.errors import ReportError
from o7_warehouse.indicators import published_night
from o7_warehouse.portal import status
from o7_warehouse.portal.reading import read_portal
from o7_warehouse.portal.site import files
from o7_warehouse.report.sets import CLOSED, put_all, replacing
from o7_warehouse.warehouse import transaction
from o7_warehouse.whole_folder import exchange_folder, refuse_foreign

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.audit_pages.material import Material
    from o7_warehouse.settings import Settings

# By this word in its first page a folder is known to be ours, and may be replaced.
MARK: Final = b'<meta name="generator" content="o7 portal">'
AUDITOR: Final = "auditor"
# So many nights of the audit stand in the portal; the whole audit is what `./o7 audit pages` writes.
AUDITED_NIGHTS: Final = 31
# Below the state: the shelf, and on it the link that leads to the newest pages. This is what a web server shows.
SHELF: Final = "portal"
CURRENT: Final = "current"


def portal(settings: Settings, run_id: str) -> None:
    """The step of a night; a night that is run again may have changed the course of the newest one.

    Raises NightError when the run was superseded, and what :func:`publish_portal` raises.
    """
    runs.current(settings, run_id)
    publish_portal(settings)


def publish_portal(settings: Settings) -> Path:
    """Put the pages of the newest published night in place of the present ones; returns the first one.

    A reader who is between two pages still finds the ones before. Raises NightError when no night is published,
    ReportError as :func:`write_portal` does.
    """
    with transaction(settings, "o7_reporter") as connection:
        night = published_night(connection, None)
    content = _content(settings, night)
    shelf = settings.state / SHELF
    told = shelf / CURRENT / status.ADDRESS
    try:
        # What was said of the present is as true as before.
        present = {status.ADDRESS: told.read_bytes()} if told.exists() else {}
        with _nothing_collected(), replacing(shelf, CURRENT, CLOSED) as place:
            put_all(place, ((address, present.get(address, data)) for address, data in content), CLOSED)
    except OSError as error:
        raise _unwritten(shelf, error) from error
    return shelf / CURRENT / "index.html"


def write_portal(settings: Settings, *, night: dt.date, folder: Path) -> Path:
    """Write the pages of a night into a folder of their own; returns the first one. The same rows give the same bytes.

    Raises CommandError when the folder holds something else, ReportError for a night that is not published, a hole or
    a folder that cannot be written; an earlier portal then stays as it was.
    """
    refuse_foreign(folder, MARK, "pages of the portal")
    content = _content(settings, night)
    try:
        exchange_folder(folder, content)
    except OSError as error:
        raise _unwritten(folder, error) from error
    return folder / "index.html"


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No search for cycles: what was read lives until the last page is made, and is a fifth of the step to search."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _content(settings: Settings, night: dt.date) -> Iterator[tuple[str, bytes]]:
    """Every file by its address, made when it is its turn: a country's pages are no weight of the memory.

    The database reads the audit while the others are made.
    """
    with ThreadPoolExecutor(1) as beside:
        audit = beside.submit(read_audit, settings, nights=AUDITED_NIGHTS)
        yield from files(read_portal(settings, night=night))
        yield from _audited(audit.result())


def _unwritten(folder: Path, error: OSError) -> ReportError:
    return ReportError(
        f"The portal could not be written to {folder}: {error.strerror}. What lay there before is untouched. "
        "Make room or give the right to write there, then run the same command again."
    )


def _audited(material: Material) -> Iterator[tuple[str, bytes]]:
    """The auditor's pages of the last nights, in a folder of their own; their workbook is `./o7 audit pages`'s."""
    for address, content in audit_files(material, has_book=False):
        yield f"{AUDITOR}/{address}", content
