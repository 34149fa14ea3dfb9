"""A page out of its tables: cells become markup here, everything else stands in ``reports/audit``."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from o7_warehouse.report.html import faces
from o7_warehouse.report.registry import REPORTS
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from o7_warehouse.audit_pages.grid import Cell, Column, Table

FOLDER: Final = "audit"
STYLE, SCRIPT = "pages.css", "pages.js"
# Where a code that is longer than its column may go on in the next line.
_SEAM: Final = re.compile(r"[._](?=\w)")
# A text of the database holds no such sign; one that did would leave a row without its cell, and zip would say so.
_BETWEEN: Final = "\0"
_SPLIT: Final = r"\g<0><wbr>"
_WIDE, _MIDDLE = 36, 20
# A table of more rows keeps its heading in sight while it is moved within its frame.
_TALL: Final = 25


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the folder: its address in it, its section in the menu, what it says and its tables."""

    address: str
    section: str
    title: str
    tables: tuple[Table, ...] = ()
    paragraphs: tuple[str, ...] = ()
    template: str = "list"
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The way from the page to the root of the folder."""
        return "../" * self.address.count("/")


def page_html(page: Page, context: Mapping[str, Any]) -> bytes:
    """The page as HTML. Raises ReportError for a hole in a template."""
    tables = [
        {"table": table, "head": _head(table), "body": _body(table, page.root), "classes": _classes(table)}
        for table in page.tables
    ]
    return render_template(
        f"{FOLDER}/{page.template}.html.j2", {**context, **page.more, "page": page, "tables": tables}
    ).encode()


def assets() -> dict[str, bytes]:
    """The style sheet, with the faces in it, and the script; every page asks for both."""
    sheets = [
        faces(),
        *((REPORTS / name).read_text(encoding="utf-8") for name in ("_style.css", f"{FOLDER}/{STYLE}")),
    ]
    return {
        STYLE: "\n".join([*map(str, sheets), _signs()]).encode(),
        SCRIPT: (REPORTS / FOLDER / SCRIPT).read_bytes(),
    }


def _signs() -> str:
    """The signs of the outcomes as part of the style sheet: a picture of its own stands before each word."""
    return "\n".join(
        f'[data-o="{path.stem}"]::before {{ background-image: url("data:image/svg+xml;base64,'
        f'{base64.b64encode(path.read_bytes().strip()).decode()}"); }}'
        for path in sorted((REPORTS / FOLDER / "signs").glob("*.svg"))
    )


def _classes(table: Table) -> str:
    is_tall = len(table.rows or table.plain_rows) > _TALL
    names = [("wide", table.is_wide), ("tall", is_tall), ("totalled", table.has_total)]
    return " ".join(name for name, applies in names if applies)


def _head(table: Table) -> list[tuple[str, bool, str]]:
    """How each column is compared, whether rows may be chosen by it, and its heading."""
    return [("drawing" if one.is_drawn else one.kind, one.is_choice, one.label) for one in table.columns]


def _body(table: Table, root: str) -> Markup:
    first, *others = [f' class="{_kind(column)}"%s' for column in table.columns]
    line = f'<tr><th scope="row"{first}</th>{"".join(f"<td{one}</td>" for one in others)}</tr>'
    rows = [*(_cells(table.columns, row, root) for row in table.rows), *_plain(table)]
    return Markup("\n".join([line % row for row in rows]))  # noqa: S704 - escaped by _cell and _plain


def _kind(column: Column) -> str:
    if column.kind != "text":
        return {"number": "figure", "date": "key"}[column.kind]
    size = " long" if column.width >= _WIDE else " middling" if column.width >= _MIDDLE else ""
    return f"text{' code' if column.is_code else ''}{size}"


def _plain(table: Table) -> Iterator[tuple[str, ...]]:
    """What follows the class of each cell, by row, of a table of texts: those of a column are escaped at once."""
    columns = []
    for place, texts in enumerate(zip(*table.plain_rows, strict=True)):
        shown = str(escape(_BETWEEN.join(texts)))
        if table.columns[place].is_code:
            shown = _SEAM.sub(_SPLIT, shown)
        columns.append([f">{one}" for one in shown.split(_BETWEEN)])
    return zip(*columns, strict=True)


def _cells(columns: Sequence[Column], row: Sequence[Cell], root: str) -> tuple[str, ...]:
    return tuple(_cell(cell, root, is_code=column.is_code) for column, cell in zip(columns, row, strict=True))


@lru_cache(maxsize=65536)
def _cell(cell: Cell, root: str, *, is_code: bool) -> str:
    """What follows the class of a cell: its outcome, and its content with everything escaped."""
    shown = cell.drawing if cell.drawing is not None else escape(cell.text)
    if is_code and cell.drawing is None:
        shown = Markup(_SEAM.sub(_SPLIT, str(shown)))  # noqa: S704 - escaped above
    if cell.href:
        shown = Markup('<a href="{}{}">{}</a>').format(root, cell.href, shown)
    sign = Markup(' data-o="{}"').format(cell.sign) if cell.sign else ""
    return f"{sign}>{shown}"
