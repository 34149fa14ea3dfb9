"""Charts as pictures, for formats whose readers do not all know SVG: set by typst, in the fonts of the PDF.

DOCX may hold an SVG beside a picture, but each program would then set its letters in whatever font it has; so it
holds the picture alone, which looks the same everywhere.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typst

from o7_warehouse.errors import ReportError
from o7_warehouse.report.charts import WIDTH
from o7_warehouse.report.pdf import fonts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o7_warehouse.report.charts import Chart

# A pixel of a drawing is a point of its page; 150 dots an inch at the width of a text of 180 mm.
DOTS_PER_INCH = 120.0
_PAGE = '#page(width: {width}pt, height: {height:g}pt)[#image("{name}.svg", width: 100%)]\n'


def draw(charts: Sequence[Chart]) -> list[bytes]:
    """Each chart as PNG, the same bytes for the same drawing. Raises ReportError when typst cannot draw one."""
    if not charts:
        return []
    pages = "".join(_PAGE.format(width=WIDTH, height=chart.height, name=chart.name) for chart in charts)
    with tempfile.TemporaryDirectory(prefix="o7-typst-") as folder:
        root = Path(folder)
        (root / "main.typ").write_text(f"#set page(margin: 0pt)\n{pages}", encoding="utf-8")
        for chart in charts:
            (root / f"{chart.name}.svg").write_text(chart.svg, encoding="utf-8")
        compiler = typst.Compiler(input=str(root / "main.typ"), root=str(root), font_paths=fonts())
        try:
            drawn = compiler.compile(format="png", ppi=DOTS_PER_INCH)
        except typst.TypstError as error:
            raise ReportError(
                f"typst says of the charts: {error}. A report would lack a picture. Correct report.charts."
            ) from error
    pictures = [drawn] if isinstance(drawn, bytes) else drawn or []
    if len(pictures) != len(charts):
        raise ReportError(
            f"typst made {len(pictures)} pictures of {len(charts)} charts. One would stand in another's place. "
            f"Correct report.charts: a drawing must fit its own height."
        )
    return pictures
