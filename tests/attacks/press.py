"""A published night whose names are an attacker's, printed by the writers of the warehouse and read back by others."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import openpyxl
import pypdfium2

from o7_warehouse.report import twin
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.render import documents, prepare
from o7_warehouse.report.units import read_units
from o7_warehouse.report.writers import WRITERS
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.reports import republic, small_republic

if TYPE_CHECKING:
    from openpyxl.cell import Cell

    from o7_warehouse.report.document import Document
    from o7_warehouse.settings import Settings

SHEET: Final = "school_worklist"
# A name that tries nothing: what shows with it, too, is no work of an attack.
INNOCENT: Final = "Школа"
STATEMENT: Final = "indicator_statement"
_RENAME: Final = """
    update indicators.org_units set org_unit_name = %(name)s
    where night = %(night)s and org_unit_code = any (%(codes)s)
"""


@dataclass
class Press:
    """A warehouse with a night in which a school may be called anything."""

    settings: Settings
    printed: dict[tuple[str, str], Document] = field(default_factory=dict)

    def sheet(self, name: str) -> Document:
        """The sheet of a school that is called so, and so is its class."""
        if (SHEET, name) not in self.printed:
            self._rename(name, small_republic.NIGHT, [small_republic.LYCEUM, "c-l7"])
            report = load_report(SHEET)
            everybody = read_units(self.settings, report, night=small_republic.NIGHT)
            [own] = [one for one in everybody if one.unit and one.unit.code == small_republic.LYCEUM]
            [self.printed[SHEET, name]] = documents(report, [own])
        return self.printed[SHEET, name]

    def statement(self, name: str) -> Document:
        """The statement of the republic whose last municipality is called so."""
        if (STATEMENT, name) not in self.printed:
            self._rename(name, republic.INCOMPLETE, ["STATE"])
            [self.printed[STATEMENT, name]] = prepare(
                self.settings, report_id=STATEMENT, night=republic.INCOMPLETE
            )
        return self.printed[STATEMENT, name]

    def _rename(self, name: str, night: object, codes: list[str]) -> None:
        with transaction(self.settings, ADMIN) as connection, connection.cursor() as cursor:
            cursor.execute(_RENAME, {"name": name, "night": night, "codes": codes})
            assert cursor.rowcount == len(codes)


def made(settings: Settings) -> Press:
    """The press over an empty warehouse, which gets the two republics of the tests of reports."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        republic.make_tables(cursor)
        republic.publish(cursor, republic.INCOMPLETE, incomplete=True)
        small_republic.publish(cursor)
    return Press(settings)


@dataclass
class Seen(HTMLParser):
    """What a browser would take a page for: its elements, and its words."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Keep words."""
        self.words += data

    def count(self, tag: str) -> int:
        """How many elements of a kind there are."""
        return sum(found == tag for found, _ in self.elements)

    def has(self, tag: str, attribute: str = "", value: str = "") -> bool:
        """Whether there is such an element, with an attribute that holds a value."""
        return any(
            found == tag and value in attributes.get(attribute, "" if attribute else value)
            for found, attributes in self.elements
        )


def page(document: Document) -> Seen:
    """The document as HTML."""
    seen = Seen()
    seen.feed(WRITERS["html"](document).decode())
    seen.close()
    return seen


def part(document: Document) -> str:
    """The text of the document within its DOCX."""
    with zipfile.ZipFile(io.BytesIO(WRITERS["docx"](document))) as package:
        return package.read("word/document.xml").decode()


def printed_words(document: Document) -> str:
    """The words of the document as PDF."""
    pdf = pypdfium2.PdfDocument(WRITERS["pdf"](document))
    try:
        return "".join(one.get_textpage().get_text_bounded() for one in pdf)
    finally:
        pdf.close()


def cells(content: bytes) -> list[Cell]:
    """Every cell of a workbook that holds something."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]


def records(document: Document) -> list[list[str]]:
    """The lines of the document as CSV."""
    return list(csv.reader(io.StringIO(twin.write_csv(document).decode("utf-8-sig"), newline="")))
