"""DOCX: real styles and tables laid out by the templates of the report, the same bytes for the same figures.

The document is WordprocessingML written by the same template engine as HTML and PDF: a fraction of the work of
building it part by part (performance §6). What never changes (styles, settings, fonts) is packed once.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from o7_warehouse.report.charts import WIDTH
from o7_warehouse.report.pictures import draw
from o7_warehouse.report.registry import FONTS, REPORTS
from o7_warehouse.report.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from o7_warehouse.report.document import Document
    from o7_warehouse.report.tables import Table

PARTS = "_docx"
EMU_PER_MILLIMETRE = 36_000
# Twentieths of a point between the margins, of a page that stands and one that lies.
TEXT_UPRIGHT, TEXT_ACROSS = 10_205, 15_137
# An archive has a time for each file; no moment of the rendering may get in.
EPOCH = (1980, 1, 1, 0, 0, 0)
_STATIC = {
    "[Content_Types].xml": "content_types.xml",
    "_rels/.rels": "package_rels.xml",
    "word/styles.xml": "styles.xml",
    "word/settings.xml": "settings.xml",
    "word/header.xml": "header.xml",
    "word/_rels/footer.xml.rels": "footer_rels.xml",
}
_RENDERED = {
    "docProps/core.xml": "core.docx.j2",
    "docProps/app.xml": "app.docx.j2",
    "word/footer.xml": "footer.docx.j2",
    "word/_rels/document.xml.rels": "document_rels.docx.j2",
}
_FACES = (("Regular", "PTF55F.ttf"), ("Bold", "PTF75F.ttf"))
_OBFUSCATED = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the package: its relation, its number among the drawings, its sides in pixels of a drawing."""

    number: int
    name: str
    title: str
    relation: str
    part: str
    width: float
    height: float

    def across(self, millimetres: float) -> int:
        """The width in EMU of a picture that is so many millimetres wide."""
        return round(millimetres * EMU_PER_MILLIMETRE)

    def down(self, millimetres: float) -> int:
        """The height in EMU of a picture that is so many millimetres wide."""
        return round(millimetres * EMU_PER_MILLIMETRE * self.height / self.width)


@dataclass(frozen=True, slots=True)
class Face:
    """A font in the package: Word keeps it under a key, with which its first bytes are mixed."""

    kind: str
    file: str
    number: int

    @property
    def relation(self) -> str:
        """The name by which the table of fonts calls the part."""
        return f"rId{self.number}"

    @property
    def part(self) -> str:
        """The part, from the folder of the document."""
        return f"fonts/font{self.number}.odttf"

    @property
    def key(self) -> str:
        """The key as Word writes it; it only has to be the same every time."""
        return f"{{{str(uuid.uuid5(uuid.NAMESPACE_OID, self.file)).upper()}}}"

    def content(self) -> bytes:
        """The font with its first 32 bytes mixed with the key, as ECMA-376 part 4 §2.8.1 wants it."""
        plain = (FONTS / self.file).read_bytes()
        key = bytes.fromhex(self.key.strip("{}").replace("-", ""))[::-1] * 2
        mixed = bytes(letter ^ mask for letter, mask in zip(plain[:_OBFUSCATED], key, strict=True))
        return mixed + plain[_OBFUSCATED:]


def write_docx(document: Document) -> bytes:
    """The document as DOCX. Raises ReportError for a hole in a template or a chart that cannot be drawn."""
    pictures = _pictures(document)
    context = {
        "doc": document,
        "pictures": pictures,
        "qr": Picture(1, "qr", f"{document.report.id} {document.fingerprint}", "rId1", "media/qr.png", 1, 1),
        "grid": grid,
    }
    buffer = io.BytesIO()
    buffer.write(_unchanging())
    with zipfile.ZipFile(buffer, "a") as package:
        for name, template in _RENDERED.items():
            _add(package, name, render_template(f"{PARTS}/{template}", context).encode())
        text = render_template(f"{document.report.id}/statement.docx.j2", context)
        _add(package, "word/document.xml", text.encode())
        _add(package, "word/media/qr.png", document.qr.png)
        drawings = draw(tuple(document.charts.values()))
        for picture, content in zip(pictures.values(), drawings, strict=True):
            _add(package, f"word/{picture.part}", content)
    return buffer.getvalue()


def grid(table: Table, landscape: bool) -> tuple[int, ...]:  # noqa: FBT001 - called from templates
    """Widths of the columns a page shows, in twentieths of a point; together they fill the line exactly."""
    whole = TEXT_ACROSS if landscape else TEXT_UPRIGHT
    widths = [int(whole * table.width(place, "docx") / 100) for place in table.columns_for("docx")]
    return (*widths[:-1], whole - sum(widths[:-1]))


def _pictures(document: Document) -> Mapping[str, Picture]:
    # The first number belongs to the QR code.
    return {
        chart.name: Picture(
            number, chart.name, chart.title, f"rIdP{number}", f"media/{chart.name}.png", WIDTH, chart.height
        )
        for number, chart in enumerate(document.charts.values(), start=2)
    }


@lru_cache(maxsize=1)
def _unchanging() -> bytes:
    """The beginning of every package: styles, settings, the number of the page, fonts."""
    faces = [Face(kind, file, number) for number, (kind, file) in enumerate(_FACES, start=1)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, file in _STATIC.items():
            _add(package, name, (REPORTS / PARTS / file).read_bytes())
        for name, template in (
            ("word/fontTable.xml", "fonts.docx.j2"),
            ("word/_rels/fontTable.xml.rels", "font_rels.docx.j2"),
        ):
            _add(package, name, render_template(f"{PARTS}/{template}", {"faces": faces}).encode())
        for face in faces:
            _add(package, f"word/{face.part}", face.content())
    return buffer.getvalue()


def _add(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = 3
    # A picture is packed already.
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
    package.writestr(entry, content)
