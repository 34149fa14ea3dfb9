"""WeasyPrint: a PDF beside each HTML file. Words: the files; without words it only imports."""

from __future__ import annotations

import sys
from pathlib import Path

from weasyprint import HTML

for name in sys.argv[1:]:
    page = Path(name)
    HTML(filename=name).write_pdf(page.with_suffix(".pdf"))
