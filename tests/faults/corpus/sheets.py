"""XLSX files written by hand, part by part, so that any of them can be wrong."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from o7_warehouse.contract import read_contract

if TYPE_CHECKING:
    from collections.abc import Iterable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ENTITY = "municipality_ref"
TITLES = [column.title for column in read_contract().entity(ENTITY).columns]
ROW = ["83701000", "01.12.2025 10:00:00", "Нальчик"]
WORKBOOK = (
    f'<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><sheets>'
    '<sheet name="Выгрузка" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELATED}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
Parts = dict[str, str | bytes]


def letter(place: int) -> str:
    """The letters of a column; 0 is A, 702 is AAA."""
    return "" if place < 0 else letter(place // 26 - 1) + chr(ord("A") + place % 26)


def text_cell(place: int, number: int, text: str) -> str:
    """A cell that holds a text."""
    return f'<c r="{letter(place)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def row(number: int, texts: Iterable[str | None]) -> str:
    """A row of texts; None leaves its cell out."""
    cells = "".join(text_cell(place, number, text) for place, text in enumerate(texts) if text is not None)
    return f'<row r="{number}">{cells}</row>'


def sheet(*rows: str, after: str = "", before: str = "") -> str:
    """A sheet with these rows; ``before`` and ``after`` stand around their table."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}'
        f"</sheetData>{after}</worksheet>"
    )


def good_sheet(*others: str, after: str = "") -> str:
    """The header, one good row, and others."""
    return sheet(row(1, TITLES), row(2, ROW), *others, after=after)


def parts(sheet_xml: str | bytes, **others: str | bytes) -> Parts:
    """The parts of a workbook with this sheet; a name's double underscore is a slash."""
    named = {name.replace("__", "/").replace("_dot_", "."): content for name, content in others.items()}
    return {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/sheet1.xml": sheet_xml,
    } | named


def package(content: Parts) -> bytes:
    """The parts as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return out.getvalue()


def workbook(sheet_xml: str | bytes, **others: str | bytes) -> bytes:
    """A whole file with this sheet."""
    return package(parts(sheet_xml, **others))


def with_entry(name: str, *, attributes: int = 0, content: bytes = b"x") -> bytes:
    """A good file with one more entry, whose name and attributes may lie."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts(good_sheet()).items():
            archive.writestr(part, text)
        entry = zipfile.ZipInfo(name)
        entry.external_attr = attributes
        archive.writestr(entry, content)
    return out.getvalue()


def bomb(mebibytes: int) -> bytes:
    """A small file whose sheet is one cell of so many megabytes."""
    out = io.BytesIO()
    beginning, end = sheet(
        row(1, TITLES), '<row r="2"><c r="A2" t="inlineStr"><is><t>|</t></is></c></row>'
    ).split("|")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts("").items():
            if not name.endswith("sheet1.xml"):
                archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(beginning.encode())
            for _ in range(mebibytes):
                part.write(b"0" * 2**20)
            part.write(end.encode())
    return out.getvalue()
