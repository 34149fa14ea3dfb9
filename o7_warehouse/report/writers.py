"""Who writes a finished document in each format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_warehouse.report.docx import write_docx
from o7_warehouse.report.html import write_html
from o7_warehouse.report.pdf import write_pdf
from o7_warehouse.report.twin import write_csv, write_json
from o7_warehouse.report.xlsx import write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from o7_warehouse.report.document import Document

WRITERS: Mapping[str, Callable[[Document], bytes]] = {
    "html": write_html,
    "pdf": write_pdf,
    "docx": write_docx,
    "xlsx": write_xlsx,
    "csv": write_csv,
    "json": write_json,
}


def written(document: Document, *, stem: str) -> dict[str, bytes]:
    """The files of a document by name, in the order of the report's formats. Raises ReportError."""
    return {f"{stem}.{form}": WRITERS[form](document) for form in document.report.formats}
