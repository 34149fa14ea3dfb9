"""PDF by typst: only the fonts of this repository, archival PDF/A-2, the same bytes for the same figures."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typst

from o7_warehouse.errors import ReportError
from o7_warehouse.report.registry import FONTS
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from o7_warehouse.report.document import Document

# PDF/A refuses a character without a glyph, so a missing palochka cannot pass.
STANDARD: Final = "a-2a"


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """The fonts of this repository and no others, read once."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def write_pdf(document: Document) -> bytes:
    """The document as PDF/A-2a. A warning of the compiler is an error: an official page has no makeshift.

    Raises ReportError for a hole in the template, a missing glyph or font, or any other complaint of typst.
    """
    source = render_template(f"{document.report.id}/statement.typ.j2", {"doc": document})
    with tempfile.TemporaryDirectory(prefix="o7-typst-") as folder:
        root = Path(folder)
        (root / "main.typ").write_text(source, encoding="utf-8")
        for chart in document.charts.values():
            (root / f"{chart.name}.svg").write_text(chart.svg, encoding="utf-8")
        (root / "qr.svg").write_text(document.qr.svg, encoding="utf-8")
        compiler = typst.Compiler(input=str(root / "main.typ"), root=str(root), font_paths=fonts())
        try:
            content, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards=STANDARD)
        except typst.TypstError as error:
            raise ReportError(_complaint(document, str(error))) from error
    if warnings:
        raise ReportError(_complaint(document, "; ".join(str(warning) for warning in warnings)))
    if not isinstance(content, bytes):
        raise ReportError(_complaint(document, "it made no document"))
    return content


def _complaint(document: Document, reason: str) -> str:
    return (
        f"{document.subject}: typst says of reports/{document.report.id}/statement.typ.j2: {reason}. "
        f"The page would not look as it must. Correct the template or the fonts."
    )
