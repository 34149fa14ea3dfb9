"""Reads figures back out of a DOCX by python-docx, which did not write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import docx
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

if TYPE_CHECKING:
    from pathlib import Path


def tables(path: Path) -> dict[str, list[list[str]]]:
    """Table number -> rows of cell texts; headings and the names of groups are left out."""
    found = {}
    number = None
    for part in docx.Document(str(path)).iter_inner_content():
        if isinstance(part, Paragraph):
            match = re.match(r"Таблица (\S+)", part.text)
            number = match[1] if match and part.style.name == "Caption" else number
        elif isinstance(part, Table) and part.style.name == "Figures" and number is not None:
            # The name of a group is one cell over the whole width, which python-docx gives once for each column.
            rows = [row.cells for row in part.rows][1:]
            found[number] = [[cell.text for cell in row] for row in rows if row[0].grid_span == 1]
            number = None
    return found


def text(path: Path) -> str:
    """Every paragraph of the document and of its foot, in and outside tables."""
    document = docx.Document(str(path))
    parts = [document.element.body, document.sections[0].first_page_footer.part.element]
    return "\n".join(Paragraph(found, document).text for part in parts for found in part.iter(qn("w:p")))
