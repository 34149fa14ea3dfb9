"""HTML: one self-contained file, without a single outside address."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from o7_warehouse.report.registry import FONTS, REPORTS
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from o7_warehouse.report.document import Document

# The serif is what is read, the sans stands in the charts (charts.FONT names it first).
_READ = (("O7 Serif", "PTF55F.woff2", 400), ("O7 Serif", "PTF75F.woff2", 700))
_DRAWN = (("PT Sans", "PTS55F.woff2", 400), ("PT Sans", "PTS75F.woff2", 700))


def write_html(document: Document) -> bytes:
    """The document as HTML. Raises ReportError for a hole in a template."""
    context = {"doc": document, "faces": faces(drawings=bool(document.charts)), "style": _style()}
    return render_template(f"{document.report.id}/statement.html.j2", context).encode()


@lru_cache(maxsize=2)
def faces(*, drawings: bool = True) -> Markup:
    """The faces inside the file, so that Ӏ and ӏ print and no label outgrows its place, wherever it is opened.

    A page without drawings does without the face of their labels, which is as heavy as all the rest of it.
    """
    rule = (
        '@font-face{{font-family:"{family}";font-weight:{weight};font-display:block;'
        'src:url("data:font/woff2;base64,{data}") format("woff2")}}'
    )
    return Markup("\n").join(
        Markup(rule).format(  # noqa: S704 - the constant above
            family=family, weight=weight, data=base64.b64encode((FONTS / name).read_bytes()).decode()
        )
        for family, name, weight in (*_READ, *(_DRAWN if drawings else ()))
    )


@lru_cache(maxsize=1)
def _style() -> Markup:
    # The style sheet is a file of this repository, not a value.
    return Markup((REPORTS / "_style.css").read_text(encoding="utf-8"))  # noqa: S704 - reviewed code
